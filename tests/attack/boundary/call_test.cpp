// O, M and T: host calls that are answered with lies.
#include <poll.h>

#include <cstring>
#include <random>
#include <thread>

#include "abi/enclave_map.h"
#include "tests/attack/boundary/raw_vcpu.h"

namespace occlum::boundary {

namespace {

using abi::HostCall;
using host::Services;

class Calls : public RawTest {};

/// Answers some calls itself.
class Liar : public Services {
public:
    using Services::Services;
    using Answer = std::function<std::optional<i64>(HostCall, std::span<const u64, 6>, std::span<u8>)>;
    Answer lie;
    std::vector<HostCall> seen;

    i64 call(HostCall number, std::span<const u64, 6> args, std::span<u8> data,
             const host::CallContext& context) override {
        seen.push_back(number);
        if (lie)
            if (const auto answer = lie(number, args, data)) return *answer;
        return Services::call(number, args, data, context);
    }
};

bool life(HostCall number) {
    return number == HostCall::Exit || number == HostCall::Abort || number == HostCall::BootConfig ||
           number == HostCall::PagesAdd || number == HostCall::PagesRestrict;
}

TEST_F(Calls, O1_O4_replies_of_random_values_are_caught) {
    std::mt19937_64 random(7);
    EXPECT_EQ(run<Liar>("hostile-replies",
                        [&](Liar& liar) {
                            liar.lie = [&](HostCall number, std::span<const u64, 6>,
                                           std::span<u8> data) -> std::optional<i64> {
                                if (life(number)) return std::nullopt;
                                for (size_t i = 0; i < 512; ++i) data[i] = static_cast<u8>(random());
                                const i64 wild[] = {static_cast<i64>(random()),
                                                    -static_cast<i64>(random() % 600),
                                                    static_cast<i64>(random() % 100),
                                                    static_cast<i64>(abi::kCallDataSize) + 1,
                                                    std::numeric_limits<i64>::min(),
                                                    std::numeric_limits<i64>::max(),
                                                    -4095,
                                                    -512};
                                return wild[random() % std::size(wild)];
                            };
                        }),
              0);
}

TEST_F(Calls, O1_a_reply_that_changes_during_the_check) {
    prepare("hostile-replies");
    std::atomic<bool> stop{false};
    std::thread racer([&] {
        auto& result = reinterpret_cast<std::atomic<i64>&>(vcpu_->area.frame().result);
        auto& data = reinterpret_cast<std::atomic<u64>&>(*vcpu_->area.data().data());
        while (!stop) {
            result = 8;
            data = 1;
            result = i64{1} << 40;
            data = ~u64{0};
            result = -5;
        }
    });
    vcpu_->enter(abi::kEnterStart);
    vcpu_->serve(*services_);
    stop = true;
    racer.join();
    // Whatever the race made of the answers, also of those about pages: an orderly end, never a fault.
    EXPECT_NE(services_->finished(), 99);
    EXPECT_EQ(aborted_.find("fault: vector"), std::string::npos) << aborted_;
}

TEST_F(Calls, O2_call_areas_inside_or_around_the_enclave_are_not_used) {
    struct Place {
        bool in_enclave;  ///< the offset is from the enclave's base
        u64 offset;
    };
    const Place bad[] = {{false, 0},
                         {true, 0},
                         {true, (u64{512} << 20) + 0x1000},
                         {true, -kPageSize},
                         {true, kPageSize - abi::kCallAreaSize},
                         {true, abi::kElrangeSize - kPageSize},
                         {false, ~u64{0} - 4095},
                         {false, u64{1} << 63},
                         {false, (u64{1} << 47) - kPageSize},
                         {false, 0x1008}};
    for (const Place& place : bad) {
        enclave_.reset();
        prepare("hello");
        const u64 address = place.offset + (place.in_enclave ? enclave_->base() : 0);
        const host::Left left = vcpu_->enter(abi::kEnterStart, address);
        EXPECT_EQ(left.by, host::Left::By::Exception) << std::hex << address;
        EXPECT_EQ(left.vector, 6u) << std::hex << address;
        TearDown();
    }
}

TEST_F(Calls, O3_names_with_slashes_dots_and_nul) {
    static constexpr std::array<std::string_view, 8> kNames{
        "..", ".", "a/b", "/etc", std::string_view("a\0b", 3), "", "\0", "x/"};
    EXPECT_EQ(run<Liar>("hostile-names",
                        [](Liar& liar) {
                            liar.lie = [](HostCall number, std::span<const u64, 6> args,
                                          std::span<u8> data) -> std::optional<i64> {
                                if (number == HostCall::LinkRead) {
                                    std::memcpy(data.data(), "abc\0def", 7);
                                    return 7;
                                }
                                if (number != HostCall::DirRead) return std::nullopt;
                                const std::string_view name = kNames[args[2]];
                                const abi::DirEntryWire wire{1, 2, 8, static_cast<u32>(name.size())};
                                std::memset(data.data(), 0, 64);
                                std::memcpy(data.data(), &wire, sizeof wire);
                                std::memcpy(data.data() + sizeof wire, name.data(), name.size());
                                return static_cast<i64>(abi::dir_entry_size(name.size()));
                            };
                        }),
              0);
}

TEST_F(Calls, O4_directory_records_that_run_past_the_end) {
    u32 length = 0;
    EXPECT_EQ(run<Liar>("hostile-names",
                        [&](Liar& liar) {
                            liar.lie = [&](HostCall number, std::span<const u64, 6>,
                                           std::span<u8> data) -> std::optional<i64> {
                                if (number == HostCall::LinkRead) return 5000;
                                if (number != HostCall::DirRead) return std::nullopt;
                                static constexpr u32 kLengths[] = {17, 256, 4096, 0xffffffff, 0xfffffff9};
                                const abi::DirEntryWire wire{1, 2, 8, kLengths[length++ % 5]};
                                std::memcpy(data.data(), &wire, sizeof wire);
                                return static_cast<i64>(sizeof wire + (length % 2 == 0 ? 16 : 3));
                            };
                        }),
              0);
}

TEST_F(Calls, O5_buffers_are_private_once_returned) {
    prepare("private-copies");
    std::atomic<bool> stop{false};
    std::thread racer([&] {
        for (u64 i = 0; !stop; ++i) std::memset(vcpu_->area.data().data(), static_cast<int>(i), 1024);
    });
    Liar liar(*enclave_, boot("private-copies"), service_options(), 1);
    liar.lie = [](HostCall number, std::span<const u64, 6>, std::span<u8>) -> std::optional<i64> {
        if (number == HostCall::ConsoleRead) return 1000;
        return std::nullopt;
    };
    vcpu_->enter(abi::kEnterStart);
    vcpu_->serve(liar);
    stop = true;
    racer.join();
    EXPECT_NE(liar.finished(), 99);
    EXPECT_EQ(aborted_.find("fault: vector"), std::string::npos) << aborted_;
}

TEST_F(Calls, O7_readiness_that_nobody_asked_for) {
    EXPECT_EQ(run<Liar>("poll-bits",
                        [](Liar& liar) {
                            liar.lie = [](HostCall number, std::span<const u64, 6>,
                                          std::span<u8> data) -> std::optional<i64> {
                                if (number != HostCall::Wait) return std::nullopt;
                                std::memset(data.data(), 0xff, 8);
                                return 1;
                            };
                        }),
              0);
}

TEST_F(Calls, O8_random_bytes_never_come_from_the_host) {
    std::vector<HostCall> seen;
    EXPECT_EQ(run<Liar>("random",
                        [&](Liar& liar) {
                            liar.lie = [&](HostCall number, std::span<const u64, 6>, std::span<u8>) {
                                seen.push_back(number);
                                return std::optional<i64>();
                            };
                        }),
              0);
    for (HostCall number : seen) EXPECT_TRUE(life(number)) << static_cast<u64>(number);
}

TEST_F(Calls, O9_clocks_that_go_back_or_wild) {
    std::mt19937_64 random(3);
    u64 step = 0;
    EXPECT_EQ(run<Liar>("monotonic",
                        [&](Liar& liar) {
                            liar.lie = [&](HostCall number, std::span<const u64, 6>,
                                           std::span<u8> data) -> std::optional<i64> {
                                if (number != HostCall::Clock) return std::nullopt;
                                const abi::ClockReply reply{random(), 1'000'000'000 - ++step * 1000,
                                                            step % 7 == 0 ? random() : 0,
                                                            step % 3 == 0 ? random() : step % 5};
                                std::memcpy(data.data(), &reply, sizeof reply);
                                return 0;
                            };
                        }),
              0);
}

TEST_F(Calls, M1_M2_whole_words_are_written) {
    prepare("short-write");
    std::memset(vcpu_->area.data().data(), 0xee, 16);
    vcpu_->enter(abi::kEnterStart);
    vcpu_->serve(*services_, [&] {
        const bool there = vcpu_->wants_call() && vcpu_->number() == HostCall::ConsoleWrite;
        if (!there && vcpu_->wants_call()) return false;
        return there;
    });
    ASSERT_TRUE(vcpu_->wants_call());
    const auto data = vcpu_->area.data();
    EXPECT_EQ(std::memcmp(data.data(), "hello\0\0\0", 8), 0);
    EXPECT_EQ(finish(), 0);
}

TEST_F(Calls, M4_pages_that_were_never_added) {
    EXPECT_EQ(run<Liar>("trim",
                        [](Liar& liar) {
                            liar.lie = [](HostCall number, std::span<const u64, 6> args,
                                          std::span<u8>) -> std::optional<i64> {
                                if (number == HostCall::PagesAdd && args[1] == 4 * kPageSize) return 0;
                                return std::nullopt;
                            };
                        }),
              125);
    EXPECT_NE(aborted_.find("vector 14"), std::string::npos) << aborted_;
}

TEST_F(Calls, M4_permissions_that_were_not_restricted) {
    EXPECT_EQ(run<Liar>("trim",
                        [](Liar& liar) {
                            liar.lie = [](HostCall number, std::span<const u64, 6> args,
                                          std::span<u8>) -> std::optional<i64> {
                                if (number == HostCall::PagesRestrict && args[1] == 4 * kPageSize) return 0;
                                return std::nullopt;
                            };
                        }),
              125);
    EXPECT_NE(aborted_.find("the host lied about enclave memory"), std::string::npos) << aborted_;
}

TEST_F(Calls, M4_pages_that_were_not_trimmed) {
    EXPECT_EQ(run<Liar>("trim",
                        [](Liar& liar) {
                            liar.lie = [](HostCall number, std::span<const u64, 6>,
                                          std::span<u8>) -> std::optional<i64> {
                                if (number == HostCall::PagesTrim) return 0;
                                return std::nullopt;
                            };
                        }),
              125);
}

TEST_F(Calls, M4_a_page_that_is_replaced_by_a_fresh_one) {
    EXPECT_EQ(run<Liar>("touch-removed",
                        [this](Liar& liar) {
                            liar.lie = [this](HostCall number, std::span<const u64, 6>,
                                              std::span<u8>) -> std::optional<i64> {
                                if (number != HostCall::Log) return std::nullopt;
                                const u64 page = abi::kDomainsOffset + (1 << 20);
                                EXPECT_TRUE(enclave_->remove(page, kPageSize));
                                EXPECT_TRUE(enclave_->augment(page, kPageSize));
                                return 0;
                            };
                        }),
              125)
        << "the enclave must not read zeroes where its data were";
    EXPECT_NE(aborted_.find("vector 14"), std::string::npos) << aborted_;
}

TEST_F(Calls, M4_pages_cannot_be_aliased_or_added_twice) {
    build();
    const u64 page = abi::kDomainsOffset + (3 << 20);
    EXPECT_TRUE(enclave_->augment(page, kPageSize));
    EXPECT_EQ(enclave_->augment(page, kPageSize).error(), Errno::Eexist);
    EXPECT_EQ(enclave_->restrict_pages(page, kPageSize, 1).error(), Errno::Einval) << "still pending";
}

}  // namespace

}  // namespace occlum::boundary
