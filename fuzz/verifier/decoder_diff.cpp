// The verifier's decoder against Zydis: `verifier_decoder_diff [COUNT [SEED]]`. Half of the cases are random
// bytes behind random canonical prefixes; half walk over prefixes x maps x opcodes x modrm x sib in a
// shuffled order. Whenever the verifier's decoder accepts, length and operands must agree; whenever the rules
// let the instruction stand alone, the judge must not object. Printed as information: the user-mode
// instructions known to Zydis that the verifier refuses, by mnemonic.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>

#include "fuzz/verifier/judge.h"
#include "fuzz/verifier/units.h"
#include "sfi/verifier/rules.h"

using namespace occlum;
using namespace occlum::sfi::verifier;

namespace {

using judge::Decoded;

u8 number_of(ZydisRegister reg) {
    if (reg == ZYDIS_REGISTER_NONE) return kNoRegister;
    if (reg == ZYDIS_REGISTER_RIP || reg == ZYDIS_REGISTER_EIP) return kRip;
    return static_cast<u8>(ZydisRegisterGetId(reg));
}

bool names_rsp_too(const Decoded& d) {
    for (const auto& operand : d.all()) {
        if (operand.type != ZYDIS_OPERAND_TYPE_REGISTER ||
            operand.visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN)
            continue;
        if (ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, operand.reg.value) ==
            ZYDIS_REGISTER_RSP) {
            return true;
        }
    }
    return false;
}

bool same_memory(const Insn& ours, const Decoded& d) {
    const ZydisDecodedOperand* memory = nullptr;
    for (const auto& operand : d.all()) {
        if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY &&
            operand.visibility != ZYDIS_OPERAND_VISIBILITY_HIDDEN) {
            memory = &operand;
        }
    }
    if (memory == nullptr) {
        // Zydis hides the operand of some nops.
        return !ours.has_memory || ours.form->act == Act::Nop;
    }
    if (!ours.has_memory) return ours.form->has(kImplicit) || ours.form->act == Act::String;
    const auto& mem = memory->mem;
    u8 base = number_of(mem.base);
    // Zydis 4.0 takes REX.B for a base where mod 00 says that there is none (binutils and the processor do
    // not).
    if (base == 13 && d.insn.raw.modrm.mod == 0 && d.insn.raw.sib.base == 5) base = kNoRegister;
    if (base != ours.base || number_of(mem.index) != ours.index) return false;
    if (ours.index != kNoRegister && mem.scale != 1 << ours.scale) return false;
    if (d.insn.raw.disp.value != ours.disp) return false;
    const bool gs = mem.segment == ZYDIS_REGISTER_GS, fs = mem.segment == ZYDIS_REGISTER_FS;
    if (mem.type != ZYDIS_MEMOP_TYPE_AGEN && (gs != (ours.segment == 0x65) || fs != (ours.segment == 0x64)))
        return false;
    return d.insn.address_width == (ours.addr32 ? 32 : 64);
}

struct Totals {
    u64 cases = 0, decoded = 0, standing = 0, valid = 0, refused = 0, failed = 0;
    std::map<std::string, u64> refusals;
};

void fail(Totals& totals, const char* what, std::span<const u8> bytes, const Decoded* d) {
    if (++totals.failed > 40) return;
    std::printf("%s: %s %s\n", what, judge::hex(bytes).c_str(), d != nullptr ? judge::text(*d).c_str() : "-");
}

void check(std::span<const u8> bytes, Totals& totals) {
    ++totals.cases;
    const auto ours = decode(bytes);
    const auto theirs = judge::zydis_decode(bytes);
    if (theirs) ++totals.valid;
    if (!ours) {
        if (theirs) {
            ++totals.refused;
            ++totals.refusals[ZydisMnemonicGetString(theirs->insn.mnemonic)];
        }
        return;
    }
    ++totals.decoded;
    const auto shown = bytes.first(ours->length);
    if (!theirs) return fail(totals, "unknown to Zydis", shown, nullptr);
    if (theirs->insn.length != ours->length) return fail(totals, "length", shown, &*theirs);
    if (!same_memory(*ours, *theirs)) return fail(totals, "memory operand", shown, &*theirs);
    if (names_rsp(*ours) != names_rsp_too(*theirs) && ours->form->act != Act::Indirect) {
        return fail(totals, "rsp operand", shown, &*theirs);
    }
    if (check_instruction(*ours).rule != 0) return;
    ++totals.standing;
    if (const auto found = judge::objection(*theirs, nullptr, nullptr); !found.empty()) {
        return fail(totals, found.c_str(), shown, &*theirs);
    }
}

/// One point of prefixes x maps x opcodes x modrm x sib, with random displacement and immediate behind.
std::array<u8, 24> structured(std::mt19937_64& random) {
    std::array<u8, 24> bytes{};
    for (u8& byte : bytes) byte = static_cast<u8>(random());
    size_t at = 0;
    auto put = [&](u32 byte) { bytes[at++] = static_cast<u8>(byte); };
    switch (random() % 6) {
        case 0:
            put(0x64);
            break;
        case 1:
        case 2:
        case 3:
            put(0x65);
            put(0x67);
            break;
        case 4:
            if (random() % 4 == 0) put(0x67);
            break;
        default:
            break;
    }
    const u32 kind = random() % 7;
    if (kind < 4) {
        if (random() % 8 == 0) put(0xf0);
        if (random() % 3 == 0) put(0x66);
        const u32 rep = random() % 6;
        if (rep < 2) put(0xf2 + rep);
        if (random() % 2 == 0) put(0x40 + random() % 16);
        if (kind > 0) put(0x0f);
        if (kind == 2) put(0x38);
        if (kind == 3) put(0x3a);
        put(static_cast<u32>(random()));
    } else {
        const u32 map = kind - 3;
        const u32 vvvv = random() % 2 ? 0x78 : static_cast<u32>(random()) & 0x78;
        const u32 last = vvvv | (random() & 7);
        if (map == 1 && random() % 2 == 0) {
            put(0xc5);
            put((random() & 0x80) | last);
        } else {
            put(0xc4);
            put((random() & 0xe0) | map);
            put((random() & 0x80) | last);
        }
        put(static_cast<u32>(random()));
    }
    // modrm and sib stay random; registers 4 and 12 more often.
    if (random() % 4 == 0) bytes[at] = static_cast<u8>(bytes[at] & 0xc7) | 0x20;
    if (random() % 4 == 0) bytes[at] = static_cast<u8>(bytes[at] & 0xf8) | 0x04;
    if (random() % 4 == 0) bytes[at + 1] = 0x24;
    return bytes;
}

std::array<u8, 24> random_bytes(std::mt19937_64& random) {
    std::array<u8, 24> bytes{};
    for (u8& byte : bytes) byte = static_cast<u8>(random());
    return bytes;
}

}  // namespace

int main(int argc, char** argv) {
    const unsigned long count = argc > 1 ? std::strtoul(argv[1], nullptr, 0) : 1'000'000;
    const unsigned long seed = argc > 2 ? std::strtoul(argv[2], nullptr, 0) : 1;
    std::mt19937_64 random(seed);
    Totals totals;
    for (unsigned long i = 0; i < count; ++i)
        check(i % 4 == 0 ? random_bytes(random) : structured(random), totals);
    std::vector<std::pair<u64, std::string>> sorted;
    for (const auto& [name, number] : totals.refusals) sorted.emplace_back(number, name);
    std::ranges::sort(sorted, std::greater{});
    std::printf("refused although Zydis knows them:");
    for (size_t i = 0; i < sorted.size() && i < 60; ++i)
        std::printf(" %s %lu", sorted[i].second.c_str(), sorted[i].first);
    std::printf(
        "\nseed %lu: %lu cases; Zydis decodes %lu, the verifier's decoder %lu, stand alone %lu; refused of "
        "Zydis's %lu\n",
        seed, totals.cases, totals.valid, totals.decoded, totals.standing, totals.refused);
    std::printf("%lu right, %lu wrong\n", totals.cases - totals.failed, totals.failed);
    return totals.failed != 0;
}
