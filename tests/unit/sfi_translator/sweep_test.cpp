// Whole programs: our decoder against Zydis, and every unit against the verifier.
#include <Zydis/Zydis.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "elf_text.h"
#include "sfi/translator/decoder.h"
#include "sfi/translator/translator.h"
#include "sfi/verifier/verifier.h"
#include "tests/unit/sfi_translator/unit_view.h"

namespace occlum::sfi {
namespace {

using tests::ElfText;
using translator::Decoded;
using translator::Insn;

const char* const kPrograms[] = {"/bin/busybox",
                                 "/usr/bin/python3",
                                 "/bin/bash",
                                 "/usr/lib/x86_64-linux-gnu/libc.so.6",
                                 "/usr/lib/x86_64-linux-gnu/libcrypto.so.3",
                                 "/usr/lib/x86_64-linux-gnu/libm.so.6"};

struct NothingKnown : translator::KnownCode, verifier::KnownEntries {
    std::optional<u32> body_of(GuestAddr) const override { return {}; }
    std::optional<u32> landing_of(GuestAddr) const override { return {}; }
    bool paired() const override { return pairs; }
    bool is_body(u32) const override { return false; }
    bool is_landing(u32) const override { return false; }
    bool pairs = false;
};

std::string hex(std::span<const u8> bytes) {
    std::string text;
    char two[4];
    for (u8 byte : bytes) {
        std::snprintf(two, sizeof two, "%02x ", byte);
        text += two;
    }
    return text;
}

class Sweep : public testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        text_ = tests::elf_text(GetParam());
        if (text_.bytes.empty()) GTEST_SKIP() << "not installed";
    }
    ElfText text_;
};

TEST_P(Sweep, LengthsAsZydis) {
    ZydisDecoder zydis;
    ZydisDecoderInit(&zydis, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    const std::span<const u8> bytes(text_.bytes);
    size_t at = 0, checked = 0, wrong = 0, unknown = 0;
    while (at < bytes.size()) {
        ZydisDecoderContext context;
        ZydisDecodedInstruction theirs;
        const auto status =
            ZydisDecoderDecodeInstruction(&zydis, &context, bytes.data() + at, bytes.size() - at, &theirs);
        if (!ZYAN_SUCCESS(status)) {
            ++at;
            continue;
        }
        Insn ours;
        const Decoded result = translator::decode(bytes.subspan(at), text_.address + at, ours);
        if (result == Decoded::Ok && ours.length != theirs.length && ++wrong < 20) {
            ADD_FAILURE() << "length " << int{ours.length} << " instead of " << int{theirs.length} << ": "
                          << hex(bytes.subspan(at, theirs.length));
        }
        if (result != Decoded::Ok && theirs.encoding != ZYDIS_INSTRUCTION_ENCODING_EVEX) {
            if (++unknown < 20) {
                printf("unknown: %s %s\n", ZydisMnemonicGetString(theirs.mnemonic),
                       hex(bytes.subspan(at, theirs.length)).c_str());
            }
        }
        ++checked;
        at += theirs.length;
    }
    printf("%zu instructions, %zu unknown to us\n", checked, unknown);
    EXPECT_EQ(wrong, 0u);
}

// Entries: every direct call target, and what follows every call; the verifier must take each unit.
TEST_P(Sweep, VerifierAcceptsAll) {
    const std::span<const u8> bytes(text_.bytes);
    std::set<u64> entries{text_.address};
    for (size_t at = 0; at < bytes.size();) {
        Insn insn;
        if (translator::decode(bytes.subspan(at), text_.address + at, insn) != Decoded::Ok) {
            ++at;
            continue;
        }
        if (insn.info.op == translator::Op::Call && insn.target - text_.address < bytes.size())
            entries.insert(insn.target);
        if (insn.info.op == translator::Op::Ret) entries.insert(insn.next());
        at += insn.length;
    }
    NothingKnown nothing;
    const translator::Window window{{text_.address}, bytes};
    std::map<std::string, int> reasons;
    size_t units = 0, guest = 0, host = 0, rejected = 0;
    std::chrono::nanoseconds translating{}, verifying{};
    for (u64 entry : entries) {
        if (entry - text_.address >= bytes.size()) continue;
        const u32 offset = kFirstUnit + static_cast<u32>(units * 4096 + units * 16 % 64);
        nothing.pairs = !nothing.pairs;
        const auto start = std::chrono::steady_clock::now();
        const auto unit = translator::translate(window, {entry}, offset % kMaxCacheSize, nothing);
        const auto middle = std::chrono::steady_clock::now();
        ASSERT_TRUE(unit);
        const EntryOffsets offsets(*unit, nothing.pairs);
        const auto checking = std::chrono::steady_clock::now();
        const auto verdict = verifier::verify({unit->code, offset % static_cast<u32>(kMaxCacheSize),
                                               offsets.bodies, offsets.landings, nothing.pairs},
                                              nothing);
        verifying += std::chrono::steady_clock::now() - checking;
        translating += middle - start;
        ++units;
        guest += unit->guest_instructions;
        host += unit->code.size();
        if (!verdict) {
            ++rejected;
            const size_t at = verdict.error().offset;
            const auto tail = std::span(unit->code).subspan(at);
            char guest_at[32] = "";
            if (const auto point = unit->recovery.find(static_cast<u32>(at))) {
                std::snprintf(guest_at, sizeof guest_at, "%x", point->guest);
            }
            if (reasons[verdict.error().reason]++ < 3) {
                printf("R%d %s: %s guest %s\n", verdict.error().rule, verdict.error().reason,
                       hex(tail.first(std::min<size_t>(tail.size(), 24))).c_str(), guest_at);
            }
        } else {
            for (const auto& link : unit->links) {
                const auto& fields = link.is_call ? verdict->call_fields : verdict->link_fields;
                EXPECT_TRUE(std::ranges::binary_search(fields, link.field))
                    << "a link that cannot be re-targeted";
            }
        }
    }
    for (const auto& [reason, count] : reasons) printf("%6d %s\n", count, reason.c_str());
    printf("%zu units, %zu instructions, %zu host bytes; translate %.0f ns, verify %.0f ns an instruction\n",
           units, guest, host, static_cast<double>(translating.count()) / static_cast<double>(guest),
           static_cast<double>(verifying.count()) / static_cast<double>(guest));
    EXPECT_EQ(rejected, 0u);
}

INSTANTIATE_TEST_SUITE_P(Programs, Sweep, testing::ValuesIn(kPrograms));

}  // namespace
}  // namespace occlum::sfi
