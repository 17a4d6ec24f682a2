// E and X: entries in the wrong order and with poisoned registers, and what an exit shows.
#include <fstream>
#include <thread>

#include "abi/enclave_map.h"
#include "tests/attack/boundary/raw_vcpu.h"

namespace occlum::boundary {

namespace {

using host::Left;

class Entry : public RawTest {};

TEST_F(Entry, E1_a_reply_that_nobody_waits_for_is_refused) {
    prepare("hello");
    vcpu_->enter(abi::kEnterReply);
    EXPECT_TRUE(vcpu_->refused());
    vcpu_->enter(abi::kEnterException);
    EXPECT_TRUE(vcpu_->refused());
    vcpu_->enter(abi::kEnterStart);
    EXPECT_EQ(finish(), 0);
}

TEST_F(Entry, E2_direction_and_alignment_flags_at_entry) {
    prepare("entry-state");
    vcpu_->poison = [](host::HostRegisters& registers) { registers.rflags = 0x202 | 0x400 | 0x40000 | 0xd5; };
    vcpu_->enter(abi::kEnterStart);
    EXPECT_EQ(finish(), 0);
}

TEST_F(Entry, E2_direction_flag_during_copies) {
    prepare("random");
    vcpu_->poison = [](host::HostRegisters& registers) { registers.rflags = 0x202 | 0x400 | 0x40000; };
    vcpu_->enter(abi::kEnterStart);
    EXPECT_EQ(finish(), 0);
}

TEST_F(Entry, E3_E5_registers_full_of_addresses_of_the_enclave) {
    prepare("heap");
    vcpu_->poison = [this](host::HostRegisters& registers) {
        const u64 area = registers.gpr[kRsi];
        for (size_t i = 0; i < 16; ++i) registers.gpr[i] = enclave_->base() + 0x20010000 + i * 8;
        registers.gpr[kRsi] = area;
    };
    vcpu_->enter(abi::kEnterStart);
    EXPECT_EQ(finish(), 0);
}

TEST_F(Entry, E4_unmasked_exceptions_and_odd_rounding_at_entry) {
    prepare("entry-state");
    vcpu_->poison = [](host::HostRegisters& registers) {
        registers.mxcsr = 0xe000;
        registers.fcw = 0x0c00 | 0x40;
    };
    vcpu_->enter(abi::kEnterStart);
    EXPECT_EQ(finish(), 0);
}

TEST_F(Entry, E4_vector_state_survives_a_host_that_poisons_each_return) {
    prepare("vectors");
    vcpu_->poison = [](host::HostRegisters& registers) {
        registers.mxcsr = 0x0000;
        registers.fcw = 0x0040;
    };
    vcpu_->enter(abi::kEnterStart);
    EXPECT_EQ(finish(), 0);
}

TEST_F(Entry, E6_starting_twice_is_refused) {
    prepare("hello");
    serve_until(abi::HostCall::ConsoleWrite);
    vcpu_->enter(abi::kEnterStart);
    EXPECT_TRUE(vcpu_->refused());
    vcpu_->answer(*services_);
    vcpu_->enter(abi::kEnterReply);
    EXPECT_EQ(finish(), 0);
}

TEST_F(Entry, E6_entering_a_busy_thread_is_refused_by_the_cpu) {
    prepare("spin");
    serve_until(abi::HostCall::SetTick);
    vcpu_->thread->set_tick(300'000'000);
    vcpu_->area.frame().result = 0;
    host::Left second{.by = Left::By::Exit};
    std::thread other([&] {
        usleep(50'000);
        host::HostRegisters registers;
        second = vcpu_->thread->enter(registers);
    });
    vcpu_->enter(abi::kEnterReply);
    other.join();
    EXPECT_EQ(second.by, Left::By::Refused);
    EXPECT_EQ(vcpu_->left.by, Left::By::Interrupt);
    EXPECT_EQ(vcpu_->thread->cssa(), 1u);
    services_->finish(0);
}

TEST_F(Entry, E6_a_second_vcpu_cannot_start_before_the_image_is_ready) {
    prepare("hello", 2);
    host::Left left;
    u64 reason = 0;
    std::thread([&] {
        RawVcpu second(*enclave_, image_->tcs_offsets()[1]);
        left = second.enter(abi::kEnterStart);
        reason = second.reason();
    }).join();
    EXPECT_EQ(left.by, Left::By::Exit);
    EXPECT_EQ(reason, abi::kLeaveRefused);
    vcpu_->enter(abi::kEnterStart);
    EXPECT_EQ(finish(), 0);
}

TEST_F(Entry, E7_unknown_reasons_are_refused) {
    prepare("hello");
    for (u64 reason : {u64{2}, u64{3}, u64{4}, u64{99}, ~u64{0}, u64{1} << 63}) {
        vcpu_->enter(reason);
        EXPECT_TRUE(vcpu_->refused()) << reason;
    }
    serve_until(abi::HostCall::ConsoleWrite);
    for (u64 reason : {u64{0}, u64{2}, u64{3}, u64{4}, ~u64{0}}) {
        vcpu_->enter(reason);
        EXPECT_TRUE(vcpu_->refused()) << reason;
    }
    vcpu_->answer(*services_);
    vcpu_->enter(abi::kEnterReply);
    EXPECT_EQ(finish(), 0);
}

TEST_F(Entry, E8_a_moved_or_changed_thread_structure_is_another_enclave) {
    auto image = image::EnclaveImage::read(BOUNDARY_ELF, 1);
    ASSERT_TRUE(image);
    const auto key = image::signing_key(BOUNDARY_ELF);
    const auto good = image->sign(key);
    for (u64 shift : {u64{0}, kPageSize}) {
        auto enclave = host::create_model(image->parameters(), {});
        ASSERT_TRUE(enclave);
        for (auto piece : image->pieces()) {
            if (piece.secinfo_flags >> 8 == 1) piece.offset -= shift;
            ASSERT_TRUE((*enclave)->add_pages(piece));
        }
        EXPECT_EQ((*enclave)->init(good),
                  shift == 0 ? sgx::SgxError::None : sgx::SgxError::InvalidMeasurement);
    }
}

TEST_F(Entry, E9_a_boot_blob_of_rubbish_ends_the_enclave_in_order) {
    build();
    for (u64 size : {u64{1}, u64{8}, u64{64}, u64{300'000}, abi::kMaxBootBlob + 8}) {
        build();
        host::Services services(*enclave_, std::vector<u8>(size, 0xa5), service_options(), 1);
        EXPECT_EQ(host::run_enclave(*enclave_, services, image_->tcs_offsets()), 1) << size;
    }
}

TEST_F(Entry, X1_X2_exits_show_fixed_registers) {
    prepare("heap");
    int exits = 0;
    vcpu_->inspect = [&](host::HostRegisters& registers) {
        ++exits;
        for (size_t i : {2u, 6u, 8u, 9u, 10u, 11u, 12u, 13u, 14u, 15u}) EXPECT_EQ(registers.gpr[i], 0u) << i;
        EXPECT_LE(registers.gpr[kRdi], 3u);
        EXPECT_EQ(registers.gpr[kRax], 4u);
        EXPECT_EQ(registers.rflags & 0x40cd5, 0x44u) << "ZF and PF of the last xor, nothing else";
        EXPECT_EQ(registers.mxcsr, 0x1f80u);
        EXPECT_EQ(registers.fcw, 0x37fu);
        for (u64 word : {registers.xmm0[0], registers.xmm0[1], registers.xmm15[0], registers.xmm15[1]})
            EXPECT_EQ(word, 0u);
    };
    vcpu_->enter(abi::kEnterStart);
    EXPECT_EQ(finish(), 0);
    EXPECT_GT(exits, 3);
}

TEST_F(Entry, X1_vector_registers_do_not_leak) {
    prepare("vectors");
    vcpu_->inspect = [&](host::HostRegisters& registers) {
        EXPECT_EQ(registers.xmm0[0] | registers.xmm15[0], 0u);
        EXPECT_EQ(registers.mxcsr, 0x1f80u);
    };
    vcpu_->enter(abi::kEnterStart);
    EXPECT_EQ(finish(), 0);
}

TEST_F(Entry, X3_nothing_runs_behind_an_exit) {
    std::ifstream file(BOUNDARY_ELF, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const std::string leave("\xb8\x04\x00\x00\x00\x0f\x01\xd7\x0f\x1f\x40\x00",
                            12);  // mov $4, %eax; enclu; nop
    int exits = 0;
    for (size_t at = bytes.find(leave); at != std::string::npos; at = bytes.find(leave, at + 1)) {
        ++exits;
        EXPECT_EQ(bytes.substr(at + leave.size(), 2), "\x0f\x0b");  // ud2
    }
    EXPECT_EQ(exits, 2);
}

TEST_F(Entry, X4_no_address_of_the_enclave_crosses) {
    prepare("heap");
    const auto check = [&] {
        const std::span<const u64> words(reinterpret_cast<const u64*>(vcpu_->area.address()), 4096 / 8 + 64);
        for (u64 word : words) EXPECT_FALSE(word - enclave_->base() < abi::kElrangeSize) << std::hex << word;
    };
    vcpu_->inspect = [&](host::HostRegisters&) { check(); };
    vcpu_->enter(abi::kEnterStart);
    EXPECT_EQ(finish(), 0);
}

}  // namespace

}  // namespace occlum::boundary
