// Guests choose the bytes: whatever they are, the translator ends, stays inside its buffers and emits what
// the verifier accepts; recovery is defined at every offset.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "sfi/translator/translator.h"
#include "sfi/verifier/verifier.h"
#include "tests/unit/sfi_translator/unit_view.h"

namespace occlum::sfi {
namespace {

struct SomeKnown : translator::KnownCode, verifier::KnownEntries {
    std::optional<u32> body_of(GuestAddr guest) const override {
        if (known && guest.value % 97 == 5) return u32{0x2000};
        return {};
    }
    std::optional<u32> landing_of(GuestAddr guest) const override {
        if (known && guest.value % 97 == 5) return u32{0x2800};
        return {};
    }
    bool paired() const override { return pairs; }
    bool is_body(u32 offset) const override { return offset == 0x2000; }
    bool is_landing(u32 offset) const override { return offset == 0x2800; }
    bool known = false, pairs = false;
};

class Hostile : public testing::Test {
protected:
    // Bytes that are likelier to be interesting than uniform ones.
    u8 byte() {
        static constexpr u8 kFavourites[] = {0x0f, 0x66, 0xf2, 0xf3, 0x48, 0x4c, 0x64, 0x65, 0x67, 0xf0,
                                             0xc4, 0xc5, 0xff, 0x8f, 0x38, 0x3a, 0x24, 0x25, 0x04, 0x05,
                                             0x54, 0x5c, 0xe4, 0xcc, 0x8d, 0x89, 0xd9, 0xdb, 0x80, 0x62};
        const u64 n = random_();
        return n % 3 ? static_cast<u8>(n >> 8) : kFavourites[(n >> 8) % std::size(kFavourites)];
    }

    void check(std::span<const u8> bytes, u64 guest, u32 offset, translator::Scope scope) {
        const auto unit = translator::translate({{guest}, bytes}, {guest}, offset, known_, scope);
        ASSERT_TRUE(unit);
        const EntryOffsets entries(*unit, known_.pairs);
        const auto verdict =
            verifier::verify({unit->code, offset, entries.bodies, entries.landings, known_.pairs}, known_);
        if (!verdict && rejected_[verdict.error().reason]++ == 0) {
            const auto point = unit->recovery.find(verdict.error().offset);
            const u64 from = point && point->guest - guest < bytes.size() ? point->guest - guest : 0;
            std::string text;
            for (u8 b : bytes.subspan(from, std::min<size_t>(bytes.size() - from, 16))) {
                char two[4];
                std::snprintf(two, sizeof two, "%02x ", b);
                text += two;
            }
            printf("R%d %s guest %x at %lx: %s\n", verdict.error().rule, verdict.error().reason,
                   point ? point->guest : 0, guest, text.c_str());
        }
        GuestContext context;
        for (u32 at = 0; at < unit->code.size(); at += 3) translator::recover(unit->recovery, at, context);
    }

    std::mt19937_64 random_{20240607};
    SomeKnown known_;
    std::map<std::string, int> rejected_;
};

TEST_F(Hostile, RandomBytes) {
    for (int round = 0; round < 50000; ++round) {
        std::vector<u8> bytes(1 + random_() % (round % 10 ? 40 : 3000));
        for (u8& b : bytes) b = byte();
        const u64 guest = round % 3   ? 0x400000 + random_() % 5000
                          : round % 2 ? 0xfffff000 + random_() % 4096
                                      : random_() % 0xffffffff;
        const u64 room = kDomainSize - guest;
        known_.known = round % 2;
        known_.pairs = round % 5 < 2;
        check(std::span(bytes).first(std::min<u64>(bytes.size(), room)), guest,
              0x3000 + static_cast<u32>(random_() % 64 * 16),
              round % 7 ? translator::Scope::Region : translator::Scope::Single);
    }
    int rejected = 0;
    for (const auto& [reason, count] : rejected_)
        printf("%6d %s\n", count, reason.c_str()), rejected += count;
    EXPECT_EQ(rejected, 0);
}

// Each call's landing wants to be in the unit, beyond its limits as well.
TEST_F(Hostile, NothingButCalls) {
    std::vector<u8> bytes;
    for (int call = 0; call < 600; ++call) bytes.insert(bytes.end(), {0xe8, 0x00, 0x10, 0x00, 0x00});
    known_.pairs = true;
    check(bytes, 0x400000, 0x3000, translator::Scope::Region);
    EXPECT_TRUE(rejected_.empty());
}

TEST_F(Hostile, EmptyWindow) { check({}, 0x1000, 0x3000, translator::Scope::Region); }

}  // namespace
}  // namespace occlum::sfi
