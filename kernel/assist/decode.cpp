#include "kernel/assist/decode.h"

namespace occlum::kernel {

namespace {

/// SDM: no instruction is longer.
constexpr size_t kMaxLength = 15;

class Reader {
public:
    explicit Reader(std::span<const u8> bytes) : bytes_(bytes) {}
    std::optional<u8> next() {
        if (at_ >= bytes_.size() || at_ >= kMaxLength) return std::nullopt;
        return bytes_[at_++];
    }
    u8 position() const { return static_cast<u8>(at_); }

private:
    std::span<const u8> bytes_;
    size_t at_ = 0;
};

/// Notes a legacy prefix; false when the byte is not one.
bool take_prefix(AssistInsn& insn, u8 byte) {
    switch (byte) {
        case 0x66:
            insn.opsize = true;
            return true;
        case 0x67:
            insn.address32 = true;
            return true;
        case 0xf0:
            insn.lock = true;
            return true;
        case 0xf2:
        case 0xf3:
            insn.rep = byte;
            return true;
        case 0x64:
        case 0x65:
            insn.segment = byte;
            return true;
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
            return true;
        default:
            return false;
    }
}

bool wants_modrm(const AssistInsn& insn) {
    if (insn.map == 0)
        return insn.opcode == 0x8c || insn.opcode == 0x8e || insn.opcode == 0xd9 || insn.opcode == 0xdd ||
               insn.opcode == 0xff;
    const u8 op = insn.opcode;
    return op <= 0x01 || (op >= 0x20 && op <= 0x23) || op == 0xae || op == 0xc7;
}

bool wants_immediate(const AssistInsn& insn) {
    return insn.map == 0 && (insn.opcode == 0xcd || (insn.opcode >= 0xe4 && insn.opcode <= 0xe7));
}

bool read_displacement(Reader& reader, AssistInsn& insn, unsigned size) {
    u32 value = 0;
    for (unsigned i = 0; i < size; ++i) {
        const auto byte = reader.next();
        if (!byte) return false;
        value |= u32{*byte} << (8 * i);
    }
    insn.displacement = size == 1 ? static_cast<i8>(value) : static_cast<i32>(value);
    return true;
}

bool read_modrm(Reader& reader, AssistInsn& insn, u8 rex) {
    const auto modrm = reader.next();
    if (!modrm) return false;
    insn.has_modrm = true;
    insn.modrm = *modrm;
    const u8 mod = *modrm >> 6, rm = *modrm & 7;
    insn.reg = static_cast<u8>(((*modrm >> 3) & 7) | ((rex & 4) << 1));
    insn.rm = static_cast<u8>(rm | ((rex & 1) << 3));
    insn.memory = mod != 3;
    if (!insn.memory) return true;
    unsigned size = mod == 1 ? 1 : (mod == 2 ? 4 : 0);
    insn.base = insn.rm;
    if (rm == 4) {
        const auto sib = reader.next();
        if (!sib) return false;
        insn.scale = *sib >> 6;
        const u8 index = static_cast<u8>(((*sib >> 3) & 7) | ((rex & 2) << 2));
        if (index != 4) insn.index = index;
        insn.base = static_cast<u8>((*sib & 7) | ((rex & 1) << 3));
        if ((*sib & 7) == 5 && mod == 0) {
            insn.base = AssistInsn::kNoRegister;
            size = 4;
        }
    } else if (rm == 5 && mod == 0) {
        insn.base = AssistInsn::kNoRegister;
        insn.rip_relative = true;
        size = 4;
    }
    return read_displacement(reader, insn, size);
}

}  // namespace

std::optional<AssistInsn> decode_assist(std::span<const u8> bytes) {
    Reader reader(bytes);
    AssistInsn insn;
    auto byte = reader.next();
    while (byte && take_prefix(insn, *byte)) byte = reader.next();
    u8 rex = 0;
    if (byte && (*byte & 0xf0) == 0x40) {
        rex = *byte;
        insn.wide = (rex & 8) != 0;
        byte = reader.next();
    }
    if (byte && *byte == 0x0f) {
        insn.map = 1;
        byte = reader.next();
    }
    if (!byte) return std::nullopt;
    insn.opcode = *byte;
    if (wants_modrm(insn) && !read_modrm(reader, insn, rex)) return std::nullopt;
    if (wants_immediate(insn)) {
        const auto immediate = reader.next();
        if (!immediate) return std::nullopt;
        insn.immediate = *immediate;
    }
    insn.length = reader.position();
    return insn;
}

}  // namespace occlum::kernel
