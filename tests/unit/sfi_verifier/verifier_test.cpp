// The corpus of refused and accepted units, and properties of the interface.
#include "sfi/verifier/verifier.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/sfi_verifier/accepted_units.h"
#include "tests/unit/sfi_verifier/paired_units.h"
#include "tests/unit/sfi_verifier/refused_forms.h"
#include "tests/unit/sfi_verifier/refused_units.h"

namespace occlum::sfi::verifier {
namespace {

void expect_refused(std::span<const UnitCase> units) {
    for (const UnitCase& test : units) {
        const auto result = verify_case(test);
        EXPECT_FALSE(result.has_value()) << "accepted: " << test.name;
        if (!result) EXPECT_EQ(result.error().rule, test.rule) << test.name << ": " << result.error().reason;
    }
}

TEST(VerifierCorpus, RefusesEveryAttackByItsRule) { expect_refused(kRefusedUnits); }
TEST(VerifierCorpus, RefusesFormsBesideTheList) { expect_refused(kRefusedForms); }
TEST(VerifierCorpus, RefusesAttacksOnPairs) { expect_refused(kPairedRefused); }

void expect_accepted(std::span<const UnitCase> units) {
    for (const UnitCase& test : units) {
        const auto result = verify_case(test);
        EXPECT_TRUE(result.has_value()) << test.name << ": R" << result.error().rule << " at "
                                        << result.error().offset << ": " << result.error().reason;
    }
}

TEST(VerifierCorpus, AcceptsEveryLegalForm) { expect_accepted(kAcceptedUnits); }
TEST(VerifierCorpus, AcceptsPairs) { expect_accepted(kPairedAccepted); }

TEST(VerifierCorpus, NamesAreUnique) {
    std::set<std::string_view> names;
    for (const UnitCase& test : kRefusedUnits) EXPECT_TRUE(names.insert(test.name).second) << test.name;
    for (const UnitCase& test : kRefusedForms) EXPECT_TRUE(names.insert(test.name).second) << test.name;
}

TEST(VerifierCorpus, EachByteCutOffAnAcceptedUnitIsRefusedOrHarmless) {
    // A prefix of a unit is refused unless it happens to end in a jump.
    for (const UnitCase& test : kAcceptedUnits) {
        const std::vector<u8> code = code_of(test);
        for (size_t size = 0; size < code.size(); ++size) {
            const auto result =
                verify({std::span(code).first(size), kFirstUnit, {}, {}}, OneKnownEntry(test.setting.known));
            if (result) EXPECT_TRUE(size >= 2) << test.name;
        }
    }
}

TEST(Verifier, RejectionNamesTheInstruction) {
    const auto result = verify_case({5, "",
                                     "9090"
                                     "4889c4"});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().offset, 2u);
    EXPECT_EQ(result.error().rule, 5);
}

TEST(Verifier, RejectionNamesTheBranch) {
    const auto result = verify_case({9, "", "90eb01b890909090"});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().offset, 1u);
}

TEST(Verifier, LinkFieldsAreThoseWithinALine) {
    // At 4096: je rel32 (field 2), then jmp rel32 (field 7); both to the unit's start.
    auto result = verify_case({0,
                               "",
                               "0f84faffffff"
                               "e9f5ffffff",
                               {.tail = false}});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->link_fields, (std::vector<u32>{2, 7}));
    // At 4096 + 59 the second field begins at byte 66 of the lines; the first straddles at 61..64.
    result = verify_case({0,
                          "",
                          "0f84faffffff"
                          "e9f5ffffff",
                          {.tail = false, .at = 4096 + 59}});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->link_fields, (std::vector<u32>{7}));
}

TEST(Verifier, BranchesWithTwiceTheDriftAreNotLinkable) {
    // sub $8,%rsp; je 1f; push %rax; je 1f; 1: push %rax; jmp .
    const auto result = verify_case({0,
                                     "",
                                     "4883ec08"
                                     "0f8407000000"
                                     "50"
                                     "0f8400000000"
                                     "50"
                                     "ebfe",
                                     {.tail = false}});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->link_fields, (std::vector<u32>{13}));
}

TEST(Verifier, ShortBranchesAreNotLinkable) {
    const auto result = verify_case({0, "", "74feebfc", {.tail = false}});
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->link_fields.empty());
}

TEST(Verifier, RefusesEmptyAndMisplacedUnits) {
    const std::vector<u8> code{0xeb, 0xfe};
    EXPECT_EQ(verify({{}, kFirstUnit, {}, {}}, OneKnownEntry()).error().rule, 1);
    EXPECT_EQ(verify({code, kFirstUnit - 1, {}, {}}, OneKnownEntry()).error().rule, 9);
    EXPECT_EQ(verify({code, 0, {}, {}}, OneKnownEntry()).error().rule, 9);
    EXPECT_EQ(verify({code, static_cast<u32>(kMaxCacheSize) - 1, {}, {}}, OneKnownEntry()).error().rule, 9);
    EXPECT_EQ(verify({code, 0xffff'ffff, {}, {}}, OneKnownEntry()).error().rule, 9);
    EXPECT_TRUE(verify({code, static_cast<u32>(kMaxCacheSize) - 2, {}, {}}, OneKnownEntry()));
}

TEST(Verifier, AsksForEntriesOnlyOfUnits) {
    // The stub page and what lies outside the cache hold no entries, whatever the cache says.
    class Everything : public KnownEntries {
        bool is_body(u32) const override { return true; }
        bool is_landing(u32) const override { return true; }
    } everything;
    auto jump = [&](i64 target) {
        const u32 rel = static_cast<u32>(target - kFirstUnit - 5);
        const std::vector<u8> code{0xe9, static_cast<u8>(rel), static_cast<u8>(rel >> 8),
                                   static_cast<u8>(rel >> 16), static_cast<u8>(rel >> 24)};
        return verify({code, kFirstUnit, {}, {}}, everything).has_value();
    };
    EXPECT_TRUE(jump(kFirstUnit + 5));
    EXPECT_TRUE(jump(i64{kMaxCacheSize} - 1));
    EXPECT_FALSE(jump(i64{kMaxCacheSize}));
    EXPECT_FALSE(jump(kFirstUnit - 1));
    EXPECT_FALSE(jump(kStubCount * kStubStride));
    EXPECT_FALSE(jump(kMissLanding));
    EXPECT_FALSE(jump(-4096));
    EXPECT_TRUE(jump((kStubCount - 1) * kStubStride));
    auto call = [&](i64 target) {
        std::vector<u8> code = from_hex("4989e264488b242558000000e8");
        const u32 rel = static_cast<u32>(target - kFirstUnit - 17);
        for (u32 n = 0; n < 4; ++n) code.push_back(static_cast<u8>(rel >> (8 * n)));
        return verify({code, kFirstUnit, {}, {}, true}, everything).has_value();
    };
    EXPECT_TRUE(call(kFirstUnit + 17));
    EXPECT_TRUE(call(i64{kMaxCacheSize} - 1));
    EXPECT_FALSE(call(i64{kMaxCacheSize}));
    EXPECT_FALSE(call(kFirstUnit - 1));
    EXPECT_FALSE(call(kMissLanding));
    EXPECT_FALSE(call(0));
}

TEST(Verifier, CallFieldsAreThoseWithinALine) {
    // mov %rsp,%r10; mov %fs:CALL_STACK,%rsp; call 1f; 1: mov %r10,%rsp; jmp .
    UnitCase test{0, "", "4989e264488b242558000000e8000000004c89d4", {.paired = true}};
    auto result = verify_case(test);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->call_fields, (std::vector<u32>{13}));
    EXPECT_TRUE(result->link_fields.empty());
    test.setting.at = 4096 + 50;  // the field at 63..66 of the lines
    result = verify_case(test);
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->call_fields.empty());
}

TEST(Verifier, EntriesAscendStrictly) {
    const std::vector<u8> code{0x90, 0x90, 0xeb, 0xfe};
    const std::vector<u32> good{0, 1, 2}, twice{1, 1}, descending{2, 1};
    EXPECT_TRUE(verify({code, kFirstUnit, good, {}}, OneKnownEntry()));
    EXPECT_EQ(verify({code, kFirstUnit, twice, {}}, OneKnownEntry()).error().rule, 9);
    EXPECT_EQ(verify({code, kFirstUnit, descending, {}}, OneKnownEntry()).error().rule, 9);
}

TEST(Verifier, EveryOtherOneByteSlotIsRefused) {
    // mov %fs:disp32,%rbx and mov %rbx,%fs:disp32 for all displacements around the block.
    for (i32 slot = -256; slot < 1024; ++slot) {
        for (const u8 opcode : {u8{0x8b}, u8{0x89}}) {
            std::vector<u8> code{0x64, 0x48, opcode, 0x1c, 0x25};
            for (u32 i = 0; i < 4; ++i) code.push_back(static_cast<u8>(static_cast<u32>(slot) >> (8 * i)));
            code.push_back(0xeb);
            code.push_back(0xfe);
            const bool scratch = slot == 0x18 || slot == 0x20 || slot == 0x28 || slot == 0x30;
            const bool loadable = opcode == 0x8b && (slot == 0x38 || slot == 0x40);
            EXPECT_EQ(verify({code, kFirstUnit, {}, {}}, OneKnownEntry()).has_value(), scratch || loadable)
                << slot;
        }
    }
}

}  // namespace
}  // namespace occlum::sfi::verifier
