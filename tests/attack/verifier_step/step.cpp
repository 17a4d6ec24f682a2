// Every form that the verifier accepts, executed natively with hostile registers: `verifier_step [STRIDE
// [SEED]]` runs one in STRIDE forms. All touched addresses are seen as page faults: they must lie in the
// domain, in the slots, or (dispatch) in the table. rsp may change only as the form says, fs.base and gs.base
// never; no register may come to hold an address of the host.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>

#include "sfi/dialect.h"
#include "sfi/verifier/rules.h"
#include "tests/attack/verifier_step/machine.h"

using namespace occlum;
using namespace occlum::sfi;
using namespace occlum::sfi::verifier;

namespace {

struct Tally {
    u64 forms = 0, runs = 0, touches = 0, guards = 0, failed = 0;
    std::array<u64, 5> ends{};
    std::map<std::string, u64> illegal;
};

std::string hex(std::span<const u8> bytes) {
    std::string text;
    for (u8 byte : bytes) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", byte);
        text += two;
    }
    return text;
}

/// Registers full of addresses that must not matter: non-canonical, kernel, other domains, the block; low
/// halves anywhere in the domain.
step::Registers hostile(std::mt19937_64& random) {
    step::Registers registers;
    const u64 tops[] = {random() << 32,
                        0xffff'ffff'0000'0000,
                        0x8000'0000'0000'0000,
                        step::domain_base() + 3 * kDomainSize,
                        step::domain_base() - 3 * kDomainSize,
                        step::block_base() & 0xffff'ffff'0000'0000,
                        step::table_base() & 0xffff'ffff'0000'0000};
    const u32 edges[] = {0, 0x10'0000, 0x8000'0000, 0xffff'ff80, 0xfff0'0000, 0x7fff'ffc0};
    for (u64& value : registers.general) {
        u32 low = random() % 3 == 0 ? edges[random() % std::size(edges)] : static_cast<u32>(random());
        value = (tops[random() % std::size(tops)] & 0xffff'ffff'0000'0000) | (low & ~63u);
    }
    // The one register that is ours: in the domain.
    registers.general[kRsp] = step::domain_base() + 0x4000'0000 + (random() % 0x1000'0000 & ~u64{63});
    // Gathers: all elements active, indices of both signs (a multiple of 64 so that nothing is misaligned).
    for (auto& vector : registers.vector) {
        for (u64& part : vector) part = (random() | 0x8000'0000'8000'0000) & ~u64{0x0000'003f'0000'003f};
    }
    return registers;
}

/// How rsp changes when the instruction completes.
i64 rsp_change(const Insn& insn, u64 rsp) {
    switch (insn.form->act) {
        case Act::Push:
            return -8;
        case Act::Pop:
            return 8;
        case Act::Lea:
            return insn.reg == kRsp ? insn.disp : 0;
        case Act::AluImm:
            if (!names_rsp(insn)) return 0;
            if (insn.extension == 0) return insn.imm;
            if (insn.extension == 5) return -insn.imm;
            return static_cast<i64>(rsp & static_cast<u64>(insn.imm)) - static_cast<i64>(rsp);
        default:
            return 0;
    }
}

bool is_host_address(u64 value) {
    return value >> 32 == step::domain_base() >> 32 || page_down(value) == step::block_base();
}

bool is_branch(const Insn& insn) {
    return insn.form->act == Act::Jump || insn.form->act == Act::Branch || insn.form->act == Act::Loop;
}

const char* const kReveals = "reveals a host address";

/// What is wrong with an outcome, or null.
const char* verdict(const Insn& insn, const step::Registers& before, const step::Result& result) {
    if (result.outside != 0) return "touches an address outside";
    if (!result.bases_kept) return "changes fs.base or gs.base";
    if (result.end == step::End::Protection) return "general protection: a non-canonical address?";
    if (result.end == step::End::Fault && !result.in_guard && result.touched.size() < step::kMaxTouches)
        return "faults for another reason than a guard";
    const u64 rsp = before.general[kRsp];
    if (result.end == step::End::Trap && insn.form->act != Act::Int3) {
        if (result.after.general[kRsp] != rsp + static_cast<u64>(rsp_change(insn, rsp))) return "changes rsp";
        const u64 target = insn.length + static_cast<u64>(insn.imm);
        if (result.rip != insn.length && !(is_branch(insn) && result.rip == target))
            return "has another length";
    } else if (result.after.general[kRsp] != rsp) {
        return "changes rsp and faults";
    }
    for (size_t i = 0; i < 16; ++i) {
        if (i != kRsp && is_host_address(result.after.general[i]) &&
            result.after.general[i] != before.general[i]) {
            return kReveals;
        }
    }
    return nullptr;
}

void run_one(std::span<const u8> code, const Insn& insn, std::mt19937_64& random, Tally& tally) {
    const char* wrong = nullptr;
    step::Result result;
    // Arithmetic on hostile values may make a host's address by chance, but not three times.
    for (int tries = 0; tries < 3; ++tries) {
        const step::Registers before = hostile(random);
        result = step::run(code, before, false);
        wrong = verdict(insn, before, result);
        if (wrong != kReveals) break;
    }
    ++tally.runs;
    ++tally.ends[static_cast<size_t>(result.end)];
    tally.touches += result.touched.size();
    if (result.end == step::End::Illegal) ++tally.illegal[hex(code)];
    if (result.in_guard) ++tally.guards;
    if (wrong == nullptr || ++tally.failed > 40) return;
    std::printf("%s %s: rip +%lld, end %d, outside %llx\n", hex(code).c_str(), wrong,
                static_cast<long long>(result.rip), static_cast<int>(result.end),
                static_cast<unsigned long long>(result.outside));
}

/// One candidate: prefixes and opcode, then modrm and the like.
struct Shape {
    std::array<u8, 24> bytes{};
    size_t size = 0;
    void put(u32 byte) { bytes[size++] = static_cast<u8>(byte); }
    void put32(u32 value) {
        for (u32 i = 0; i < 4; ++i) put(value >> (8 * i));
    }
};

/// modrm, SIB and displacement of each kind; `slot` is the displacement of those without a base.
std::vector<Shape> operands(u32 slot, bool only_absolute) {
    std::vector<Shape> all;
    for (u32 reg = 0; reg < 8; ++reg) {
        auto add = [&](u32 mod, u32 rm, int sib, int disp_bytes) {
            Shape shape;
            shape.put(mod << 6 | reg << 3 | rm);
            if (sib >= 0) shape.put(static_cast<u32>(sib));
            if (disp_bytes == 1) shape.put(0x40);
            if (disp_bytes == 4) shape.put32(mod == 0 ? slot : 0xfffe'ffc0);
            // An immediate, or what else follows.
            for (int i = 0; i < 8; ++i) shape.put(i == 0 ? 0x10 : 0);
            all.push_back(shape);
        };
        add(0, 4, 0x25, 4);
        if (only_absolute) continue;
        add(0, 4, 0xd5, 4);
        for (u32 rm = 0; rm < 8; ++rm) add(3, rm, -1, 0);
        for (u32 rm : {0u, 7u}) add(0, rm, -1, 0);
        for (u32 rm : {3u, 5u}) add(1, rm, -1, 1);
        add(2, 6, -1, 4);
        for (int sib : {0x24, 0x8e, 0xe1, 0x03}) {
            add(0, 4, sib, 0);
            add(1, 4, sib, 1);
        }
        add(2, 4, 0x24, 4);
        add(2, 4, 0x5d, 4);
    }
    return all;
}

class Enumeration {
public:
    Enumeration(u64 stride, u64 seed, Tally& tally) : stride_(stride), random_(seed), tally_(tally) {}

    void run() {
        const std::vector<Shape> all = operands(0x0200'0000, false);
        for (const auto& prefixes : {std::vector<u32>{}, {0x67}, {0x65, 0x67}}) with(prefixes, all);
        for (u32 slot : {0x18u, 0x38u, 0x48u, 0x50u}) with({0x64}, operands(slot, true));
    }

private:
    void with(const std::vector<u32>& prefixes, std::vector<Shape> choices) {
        operands_ = std::move(choices);
        Shape shape;
        for (u32 prefix : prefixes) shape.put(prefix);
        legacy(shape);
        vex(shape);
    }

    void legacy(const Shape& start) {
        static constexpr int kLock[] = {-1, 0xf0}, kSize[] = {-1, 0x66}, kRep[] = {-1, 0xf2, 0xf3},
                             kRex[] = {-1, 0x40, 0x48, 0x4d, 0x42};
        for (int lock : kLock) {
            for (int size : kSize) {
                for (int rep : kRep) {
                    for (int rex : kRex) {
                        Shape shape = start;
                        for (int prefix : {lock, size, rep, rex}) {
                            if (prefix >= 0) shape.put(static_cast<u32>(prefix));
                        }
                        maps(shape);
                    }
                }
            }
        }
    }

    void maps(const Shape& start) {
        for (u32 map = 0; map < 4; ++map) {
            Shape shape = start;
            if (map > 0) shape.put(0x0f);
            if (map == 2) shape.put(0x38);
            if (map == 3) shape.put(0x3a);
            opcodes(shape);
        }
    }

    void vex(const Shape& start) {
        for (u32 map = 1; map < 4; ++map) {
            for (u32 rxb : {0xe0u, 0x40u, 0xa0u}) {
                // vvvv: none or register 3; all W, L and pp.
                for (u32 choice = 0; choice < 32; ++choice) {
                    Shape shape = start;
                    shape.put(0xc4);
                    shape.put(rxb | map);
                    shape.put((choice & 16) << 3 | (choice & 8 ? 0x78 : 0x60) | (choice & 7));
                    opcodes(shape);
                }
            }
        }
    }

    void opcodes(const Shape& start) {
        for (u32 opcode = 0; opcode < 256; ++opcode) {
            for (const Shape& operand : operands_) {
                if (random_() % stride_ != 0) continue;
                Shape shape = start;
                shape.put(opcode);
                for (size_t i = 0; i < operand.size && shape.size < shape.bytes.size(); ++i)
                    shape.put(operand.bytes[i]);
                auto insn = decode(shape.bytes);
                if (!insn || check_instruction(*insn).rule != 0) continue;
                if (is_branch(*insn)) {
                    // To an int3 close by.
                    const size_t field = insn->form->has(kImm8) ? 1 : 4;
                    for (size_t i = 0; i < field; ++i)
                        shape.bytes[insn->length - field + i] = i == 0 ? 0x10 : 0;
                    insn = decode(shape.bytes);
                }
                ++tally_.forms;
                run_one(std::span(shape.bytes).first(insn->length), *insn, random_, tally_);
                if (!insn->form->has(kModrm)) break;
            }
        }
    }

    u64 stride_;
    std::mt19937_64 random_;
    Tally& tally_;
    std::vector<Shape> operands_;
};

/// Instructions that the verifier refuses, to see that the stage shows what they do.
void check_the_stage(Tally& tally) {
    const std::pair<std::array<u8, 5>, const char*> kBad[] = {
        {{0x48, 0x8b, 0x18}, "load through rax"},
        {{0x48, 0x0f, 0xa3, 0x08}, "bt through rax"},
        {{0xf3, 0x48, 0x0f, 0xae, 0xc0}, "rdfsbase"},
        {{0xf3, 0x48, 0x0f, 0xae, 0xd8}, "wrgsbase"},
        {{0x48, 0x89, 0xe0}, "mov %rsp,%rax"},
        {{0x65, 0x48, 0x8b, 0x18}, "gs without 67"},
        {{0x66, 0x50}, "push of 16 bits"},
        {{0xaa}, "stos"},
    };
    for (const auto& [bytes, name] : kBad) {
        step::Registers before;
        before.general.fill(step::domain_base() + 2 * kDomainSize + 0x1000);
        before.general[kRsp] = step::domain_base() + 0x4000'0000;
        const size_t length =
            static_cast<size_t>(std::find(bytes.begin() + 1, bytes.end(), 0) - bytes.begin());
        const step::Result result = step::run(std::span(bytes).first(length), before, false);
        static constexpr Form kPlain{};
        Insn insn;
        insn.form = &kPlain;
        insn.length = static_cast<u8>(length);
        ++tally.runs;
        if (verdict(insn, before, result) != nullptr) continue;
        ++tally.failed;
        std::printf("the stage does not notice: %s\n", name);
    }
}

/// What control does behind a sequence.
enum class Way : u8 { Falls, Dispatches, DispatchesPaired, Calls };
struct Sequence {
    std::vector<u8> code;
    Way way = Way::Falls;
};

std::vector<u8> joined(std::initializer_list<std::vector<u8>> pieces) {
    std::vector<u8> all;
    for (const auto& piece : pieces) all.insert(all.end(), piece.begin(), piece.end());
    return all;
}

std::vector<Sequence> transfers() {
    const std::vector<u8> load{0x64, 0x4c, 0x8b, 0x14, 0x25, 0x10, 0, 0, 0, 0x45, 0x89, 0xdb};
    const std::vector<u8> find{0x4f, 0x8d, 0x1c, 0xda}, keep{0x49, 0x89, 0xe2};
    const std::vector<u8> enter{0x64, 0x48, 0x8b, 0x24, 0x25, 0x58, 0, 0, 0};
    return {{joined({load, {0x43, 0xff, 0x24, 0xda}}), Way::Dispatches},
            {joined({load, find, keep, {0x41, 0xff, 0x23}}), Way::DispatchesPaired},
            {joined({load, find, keep, enter, {0x41, 0xff, 0x13}}), Way::DispatchesPaired},
            {joined({load, find, keep, enter, {0x41, 0xff, 0x33, 0xc3}}), Way::DispatchesPaired},
            {joined({keep, enter, {0xe8, 0, 0, 0, 0}}), Way::Calls}};
}

/// What is wrong with a sequence's run, or null.
const char* objection(Way way, const step::Registers& before, const step::Result& result) {
    const bool paired = way == Way::DispatchesPaired || way == Way::Calls;
    const bool dispatches = way == Way::Dispatches || way == Way::DispatchesPaired;
    const auto& general = result.after.general;
    const auto in_domain = [](u64 address) { return address >> 32 == step::domain_base() >> 32; };
    const bool faulted = result.end == step::End::Fault;
    // A dispatch goes to what the table holds: 0 here, so that it faults there.
    const bool there = dispatches && faulted && result.outside == 1;
    if (result.outside != 0 && !there) return "touches an address outside";
    if (dispatches && !faulted) return "does not dispatch";
    if (there && way == Way::Dispatches && general[kTableRegister] != step::table_base())
        return "dispatches through another table";
    if (!result.bases_kept) return "changes fs.base or gs.base";
    if (result.end == step::End::Protection) return "general protection";
    if (!in_domain(general[kRsp]) && !(paired && step::on_call_stack(general[kRsp])))
        return "leaves rsp outside";
    // RESTORE takes rsp from there.
    if (paired && (there || way == Way::Calls) && !in_domain(general[kTableRegister]))
        return "leaves r10 outside";
    if (result.end != step::End::Trap) return nullptr;
    for (size_t r = 0; r < 16; ++r) {
        if (r == kRsp || (paired && r == kTableRegister)) continue;
        if (is_host_address(general[r]) && general[r] != before.general[r]) return kReveals;
    }
    return nullptr;
}

/// Whole sequences, with hostile registers and counts, the direction flag either way.
void check_sequences(u64 seed, Tally& tally) {
    // BASE in rdx, reload from S0; the source part where the operation has one.
    auto string = [](std::initializer_list<u8> op, bool source) {
        std::vector<u8> code{0x64, 0x48, 0x8b, 0x14, 0x25, 0x08, 0, 0, 0, 0x89, 0xff, 0x48, 0x8d, 0x3c, 0x17};
        if (source) code.insert(code.end(), {0x89, 0xf6, 0x48, 0x8d, 0x34, 0x16});
        code.insert(code.end(), op);
        code.insert(code.end(), {0x89, 0xff});
        if (source) code.insert(code.end(), {0x89, 0xf6});
        code.insert(code.end(), {0x64, 0x48, 0x8b, 0x14, 0x25, 0x18, 0, 0, 0});
        return code;
    };
    std::vector<std::vector<u8>> sequences;
    for (const bool compare : {false, true}) {
        for (const u8 size : {u8{0}, u8{1}}) {
            const u8 with_source = static_cast<u8>((compare ? 0xa6 : 0xa4) + size);
            const u8 without = static_cast<u8>((compare ? 0xae : 0xaa) + size);
            for (const auto& [op, source] : {std::pair{with_source, true}, std::pair{without, false}}) {
                sequences.push_back(string({op}, source));
                sequences.push_back(string({0xf3, op}, source));
                sequences.push_back(string({0xf3, 0x48, op}, source));
                if (compare) sequences.push_back(string({0xf2, op}, source));
                if (size == 1) sequences.push_back(string({0x66, 0xf3, op}, source));
            }
        }
    }
    // REBASE with rbx from eax, r15 from r14d, rbx from esp, rbx from ebx.
    for (std::vector<u8> code :
         {std::vector<u8>{0x64, 0x48, 0x8b, 0x1c, 0x25, 8,    0,    0,    0,    0x89, 0xc4, 0x48,
                          0x8d, 0x24, 0x1c, 0x64, 0x48, 0x8b, 0x1c, 0x25, 0x18, 0,    0,    0},
          {0x64, 0x4c, 0x8b, 0x3c, 0x25, 8,    0,    0,    0,    0x44, 0x89, 0xf4, 0x4a,
           0x8d, 0x24, 0x3c, 0x64, 0x4c, 0x8b, 0x3c, 0x25, 0x18, 0,    0,    0},
          {0x64, 0x48, 0x8b, 0x1c, 0x25, 8,    0,    0,    0,    0x89, 0xe4, 0x48,
           0x8d, 0x24, 0x1c, 0x64, 0x48, 0x8b, 0x1c, 0x25, 0x18, 0,    0,    0},
          {0x64, 0x48, 0x8b, 0x1c, 0x25, 8,    0,    0,    0,    0x89, 0xdc, 0x48,
           0x8d, 0x24, 0x1c, 0x64, 0x48, 0x8b, 0x1c, 0x25, 0x18, 0,    0,    0}}) {
        sequences.push_back(code);
    }
    std::vector<Sequence> cases = transfers();
    for (const auto& code : sequences) cases.push_back({code, Way::Falls});

    std::mt19937_64 random(seed);
    for (const auto& [code, way] : cases) {
        const auto first = decode(code);
        const bool paired = way == Way::DispatchesPaired || way == Way::Calls;
        const auto matched = match_sequence(code, *first, paired);
        for (int i = 0; i < 200; ++i) {
            step::Registers before = hostile(random);
            if (i % 2 != 0) before.flags |= 0x400;
            before.general[1] = i % 3 == 0 ? random() % 4096 : random() | u64{1} << 63;
            const step::Result result = step::run(code, before, true);
            ++tally.runs;
            tally.touches += result.touched.size();
            const char* wrong = objection(way, before, result);
            if (!matched || matched->length != code.size()) wrong = "is not matched";
            if (wrong != nullptr && ++tally.failed <= 40) {
                std::printf("%s %s: rip +%lld, end %d, outside %llx\n", hex(code).c_str(), wrong,
                            static_cast<long long>(result.rip), static_cast<int>(result.end),
                            static_cast<unsigned long long>(result.outside));
            }
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    const u64 stride = argc > 1 ? std::strtoul(argv[1], nullptr, 0) : 64;
    const u64 seed = argc > 2 ? std::strtoul(argv[2], nullptr, 0) : 1;
    if (!step::prepare()) {
        std::printf("this machine lacks fsgsbase or avx2: skipped\n");
        return 0;
    }
    Tally tally;
    check_the_stage(tally);
    check_sequences(seed, tally);
    Enumeration(stride, seed, tally).run();
    std::printf(
        "seed %llu: %llu accepted forms, %llu runs; ends: trap %llu, fault %llu, illegal %llu, "
        "arithmetic %llu, protection %llu\n",
        static_cast<unsigned long long>(seed), static_cast<unsigned long long>(tally.forms),
        static_cast<unsigned long long>(tally.runs), static_cast<unsigned long long>(tally.ends[0]),
        static_cast<unsigned long long>(tally.ends[1]), static_cast<unsigned long long>(tally.ends[2]),
        static_cast<unsigned long long>(tally.ends[3]), static_cast<unsigned long long>(tally.ends[4]));
    std::printf("%llu addresses touched, %llu runs ended in a guard\n",
                static_cast<unsigned long long>(tally.touches),
                static_cast<unsigned long long>(tally.guards));
    int shown = 0;
    for (const auto& [bytes, count] : tally.illegal) {
        if (shown++ < 10) std::printf("illegal here: %s\n", bytes.c_str());
    }
    std::printf("%llu right, %llu wrong\n", static_cast<unsigned long long>(tally.runs - tally.failed),
                static_cast<unsigned long long>(tally.failed));
    return tally.failed != 0;
}
