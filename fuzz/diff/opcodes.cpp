#include "fuzz/diff/opcodes.h"

#include <Zydis/Zydis.h>

#include <algorithm>
#include <bit>

#include "fuzz/diff/filter.h"

namespace occlum::fuzz {
namespace {

constexpr u32 kRsp = 4;
constexpr i64 kI32Max = 0x7fff'ffff, kI32Min = -kI32Max - 1;

/// Bytes being put together.
struct Draft {
    std::array<u8, 40> bytes{};
    size_t size = 0;
    void put(u32 byte) { bytes[size++] = static_cast<u8>(byte); }
};

void draw_legacy_prefixes(Random& random, bool may_lock, u32 repeat_chance, Draft& draft) {
    constexpr std::array<u8, 8> kSegments{0x64, 0x64, 0x64, 0x64, 0x65, 0x2e, 0x3e, 0x36};
    std::array<u8, 5> prefixes{};
    size_t count = 0;
    if (random.percent(7)) prefixes[count++] = random.pick(kSegments);
    if (random.percent(7)) prefixes[count++] = 0x67;
    if (may_lock && random.percent(4)) prefixes[count++] = 0xf0;
    if (random.percent(20)) prefixes[count++] = 0x66;
    if (random.percent(repeat_chance)) prefixes[count++] = random.percent(50) ? 0xf2 : 0xf3;
    if (random.percent(10)) std::reverse(prefixes.begin(), prefixes.begin() + static_cast<i64>(count));
    for (size_t i = 0; i < count; ++i) draft.put(prefixes[i]);
    if (random.percent(55)) draft.put(0x40 | random.below(16));
}

void draw_vex(Random& random, Draft& draft) {
    if (random.percent(5)) draft.put(0x64);
    if (random.percent(5)) draft.put(0x67);
    const u32 map = random.percent(40) ? 1 : random.percent(70) ? 2 : 3;
    const u32 vvvv = random.percent(30) ? 15 : random.below(16);
    const u32 tail = vvvv << 3 | random.below(2) << 2 | (random.percent(60) ? 1 : random.below(4));
    if (map == 1 && random.percent(60)) {
        draft.put(0xc5);
        draft.put(random.below(2) << 7 | tail);
    } else {
        draft.put(0xc4);
        draft.put((random.percent(60) ? 7 : random.below(8)) << 5 | map);
        draft.put(random.below(2) << 7 | tail);
    }
    draft.put(random.byte());
}

/// Most of VEX space is empty here, so these would be rare.
void draw_bmi(Random& random, Draft& draft) {
    constexpr std::array<u8, 6> kOpcodes{0xf2, 0xf3, 0xf5, 0xf6, 0xf7, 0xf7};
    draft.put(0xc4);
    draft.put((random.percent(60) ? 7 : random.below(8)) << 5 | 2);
    draft.put(random.below(2) << 7 | random.below(16) << 3 | random.below(4));
    draft.put(random.pick(kOpcodes));
}

void draw_opcode(Random& random, Draft& draft) {
    const u32 kind = random.below(100);
    if (kind < 34) {
        draw_legacy_prefixes(random, true, 6, draft);
        draft.put(random.byte());
    } else if (kind < 38) {  // string instructions
        draw_legacy_prefixes(random, false, 60, draft);
        draft.put(0xa4 + random.below(12));
    } else if (kind < 60) {
        draw_legacy_prefixes(random, true, 30, draft);
        draft.put(0x0f);
        draft.put(random.byte());
    } else if (kind < 66) {
        draw_legacy_prefixes(random, false, 10, draft);
        draft.put(0x0f), draft.put(0x38), draft.put(random.byte());
    } else if (kind < 70) {
        draw_legacy_prefixes(random, false, 3, draft);
        draft.put(0x0f), draft.put(0x3a), draft.put(random.byte());
    } else if (kind < 78) {
        draw_legacy_prefixes(random, false, 0, draft);
        draft.put(0xd8 + random.below(8));
    } else if (kind < 80) {
        draw_bmi(random, draft);
    } else {
        draw_vex(random, draft);
    }
}

void draw_rest(Random& random, Draft& draft) {
    constexpr std::array<u8, 8> kModes{0xc0, 0xc0, 0xc0, 0xc0, 0x80, 0x80, 0x40, 0x00};
    draft.put(random.pick(kModes) | random.below(64));
    if (random.percent(30)) {  // small or extreme immediates
        constexpr std::array<u8, 7> kBytes{0x00, 0x01, 0x02, 0xff, 0x80, 0x7f, 0x20};
        const u8 first = random.pick(kBytes);
        for (int i = 0; i < 9; ++i) draft.put(i == 0 ? first : first & 0x80 ? 0xff : 0);
    } else {
        for (int i = 0; i < 9; ++i) draft.put(random.byte());
    }
}

/// One drawn instruction while it is made fit for its place.
class Candidate {
public:
    Candidate(Random& random, const Limits& limits, const KnownRegisters& known)
        : random_(random), limits_(limits), known_(known) {}

    bool draw() {
        Draft draft;
        draw_opcode(random_, draft);
        draw_rest(random_, draft);
        if (!decode(draft.bytes)) return false;
        std::copy_n(draft.bytes.begin(), instruction_.length, item_.bytes.begin());
        item_.size = instruction_.length;
        return is_tested(random_, instruction_, operands()) && registers_allowed() && prepare();
    }

    void commit(KnownRegisters& known, std::vector<Item>& items) {
        for (const Item& item : setup_) items.push_back(item);
        items.push_back(item_);
        known = known_;
        update_known(known);
    }

private:
    std::span<const ZydisDecodedOperand> operands() const {
        return std::span(operands_).first(instruction_.operand_count);
    }

    bool decode(std::span<const u8> bytes) {
        static const ZydisDecoder decoder = [] {
            ZydisDecoder made;
            ZydisDecoderInit(&made, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
            return made;
        }();
        return ZYAN_SUCCESS(
            ZydisDecoderDecodeFull(&decoder, bytes.data(), 15, &instruction_, operands_.data()));
    }

    bool registers_allowed() const {
        for (const ZydisDecodedOperand& operand : operands()) {
            if (operand.type != ZYDIS_OPERAND_TYPE_REGISTER) continue;
            const int reg = general_register(operand.reg.value);
            if (reg < 0) continue;
            const bool hidden = operand.visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN;
            if (limits_.no_stack && reg == int{kRsp}) return false;
            if (!(operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)) continue;
            if ((limits_.keep >> reg & 1) && !(hidden && reg == int{kRsp})) return false;
        }
        return true;
    }

    bool prepare() {
        for (const ZydisDecodedOperand& operand : operands()) {
            if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY || operand.mem.type == ZYDIS_MEMOP_TYPE_AGEN ||
                instruction_.meta.category == ZYDIS_CATEGORY_WIDENOP)
                continue;
            const bool fits = operand.visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN ? prepare_hidden(operand)
                                                                                    : prepare_memory(operand);
            if (!fits) return false;
        }
        return prepare_special();
    }

    /// Puts a load of `value` before the instruction; false when the register is not free.
    bool set_register(u32 reg, u64 value) {
        if ((limits_.keep >> reg & 1) && !(reg == kRsp && !limits_.no_stack)) return false;
        if (taken_ >> reg & 1) return known_.get(reg) == value;
        taken_ |= 1u << reg;
        setup_.push_back(load_immediate(random_, reg, value));
        known_.set(reg, value);
        return true;
    }

    bool prepare_hidden(const ZydisDecodedOperand& operand) {
        const int base = general_register(operand.mem.base);
        if (base < 0) return false;
        if (base == int{kRsp}) return true;
        const u32 size = std::max<u32>(operand.size / 8, 1);
        u32 address = pick_address(random_, size);
        if (random_.percent(90)) {  // room for repetitions in both directions
            constexpr std::array kRoomy{kData, kStack};
            const Area area = random_.pick(kRoomy);
            address = area.start + 1024 + random_.below(area.size - 2048);
        }
        const u32 segment = segment_base(operand.mem.segment);
        const bool narrow = instruction_.address_width == 32;
        if (narrow && address < segment) return false;
        const u64 offset = narrow ? with_garbage(address - segment) : u64{address} - segment;
        return set_register(static_cast<u32>(base), offset);
    }

    /// For 32-bit addressing the upper half does not count.
    u64 with_garbage(u32 value) { return random_.percent(50) ? value : random_.next() << 32 | value; }

    static u32 segment_base(ZydisRegister segment) {
        return segment == ZYDIS_REGISTER_FS ? kFsBase : segment == ZYDIS_REGISTER_GS ? kGsBase : 0;
    }

    bool prepare_memory(const ZydisDecodedOperand& operand) {
        const auto& mem = operand.mem;
        const u32 size = std::max<u32>(operand.size / 8, 1);
        const u32 segment = segment_base(mem.segment);
        const bool narrow = instruction_.address_width == 32;
        u32 address = pick_address(random_, size);
        if (is_vector(mem.index)) address = kData.start + random_.below(kData.size / 2);
        if (is_bit_test(instruction_.mnemonic)) address = kData.start + 1024 + 8 * random_.below(512);
        if (segment != 0 && address < segment) address = segment + random_.below(0x7c0);
        const u32 wanted = address - segment;

        i64 sum = 0;
        if (mem.index != ZYDIS_REGISTER_NONE && !prepare_index(mem, narrow, sum)) return false;
        if (mem.base == ZYDIS_REGISTER_NONE) return set_displacement(i64{wanted} - sum, narrow);
        if (mem.base == ZYDIS_REGISTER_RIP || mem.base == ZYDIS_REGISTER_EIP) return set_rip_relative(wanted);
        return prepare_base(mem, wanted, sum, narrow);
    }

    bool prepare_index(const ZydisDecodedOperandMem& mem, bool narrow, i64& sum) {
        if (is_vector(mem.index)) {
            mask_index(static_cast<u32>(ZydisRegisterGetId(mem.index)));
            return true;
        }
        const u32 index = static_cast<u32>(general_register(mem.index));
        const i64 value = random_.between(-16, 64);
        if (mem.index == mem.base)
            return set_register(index, static_cast<u64>(value)) && (sum = value * mem.scale, true);
        const u64 whole = narrow ? with_garbage(static_cast<u32>(value)) : static_cast<u64>(value);
        sum = value * mem.scale;
        return set_register(index, whole);
    }

    /// vpand mask,%ymmN,%ymmN: makes the elements small.
    void mask_index(u32 vector) {
        const bool wide = instruction_.mnemonic == ZYDIS_MNEMONIC_VPGATHERQD ||
                          instruction_.mnemonic == ZYDIS_MNEMONIC_VPGATHERQQ ||
                          instruction_.mnemonic == ZYDIS_MNEMONIC_VGATHERQPS ||
                          instruction_.mnemonic == ZYDIS_MNEMONIC_VGATHERQPD;
        Item item = item_of({0xc4, vector & 8 ? 0x61 : 0xe1, static_cast<int>((~vector & 15) << 3 | 5), 0xdb,
                             static_cast<int>((vector & 7) << 3 | 4), 0x25, 0, 0, 0, 0});
        put32(item, 6, wide ? kIndexMask64 : kIndexMask32);
        setup_.push_back(item);
    }

    bool prepare_base(const ZydisDecodedOperandMem& mem, u32 wanted, i64 sum, bool narrow) {
        const u32 base = static_cast<u32>(general_register(mem.base));
        const auto known = known_.get(base);
        if (mem.base == mem.index || (taken_ >> base & 1))
            return known && set_displacement(i64{wanted} - sum - static_cast<i64>(*known), narrow);
        if (base == kRsp) return prepare_stack_pointer(wanted, sum, narrow);
        if (known && *known < u64{1} << 33 && random_.percent(60) &&
            set_displacement(i64{wanted} - sum - static_cast<i64>(*known), narrow))
            return true;
        const u64 value = static_cast<u64>(i64{wanted} - sum - mem.disp.value);
        return set_register(base, narrow ? with_garbage(static_cast<u32>(value)) : value);
    }

    bool prepare_stack_pointer(u32 wanted, i64 sum, bool narrow) {
        if (!known_.get(kRsp) && !set_register(kRsp, kStack.start + 0x800 + 8 * random_.below(0x200)))
            return false;
        const i64 rsp = static_cast<i64>(*known_.get(kRsp));
        if (instruction_.raw.disp.size == 32) return set_displacement(i64{wanted} - sum - rsp, narrow);
        const i64 address = rsp + sum + (instruction_.raw.disp.size ? instruction_.raw.disp.value : 0);
        return address >= kStack.start && address < kStack.end() - 64;
    }

    bool set_displacement(i64 value, bool narrow) {
        if (instruction_.raw.disp.size == 8) {
            if (value < -128 || value > 127) return false;
            item_.bytes[instruction_.raw.disp.offset] = static_cast<u8>(value);
            return true;
        }
        if (instruction_.raw.disp.size != 32) return value == 0;
        if (narrow ? value < kI32Min || value > 0xffff'ffff : value < kI32Min || value > kI32Max)
            return false;
        put32(item_, instruction_.raw.disp.offset, static_cast<u32>(value));
        return true;
    }

    bool set_rip_relative(u32 wanted) {
        const i64 distance = i64{wanted} - limits_.code;
        if (distance > kI32Max - kCodeSize || distance < kI32Min + kCodeSize) return false;
        item_.fix = FixKind::RipData;
        item_.fix_at = instruction_.raw.disp.offset;
        item_.target = wanted;
        return true;
    }

    static void put32(Item& item, size_t at, u32 value) {
        for (const u8 byte : std::bit_cast<std::array<u8, 4>>(value)) item.bytes[at++] = byte;
    }

    bool prepare_special() {
        constexpr u32 kRax = 0, kRcx = 1, kRdx = 2;
        const ZydisMnemonic mnemonic = instruction_.mnemonic;
        if (is_bit_test(mnemonic) && operands_[0].type == ZYDIS_OPERAND_TYPE_MEMORY &&
            operands_[1].type == ZYDIS_OPERAND_TYPE_REGISTER) {
            const u32 bit = static_cast<u32>(general_register(operands_[1].reg.value));
            if (taken_ >> bit & 1 || bit == kRsp) return false;
            return set_register(bit, static_cast<u64>(random_.between(-6000, 6000)));
        }
        if (instruction_.attributes &
            (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE)) {
            u64 count = random_.below(70);
            if (random_.percent(3)) count = random_.next() >> random_.below(40);  // runs into the area's end
            if (is_load_string(mnemonic)) count &= 0xffff'ffff;  // confined code counts in ecx there
            return set_register(
                kRcx, instruction_.address_width == 32 ? with_garbage(static_cast<u32>(count)) : count);
        }
        if (mnemonic == ZYDIS_MNEMONIC_DIV || mnemonic == ZYDIS_MNEMONIC_IDIV) {
            if (random_.percent(10)) return true;
            return set_register(kRax, random_.below(instruction_.operand_width == 8 ? 100 : 0x7000'0000)) &&
                   (instruction_.operand_width == 8 || set_register(kRdx, 0));
        }
        if (mnemonic == ZYDIS_MNEMONIC_ENTER) {
            item_.bytes[item_.size - 3U] = static_cast<u8>(random_.byte() & 0x7f),
                                     item_.bytes[item_.size - 2U] = 0;
            item_.bytes[item_.size - 1U] = static_cast<u8>(random_.percent(70) ? 0 : random_.below(4));
            return set_register(5, kStack.start + 0x1000 + 8 * random_.below(64));
        }
        return true;
    }

    void update_known(KnownRegisters& known) const {
        const auto rsp = known.get(kRsp);
        for (const ZydisDecodedOperand& operand : operands()) {
            if (operand.type != ZYDIS_OPERAND_TYPE_REGISTER ||
                !(operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
                continue;
            if (const int reg = general_register(operand.reg.value); reg >= 0)
                known.forget(static_cast<u32>(reg));
        }
        const u32 width = instruction_.operand_width / 8;
        u64 next = 0;
        if (rsp && instruction_.meta.category == ZYDIS_CATEGORY_PUSH) next = *rsp - width;
        if (rsp && instruction_.meta.category == ZYDIS_CATEGORY_POP) next = *rsp + width;
        if (next > kStack.start + 0x400 && next < kStack.end() - 0x400) known.set(kRsp, next);
    }

    Random& random_;
    const Limits& limits_;
    KnownRegisters known_;
    ZydisDecodedInstruction instruction_{};
    std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands_{};
    Item item_;
    std::vector<Item> setup_;
    u32 taken_ = 0;  ///< registers that setup_ has loaded
};

}  // namespace

Item item_of(std::initializer_list<int> bytes) {
    Item item;
    for (const int byte : bytes) item.bytes[item.size++] = static_cast<u8>(byte);
    return item;
}

Item load_immediate(Random& random, u32 reg, u64 value) {
    const bool fits_signed = value == static_cast<u64>(static_cast<i64>(static_cast<i32>(value)));
    Item item;
    u32 count = 4;
    if (value <= 0xffff'ffff && (!fits_signed || random.percent(70))) {
        if (reg & 8) item.bytes[item.size++] = 0x41;
        item.bytes[item.size++] = static_cast<u8>(0xb8 | (reg & 7));
    } else if (fits_signed) {
        item.bytes[item.size++] = static_cast<u8>(0x48 | reg >> 3);
        item.bytes[item.size++] = 0xc7;
        item.bytes[item.size++] = static_cast<u8>(0xc0 | (reg & 7));
    } else {
        item.bytes[item.size++] = static_cast<u8>(0x48 | reg >> 3);
        item.bytes[item.size++] = static_cast<u8>(0xb8 | (reg & 7));
        count = 8;
    }
    for (u32 i = 0; i < count; ++i) item.bytes[item.size++] = static_cast<u8>(value >> 8 * i);
    return item;
}

u32 pick_address(Random& random, u32 size) {
    if (random.below(1000) < 8)
        return random.percent(50) ? random.below(0x10000) : static_cast<u32>(random.next());
    constexpr std::array<Area, 12> kWeighted{kData, kData,  kData,  kData, kData, kData,
                                             kData, kStack, kStack, kTls,  kHigh, kHigh};
    const Area area = random.below(200) == 0 ? kConst : random.pick(kWeighted);
    if (random.below(1000) < 8) return area.end() - random.below(size + 1);
    const u32 offset = random.below(area.size - std::min(size, area.size - 64));
    return area.start + (random.percent(75) ? offset & ~31u : offset);
}

bool append_random(Random& random, const Limits& limits, KnownRegisters& known, std::vector<Item>& items) {
    Candidate candidate(random, limits, known);
    if (!candidate.draw()) return false;
    candidate.commit(known, items);
    return true;
}

}  // namespace occlum::fuzz
