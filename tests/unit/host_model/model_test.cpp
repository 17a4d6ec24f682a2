// The modelled leaf functions against the SDM, from the enclave's side and the host's.
#include <gtest/gtest.h>

#include <cstring>

#include "host/backend.h"
#include "host/cryptography.h"
#include "host/model/keys.h"

extern "C" const occlum::u8 enclave_code_start[], enclave_code_end[], enclave_code_fault[];

namespace occlum::host {

namespace {

using sgx::Enclu;
using sgx::SgxError;

constexpr u64 kSize = u64{1} << 26;
constexpr u64 kData = 0x1000, kTcs = 0x2000, kSsa = 0x3000, kFs = 0x6000, kFree = 0x100000;
constexpr u64 kRead = sgx::kSecInfoRead, kWrite = sgx::kSecInfoWrite, kExecute = sgx::kSecInfoExecute;
constexpr u64 kReg = sgx::secinfo_type(sgx::PageType::Reg), kTrim = sgx::secinfo_type(sgx::PageType::Trim);
enum Command : u64 { kNothing, kLeaf, kLoad, kStore, kJump, kVector, kCount, kStray, kFill };
enum Register : size_t { kRax, kRcx, kRdx, kRbx, kRsp, kRbp, kRsi, kRdi, kR8, kR9 };

class Model : public testing::Test {
protected:
    explicit Model(u64 crossing_cycles = 0) {
        EnclaveParameters parameters;
        parameters.size = kSize;
        enclave_ = std::move(*create_model(parameters, {crossing_cycles}));
        tcs_.ossa = kSsa;
        tcs_.nssa = 2;
        tcs_.ofs_base = kFs;
        add({0, kPageSize, {enclave_code_start, enclave_code_end}, kRead | kExecute | kReg, true});
        add({kData, kPageSize, {}, kRead | kWrite | kReg, true});
        add({kTcs,
             kPageSize,
             {reinterpret_cast<const u8*>(&tcs_), sizeof tcs_},
             sgx::secinfo_type(sgx::PageType::Tcs),
             true});
        add({kSsa, 2 * kPageSize, {}, kRead | kWrite | kReg, true});
        add({kFs, kPageSize, {}, kRead | kWrite | kReg, true});
        EXPECT_EQ(enclave_->init(signature()), SgxError::None);
        thread_ = std::move(*enclave_->thread(kTcs));
    }

    void add(const EnclavePiece& piece) {
        measure_piece(measurement_, piece);
        EXPECT_TRUE(enclave_->add_pages(piece));
    }
    sgx::SigStruct signature() {
        static const SigningKey key = SigningKey::generate();
        sgx::SigStruct sigstruct{};
        sigstruct.header = sgx::kSigHeader;
        sigstruct.header2 = sgx::kSigHeader2;
        sigstruct.misc_select = sgx::kMiscSelectExinfo;
        sigstruct.attributes = {sgx::kAttributeMode64, sgx::kXfrm};
        sigstruct.attribute_mask = {~u64{0}, ~u64{0}};
        Sha256 whole;
        sigstruct.enclave_hash = hash_ = finish();
        sigstruct.isv_svn = 2;
        key.sign(sigstruct);
        return sigstruct;
    }
    sgx::Hash finish() {
        // ECREATE comes first: measured again with it.
        Sha256 whole;
        whole.update(sgx::ecreate_record(1, kSize));
        for (const EnclavePiece& piece :
             {EnclavePiece{
                  0, kPageSize, {enclave_code_start, enclave_code_end}, kRead | kExecute | kReg, true},
              EnclavePiece{kData, kPageSize, {}, kRead | kWrite | kReg, true},
              EnclavePiece{kTcs,
                           kPageSize,
                           {reinterpret_cast<const u8*>(&tcs_), sizeof tcs_},
                           sgx::secinfo_type(sgx::PageType::Tcs),
                           true},
              EnclavePiece{kSsa, 2 * kPageSize, {}, kRead | kWrite | kReg, true},
              EnclavePiece{kFs, kPageSize, {}, kRead | kWrite | kReg, true}})
            measure_piece(whole, piece);
        return whole.finish();
    }

    u64 at(u64 offset) const { return enclave_->base() + offset; }
    Left run(Command command, u64 rsi = 0, u64 rdx = 0, u64 r8 = 0, u64 r9 = 0) {
        registers_ = {};
        registers_.gpr[kRdi] = command;
        registers_.gpr[kRsi] = rsi;
        registers_.gpr[kRdx] = rdx;
        registers_.gpr[kR8] = r8;
        registers_.gpr[kR9] = r9;
        return thread_->enter(registers_);
    }
    Left leaf(Enclu number, u64 rbx, u64 rcx, u64 rdx = 0) {
        return run(kLeaf, rbx, rcx, static_cast<u64>(number), rdx);
    }
    /// A SECINFO in the data page.
    u64 secinfo(u64 flags) {
        auto* words = reinterpret_cast<u64*>(at(kData));
        std::fill_n(words, 8, 0);
        words[0] = flags;
        return at(kData);
    }
    /// EACCEPT's RAX.
    u64 accept(u64 page, u64 flags) {
        EXPECT_EQ(leaf(Enclu::EAccept, secinfo(flags), page).by, Left::By::Exit);
        EXPECT_EQ(registers_.gpr[kRdx], registers_.gpr[kRsi] != 0 ? 1u : 0u) << "ZF";
        return registers_.gpr[kRsi];
    }
    void expect_fault(const Left& left, u32 vector) {
        EXPECT_EQ(left.by, Left::By::Exception);
        EXPECT_EQ(left.vector, vector);
        EXPECT_EQ(frame(0).exit_info, sgx::kExitInfoValid | sgx::kExitTypeHardware | vector);
        drop();
    }
    /// Abandons the interrupted code: what follows starts in frame 0 again.
    void drop() {
        frame(0).rip = at(kLeaveStub());
        registers_ = {};
        EXPECT_EQ(thread_->resume(registers_).by, Left::By::Exit);
    }
    /// Offset of code that leaves at once (r15 is still the target).
    static u64 kLeaveStub() {
        // The first EEXIT in the page.
        const std::span code(enclave_code_start, enclave_code_end);
        for (u64 i = 0; i < code.size(); ++i)
            if (std::memcmp(code.data() + i, "\x4c\x89\xfb\xb8\x04", 5) == 0) return i;
        return 0;
    }
    sgx::GprSgx& frame(u32 index) const {
        return *reinterpret_cast<sgx::GprSgx*>(at(kSsa + (index + 1) * kPageSize) - sizeof(sgx::GprSgx));
    }
    u64 fresh_page(u64 offset = kFree, u64 size = kPageSize) {
        EXPECT_TRUE(enclave_->augment(offset, size));
        for (u64 i = 0; i < size; i += kPageSize)
            EXPECT_EQ(accept(at(offset + i), kRead | kWrite | sgx::kSecInfoPending | kReg), 0u);
        return at(offset);
    }

    std::unique_ptr<EnclaveBackend> enclave_;
    std::unique_ptr<EnclaveThread> thread_;
    sgx::Tcs tcs_{};
    Sha256 measurement_;
    sgx::Hash hash_{};
    HostRegisters registers_;
};

TEST_F(Model, entry_sets_what_the_hardware_sets) {
    EXPECT_EQ(run(kNothing).by, Left::By::Exit);
    EXPECT_EQ(registers_.gpr[kRsi], 0u) << "CSSA";
    EXPECT_EQ(registers_.gpr[kRdx], at(kTcs));
    EXPECT_EQ(registers_.gpr[kR8], at(kFs));
    EXPECT_EQ(registers_.gpr[kRax], 4u);
    EXPECT_NE(registers_.gpr[kRcx], 0u) << "AEP";
}

TEST_F(Model, a_fault_files_everything_in_the_frame) {
    registers_ = {};
    registers_.gpr[kRdi] = kFill;
    const Left left = thread_->enter(registers_);
    EXPECT_EQ(left.by, Left::By::Exception);
    EXPECT_EQ(left.vector, 6u);
    EXPECT_EQ(thread_->cssa(), 1u);
    const auto& saved = frame(0);
    for (size_t i : {0u, 1u, 2u, 3u, 5u, 6u, 7u, 8u, 9u, 10u, 11u, 12u, 13u, 14u})
        EXPECT_EQ(saved.gpr[i], 0x1000 + i);
    EXPECT_EQ(saved.rip, at(static_cast<u64>(enclave_code_fault - enclave_code_start)));
    EXPECT_EQ(saved.rflags & 1, 1u);
    EXPECT_EQ(saved.fs_base, at(kFs));
    EXPECT_EQ(saved.exit_info, sgx::kExitInfoValid | sgx::kExitTypeHardware | 6);
    // Nested entry sees CSSA 1; ERESUME goes on behind the fault.
    EXPECT_EQ(run(kNothing).by, Left::By::Exit);
    EXPECT_EQ(registers_.gpr[kRsi], 1u);
    frame(0).rip += 2;
    frame(0).gpr[15] = registers_.gpr[kRbx];
    EXPECT_EQ(thread_->resume(registers_).by, Left::By::Exit);
    EXPECT_EQ(registers_.gpr[kR8], 0x1008u);
    EXPECT_EQ(thread_->cssa(), 0u);
}

TEST_F(Model, page_faults_report_address_and_kind) {
    Left left = run(kLoad, at(kFree) + 8);
    EXPECT_EQ(left.vector, 14u);
    const auto& info = *reinterpret_cast<const sgx::ExInfo*>(reinterpret_cast<u64>(&frame(0)) - 16);
    EXPECT_EQ(info.address, at(kFree) + 8);
    EXPECT_EQ(info.error_code & 2, 0u);
    drop();
    left = run(kStore, at(0));
    EXPECT_EQ(left.vector, 14u);
    EXPECT_EQ(info.error_code & 2, 2u);
    drop();
    expect_fault(run(kLoad, at(kTcs)), 14);
    expect_fault(run(kJump, at(kData)), 14);
}

TEST_F(Model, frames_run_out) {
    run(kFill);
    EXPECT_EQ(run(kFill).by, Left::By::Exception);
    EXPECT_EQ(thread_->cssa(), 2u);
    EXPECT_EQ(run(kNothing).by, Left::By::Refused);
}

TEST_F(Model, resume_needs_an_interrupted_and_sane_frame) {
    EXPECT_EQ(thread_->resume(registers_).by, Left::By::Refused);
    run(kFill);
    auto& header = *reinterpret_cast<u64*>(at(kSsa) + 512);
    header |= u64{1} << 9;  // PKRU is not in XFRM
    EXPECT_EQ(thread_->resume(registers_).by, Left::By::Refused);
    header &= 7;
    frame(0).rip = 0x1000;
    EXPECT_EQ(thread_->resume(registers_).by, Left::By::Refused);
    EXPECT_EQ(thread_->cssa(), 1u);
}

TEST_F(Model, an_augmented_page_is_unusable_until_accepted) {
    ASSERT_TRUE(enclave_->augment(kFree, kPageSize));
    expect_fault(run(kLoad, at(kFree)), 14);
    constexpr u64 kFresh = kRead | kWrite | sgx::kSecInfoPending | kReg;
    for (u64 wrong : {kRead | sgx::kSecInfoPending | kReg, kFresh | kExecute, kRead | kWrite | kReg,
                      kFresh | sgx::kSecInfoModified, kFresh | sgx::kSecInfoRestricted})
        EXPECT_EQ(accept(at(kFree), wrong), static_cast<u64>(SgxError::PageAttributesMismatch)) << wrong;
    expect_fault(run(kLoad, at(kFree)), 14);
    EXPECT_EQ(accept(at(kFree), kFresh), 0u);
    EXPECT_EQ(accept(at(kFree), kFresh), static_cast<u64>(SgxError::PageAttributesMismatch));
    EXPECT_EQ(run(kLoad, at(kFree)).by, Left::By::Exit);
    EXPECT_EQ(registers_.gpr[kRsi], 0u);
    EXPECT_EQ(run(kStore, at(kFree), 0, 77).by, Left::By::Exit);
    expect_fault(run(kJump, at(kFree)), 14);
}

TEST_F(Model, a_run_may_be_accepted_in_any_order) {
    ASSERT_TRUE(enclave_->augment(kFree, 8 * kPageSize));
    for (u64 i : {5, 0, 7, 1, 2})
        EXPECT_EQ(accept(at(kFree + i * kPageSize), kRead | kWrite | sgx::kSecInfoPending | kReg), 0u);
    for (u64 i = 0; i < 8; ++i) {
        const bool accepted = i != 3 && i != 4 && i != 6;
        const Left left = run(kLoad, at(kFree + i * kPageSize));
        EXPECT_EQ(left.by == Left::By::Exit, accepted) << i;
        if (!accepted) drop();
    }
}

TEST_F(Model, bad_operands_of_leaves_fault) {
    ASSERT_TRUE(enclave_->augment(kFree, kPageSize));
    const u64 info = secinfo(kRead | kWrite | sgx::kSecInfoPending | kReg);
    expect_fault(leaf(Enclu::EAccept, info + 8, at(kFree)), 13);
    expect_fault(leaf(Enclu::EAccept, info, at(kFree) + 1), 13);
    expect_fault(leaf(Enclu::EAccept, info, at(0) - kPageSize), 13);
    expect_fault(leaf(Enclu::EAccept, at(0) - kPageSize, at(kFree)), 13);
    expect_fault(leaf(Enclu::EAccept, at(kFree), at(kFree)), 14);
    expect_fault(leaf(Enclu::EAccept, info, at(kFree + kPageSize)), 14);
    reinterpret_cast<u64*>(info)[3] = 1;
    expect_fault(leaf(Enclu::EAccept, info, at(kFree)), 13);
    expect_fault(run(kLeaf, info, at(kFree), 99), 13);
    expect_fault(leaf(Enclu::EEnter, info, 0), 13);
}

TEST_F(Model, enclu_elsewhere_is_refused) {
    const Left left = run(kStray);
    // #UD by a processor without SGX, #GP by one where it is not enabled.
    expect_fault(left, left.vector == 13 ? 13 : 6);
}

TEST_F(Model, permissions_grow_by_emodpe_and_the_page_tables) {
    const u64 page = fresh_page();
    run(kStore, page, 0, 0xe6ff41);  // jmp *%r14
    const u64 info = secinfo(kRead | kWrite | kExecute | kReg);
    EXPECT_EQ(leaf(Enclu::EModPe, info, page).by, Left::By::Exit);
    expect_fault(run(kJump, page), 14);
    ASSERT_TRUE(enclave_->extend_pages(kFree, kPageSize, 7));
    EXPECT_EQ(run(kJump, page).by, Left::By::Exit);
    // The page tables alone do not help.
    const u64 other = fresh_page(kFree + kPageSize);
    ASSERT_TRUE(enclave_->extend_pages(kFree + kPageSize, kPageSize, 7));
    expect_fault(run(kJump, other), 14);
    // Write without read.
    expect_fault(leaf(Enclu::EModPe, secinfo(kWrite | kReg), page), 13);
}

TEST_F(Model, permissions_shrink_by_emodpr) {
    const u64 page = fresh_page();
    run(kStore, page, 0, 5);
    ASSERT_TRUE(enclave_->restrict_pages(kFree, kPageSize, kRead));
    expect_fault(run(kStore, page, 0, 6), 14);
    EXPECT_EQ(accept(page, kRead | kWrite | sgx::kSecInfoRestricted | kReg),
              static_cast<u64>(SgxError::PageAttributesMismatch));
    EXPECT_EQ(accept(page, kRead | sgx::kSecInfoRestricted | kReg), 0u);
    EXPECT_EQ(run(kLoad, page).by, Left::By::Exit);
    EXPECT_EQ(registers_.gpr[kRsi], 5u);
    // EMODPR never grows.
    ASSERT_TRUE(enclave_->restrict_pages(kFree, kPageSize, kRead | kWrite));
    expect_fault(run(kStore, page, 0, 6), 14);
}

TEST_F(Model, trimmed_pages_are_gone_and_come_back_zeroed) {
    const u64 page = fresh_page();
    run(kStore, page, 0, 5);
    ASSERT_TRUE(enclave_->trim(kFree, kPageSize));
    expect_fault(run(kLoad, page), 14);
    EXPECT_EQ(accept(page, sgx::kSecInfoModified | kTrim), 0u);
    expect_fault(run(kLoad, page), 14);
    ASSERT_TRUE(enclave_->remove(kFree, kPageSize));
    expect_fault(run(kLoad, page), 14);
    fresh_page();
    EXPECT_EQ(run(kLoad, page).by, Left::By::Exit);
    EXPECT_EQ(registers_.gpr[kRsi], 0u);
}

TEST_F(Model, eacceptcopy_gives_contents_and_permissions) {
    const u64 source = fresh_page(kFree + kPageSize);
    run(kStore, source + 4088, 0, 1234);
    ASSERT_TRUE(enclave_->augment(kFree, kPageSize));
    EXPECT_EQ(leaf(Enclu::EAcceptCopy, secinfo(kRead | kReg), at(kFree), source).by, Left::By::Exit);
    EXPECT_EQ(registers_.gpr[kRsi], 0u);
    run(kLoad, at(kFree) + 4088);
    EXPECT_EQ(registers_.gpr[kRsi], 1234u);
    expect_fault(run(kStore, at(kFree)), 14);
}

TEST_F(Model, vector_state_goes_through_the_frame) {
    ASSERT_TRUE(enclave_->augment(kFree, kPageSize));
    EXPECT_EQ(run(kVector, at(kFree)).by, Left::By::Exception);
    // At CSSA 1: accept the page; then the load is repeated.
    EXPECT_EQ(accept(at(kFree), kRead | kWrite | sgx::kSecInfoPending | kReg), 0u);
    EXPECT_NE(registers_.xmm0[0], 0x1122334455667788u) << "the exit's synthetic state";
    EXPECT_EQ(thread_->resume(registers_).by, Left::By::Exit);
    EXPECT_EQ(registers_.xmm0[0], 0x1122334455667788u);
    EXPECT_EQ(registers_.xmm15[0], 0x1122334455667788u);
}

TEST_F(Model, ticks_interrupt_and_leave_no_trace) {
    thread_->set_tick(500'000);
    constexpr u64 kLoops = 60'000'000;
    Left left = run(kCount, 0, 0, kLoops);
    int interrupts = 0;
    while (left.by == Left::By::Interrupt) {
        ++interrupts;
        EXPECT_EQ(frame(0).exit_info & sgx::kExitInfoValid, 0u);
        left = thread_->resume(registers_);
    }
    thread_->set_tick(0);
    EXPECT_EQ(left.by, Left::By::Exit);
    EXPECT_EQ(registers_.gpr[kRsi], kLoops);
    EXPECT_GT(interrupts, 3);
}

TEST_F(Model, reports_and_keys_are_the_enclaves_own) {
    const model::Identity identity{
        {sgx::kAttributeInit | sgx::kAttributeMode64, sgx::kXfrm}, sgx::kMiscSelectExinfo, hash_, {}, 0, 2};
    auto* data = reinterpret_cast<u8*>(at(kData));
    std::memset(data, 0, kPageSize);
    sgx::TargetInfo target{};
    target.mrenclave.fill(3);
    std::memcpy(data + 512, &target, sizeof target);
    std::memset(data + 1024, 0x5a, 64);
    EXPECT_EQ(leaf(Enclu::EReport, at(kData) + 512, at(kData) + 1024, at(kData) + 2048).by, Left::By::Exit);
    sgx::Report report;
    std::memcpy(&report, data + 2048, sizeof report);
    EXPECT_EQ(report.body.mrenclave, hash_);
    EXPECT_EQ(report.body.isv_svn, 2);
    EXPECT_EQ(report.body.report_data[63], 0x5a);
    model::Identity receiver{};
    receiver.mrenclave = target.mrenclave;
    sgx::KeyRequest request{};
    request.name = sgx::KeyName::Report;
    const auto key = model::derive_key(receiver, request).key;
    EXPECT_EQ(aes_cmac(key, {data + 2048, sizeof report.body}), report.mac);

    request.name = sgx::KeyName::Seal;
    request.policy = sgx::kKeyPolicyMrEnclave;
    std::memcpy(data + 512, &request, sizeof request);
    EXPECT_EQ(leaf(Enclu::EGetKey, at(kData) + 512, at(kData) + 1024).by, Left::By::Exit);
    EXPECT_EQ(registers_.gpr[kRsi], 0u);
    EXPECT_EQ(std::memcmp(data + 1024, model::derive_key(identity, request).key.data(), 16), 0);
    request.isv_svn = 3;
    std::memcpy(data + 512, &request, sizeof request);
    leaf(Enclu::EGetKey, at(kData) + 512, at(kData) + 1024);
    EXPECT_EQ(registers_.gpr[kRsi], static_cast<u64>(SgxError::InvalidIsvSvn));
    expect_fault(leaf(Enclu::EReport, at(kData) + 8, at(kData) + 1024, at(kData) + 2048), 13);
    expect_fault(leaf(Enclu::EReport, at(kData) + 512, at(kData) + 1024, at(0)), 14);
}

TEST_F(Model, build_steps_end_with_einit) {
    EXPECT_EQ(enclave_->add_pages({kFree, kPageSize, {}, kRead | kReg, true}).error(), Errno::Einval);
    EXPECT_FALSE(enclave_->thread(kTcs)) << "in use";
    EXPECT_FALSE(enclave_->thread(kData)) << "not a TCS";
    EXPECT_EQ(enclave_->augment(kFree + 1, kPageSize).error(), Errno::Einval);
    EXPECT_EQ(enclave_->augment(kSize - kPageSize, 2 * kPageSize).error(), Errno::Einval);
    EXPECT_EQ(enclave_->augment(~u64{0} & ~u64{4095}, 2 * kPageSize).error(), Errno::Einval);
}

class Charged : public Model {
protected:
    Charged() : Model(200'000) {}
};

TEST_F(Charged, crossings_cost_what_was_asked) {
    const u64 start = __builtin_ia32_rdtsc();
    for (int i = 0; i < 50; ++i) run(kNothing);
    EXPECT_GE(__builtin_ia32_rdtsc() - start, 50u * 2 * 200'000);
}

}  // namespace

}  // namespace occlum::host
