#include "kernel/assist/assist.h"

#include <algorithm>

#include "kernel/assist/cpuid.h"
#include "kernel/assist/decode.h"
#include "kernel/assist/vector_state.h"

namespace occlum::kernel {

namespace {

// signal(7), siginfo codes.
constexpr int kSigIll = 4, kSigTrap = 5, kSigBus = 7, kSigSegv = 11, kSigKill = 9;
constexpr int kSiKernel = 0x80, kIllegalOperand = 2, kTrapBreakpoint = 1, kMapError = 1, kAccessError = 2,
              kBusAddress = 2;

using Trap = std::optional<GuestTrap>;

struct Work {
    sfi::GuestContext& context;
    const AssistInsn& insn;
    SegmentBases bases;
    /// The byte after the instruction, 0 where there is none that can be executed.
    u8 following;
    /// Instructions after this one that are done as well.
    u64 also = 0;

    u64& gpr(u8 reg) const { return context.gpr[reg]; }
    u64 next() const { return context.rip + insn.length; }

    /// Guest addresses wrap at 4 GiB, as in translated code.
    GuestAddr operand() const {
        u64 address = static_cast<u64>(i64{insn.displacement});
        if (insn.rip_relative) address += next();
        if (insn.base != AssistInsn::kNoRegister) address += gpr(insn.base);
        if (insn.index != AssistInsn::kNoRegister) address += gpr(insn.index) << insn.scale;
        if (insn.address32) address &= 0xffff'ffff;
        if (insn.segment == 0x64) address += bases.fs;
        if (insn.segment == 0x65) address += bases.gs;
        return {address & 0xffff'ffff};
    }
    u32 state_mask() const { return static_cast<u32>(gpr(sfi::RAX)) & kAllStates; }
};

GuestTrap invalid_opcode(const Work& work) {
    return {.signal = kSigIll, .code = kIllegalOperand, .address = {work.context.rip}, .vector = 6};
}

Trap emulate_cpuid(Work& work) {
    const auto answer = cpuid(static_cast<u32>(work.gpr(sfi::RAX)), static_cast<u32>(work.gpr(sfi::RCX)));
    work.gpr(sfi::RAX) = answer.eax;
    work.gpr(sfi::RBX) = answer.ebx;
    work.gpr(sfi::RCX) = answer.ecx;
    work.gpr(sfi::RDX) = answer.edx;
    return std::nullopt;
}

Trap emulate_xgetbv(Work& work) {
    if (static_cast<u32>(work.gpr(sfi::RCX)) != 0) return protection_trap();
    work.gpr(sfi::RAX) = kAllStates;
    work.gpr(sfi::RDX) = 0;
    return std::nullopt;
}

/// Reads `size` bytes from the stack's top and removes them.
template <size_t kSize>
Trap pop(Work& work, u64& value) {
    const GuestAddr top{work.gpr(sfi::RSP) & 0xffff'ffff};
    if (auto trap = access_trap(top, kSize, Access::Read)) return trap;
    std::array<u8, kSize> bytes{};
    if (!copy_in(bytes, top)) return protection_trap();
    value = 0;
    for (size_t i = kSize; i-- > 0;) value = (value << 8) | bytes[i];
    work.gpr(sfi::RSP) += kSize;
    return std::nullopt;
}

template <size_t kSize>
Trap put(GuestAddr where, u64 value) {
    if (auto trap = access_trap(where, kSize, Access::Write)) return trap;
    std::array<u8, kSize> bytes{};
    for (size_t i = 0; i < kSize; ++i) bytes[i] = static_cast<u8>(value >> (8 * i));
    if (!copy_out(where, bytes)) return protection_trap();
    return std::nullopt;
}

/// Arithmetic flags, DF and ID change. TF, NT and AC stay clear: the kernel relies on that at its entries.
/// Programs that tell processors apart by flipping AC look at once whether it changed: a pushf right after a
/// popf shows it set.
Trap emulate_popf(Work& work) {
    constexpr u64 kChangeable = 0x20'0cd5, kAlignmentCheck = 0x4'0000;
    constexpr u8 kPushFlags = 0x9c;
    u64 value = 0;
    if (auto trap = work.insn.opsize ? pop<2>(work, value) : pop<8>(work, value)) return trap;
    const u64 mask = work.insn.opsize ? kChangeable & 0xffff : kChangeable;
    work.context.rflags = (work.context.rflags & ~mask) | (value & mask);
    if ((value & kAlignmentCheck) == 0 || work.following != kPushFlags) return std::nullopt;
    // The slot was just read, and a stack that cannot be written will tell pushf itself.
    const GuestAddr top{(work.gpr(sfi::RSP) - 8) & 0xffff'ffff};
    if (put<8>(top, work.context.rflags | kAlignmentCheck)) return std::nullopt;
    work.gpr(sfi::RSP) -= 8;
    work.also = 1;
    return std::nullopt;
}

/// A breakpoint reports the instruction after it.
GuestTrap breakpoint(Work& work, int code, u8 vector) {
    work.context.rip = work.next();
    const GuestAddr address{code == kSiKernel ? 0 : work.context.rip};
    return {.signal = kSigTrap, .code = code, .address = address, .vector = vector};
}

GuestTrap software_interrupt(Work& work) {
    const u8 number = work.insn.immediate;
    if (number == 3) return breakpoint(work, kSiKernel, 3);
    if (number == 4) {
        work.context.rip = work.next();
        return {.signal = kSigSegv, .code = kSiKernel, .address = {}, .vector = 4};
    }
    // No gate is open to programs, not even 0x80: 32-bit system calls are not offered.
    return protection_trap(u32{number} * 8 + 2);
}

/// Selectors as Linux has them in a 64-bit process: es, cs, ss, ds, fs, gs.
constexpr std::array<u16, 6> kSelectors{0, 0x33, 0x2b, 0, 0, 0};

Trap store_selector(Work& work) {
    const unsigned segment = work.insn.extension();
    if (segment >= kSelectors.size()) return invalid_opcode(work);
    const u64 value = kSelectors[segment];
    if (work.insn.memory) return put<2>(work.operand(), value);
    u64& target = work.gpr(work.insn.rm);
    target = work.insn.opsize ? (target & ~u64{0xffff}) | value : value;
    return std::nullopt;
}

/// The selectors that a program may load change nothing here.
Trap check_selector(unsigned segment, u64 value) {
    constexpr u64 kUserData = 0x2b, kStack = 2;
    const u16 selector = static_cast<u16>(value);
    const bool null = selector <= 3 && segment != kStack;
    if (null || selector == kUserData) return std::nullopt;
    return protection_trap(selector & 0xfffcu);
}

Trap load_selector(Work& work) {
    const unsigned segment = work.insn.extension();
    if (segment >= kSelectors.size() || segment == 1) return invalid_opcode(work);
    if (!work.insn.memory) return check_selector(segment, work.gpr(work.insn.rm));
    std::array<u8, 2> bytes{};
    if (auto trap = access_trap(work.operand(), 2, Access::Read)) return trap;
    if (!copy_in(bytes, work.operand())) return protection_trap();
    return check_selector(segment, u64{bytes[0]} | (u64{bytes[1]} << 8));
}

Trap push_selector(Work& work) {
    const u64 size = work.insn.opsize ? 2 : 8;
    const GuestAddr top{(work.gpr(sfi::RSP) - size) & 0xffff'ffff};
    if (auto trap = work.insn.opsize ? put<2>(top, 0) : put<8>(top, 0)) return trap;
    work.gpr(sfi::RSP) -= size;
    return std::nullopt;
}

Trap pop_selector(Work& work) {
    const u64 before = work.gpr(sfi::RSP);
    u64 value = 0;
    if (auto trap = work.insn.opsize ? pop<2>(work, value) : pop<8>(work, value)) return trap;
    auto trap = check_selector(4, value);
    if (trap) work.gpr(sfi::RSP) = before;
    return trap;
}

Trap group_0f01(Work& work) {
    if (work.insn.memory) return protection_trap();  // descriptor tables and machine status
    switch (work.insn.modrm) {
        case 0xd0:
            return emulate_xgetbv(work);
        case 0xd1:  // xsetbv
        case 0xf8:
            return protection_trap();
        default:
            return invalid_opcode(work);
    }
}

Trap group_0fae(Work& work) {
    if (!work.insn.memory || work.insn.rep) return invalid_opcode(work);
    if (work.insn.opsize) return invalid_opcode(work);
    switch (work.insn.extension()) {
        case 0:
            return emulate_fxsave(work.operand());
        case 4:
        case 6:
            return emulate_xsave(work.operand(), work.state_mask(), false);
        case 5:
            return emulate_xrstor(work.operand(), work.state_mask());
        default:
            return invalid_opcode(work);
    }
}

Trap group_0fc7(Work& work) {
    if (!work.insn.memory || work.insn.opsize || work.insn.rep) return invalid_opcode(work);
    switch (work.insn.extension()) {
        case 4:
            return emulate_xsave(work.operand(), work.state_mask(), true);
        case 3:
        case 5:
            return protection_trap();  // xrstors, xsaves
        default:
            return invalid_opcode(work);
    }
}

Trap two_byte(Work& work) {
    switch (work.insn.opcode) {
        case 0x01:
            return group_0f01(work);
        case 0xae:
            return group_0fae(work);
        case 0xc7:
            return group_0fc7(work);
        case 0xa2:
            return emulate_cpuid(work);
        case 0xa0:
        case 0xa8:
            return push_selector(work);
        case 0xa1:
        case 0xa9:
            return pop_selector(work);
        case 0x00:  // system descriptors
        case 0x06:  // clts
        case 0x08:
        case 0x09:  // invd, wbinvd
        case 0x20:
        case 0x21:
        case 0x22:
        case 0x23:  // control and debug registers
        case 0x30:
        case 0x32:
        case 0x33:  // model-specific registers, performance counters
        case 0x35:
            return protection_trap();  // sysexit
        default:
            return invalid_opcode(work);
    }
}

Trap one_byte(Work& work) {
    const AssistInsn& insn = work.insn;
    switch (insn.opcode) {
        case 0x8c:
            return store_selector(work);
        case 0x8e:
            return load_selector(work);
        case 0x9d:
            return emulate_popf(work);
        case 0xcc:
            return breakpoint(work, kSiKernel, 3);
        case 0xcd:
            return software_interrupt(work);
        case 0xf1:
            return breakpoint(work, kTrapBreakpoint, 1);
        case 0xd9:
        case 0xdd:
            if (!insn.memory || insn.extension() != 6) return invalid_opcode(work);
            return emulate_x87_store(work.operand(), insn.opcode == 0xdd, insn.opsize);
        case 0xff:
            return insn.memory ? protection_trap() : invalid_opcode(work);  // far transfers
        case 0x6c:
        case 0x6d:
        case 0x6e:
        case 0x6f:
        case 0xe4:
        case 0xe5:
        case 0xe6:
        case 0xe7:
        case 0xec:
        case 0xed:
        case 0xee:
        case 0xef:  // ports
        case 0xca:
        case 0xcb:
        case 0xcf:  // far returns
        case 0xf4:
        case 0xfa:
        case 0xfb:
            return protection_trap();
        default:
            return invalid_opcode(work);
    }
}

}  // namespace

std::optional<GuestTrap> assist(sfi::GuestContext& context, SegmentBases bases) {
    constexpr size_t kMaxLength = 15;
    std::array<u8, kMaxLength> bytes{};
    AddressSpace& memory = current_address_space();
    const size_t count = memory.fetch({context.rip}, bytes);
    const auto insn = decode_assist(std::span(bytes).first(count));
    if (!insn) {
        // Too long, or it goes on where nothing can be executed.
        if (count == bytes.size()) return protection_trap();
        const GuestAddr missing{context.rip + count};
        const FaultOutcome outcome = memory.fault(missing, Access::Execute);
        return trap_of(outcome == FaultOutcome::Resolved ? FaultOutcome::BeyondFile : outcome, missing,
                       Access::Execute);
    }
    const u8 following = insn->length < count ? bytes.at(insn->length) : u8{0};
    Work work{context, *insn, bases, following};
    if (insn->lock) return invalid_opcode(work);
    const u64 next = work.next();
    auto trap = insn->map == 0 ? one_byte(work) : two_byte(work);
    if (!trap) context.rip = next + work.also;
    return trap;
}

GuestTrap trap_of(FaultOutcome outcome, GuestAddr address, Access access) {
    // Page-fault error code: present, write, user, instruction fetch.
    constexpr u32 kPresent = 1, kWrite = 2, kUser = 4, kFetch = 16;
    GuestTrap trap{
        .signal = kSigSegv, .code = kMapError, .address = address, .vector = 14, .error_code = kUser};
    if (access == Access::Write) trap.error_code |= kWrite;
    if (access == Access::Execute) trap.error_code |= kFetch;
    switch (outcome) {
        case FaultOutcome::AccessDenied:
            trap.code = kAccessError;
            trap.error_code |= kPresent;
            break;
        case FaultOutcome::BeyondFile:
            trap.signal = kSigBus;
            trap.code = kBusAddress;
            break;
        case FaultOutcome::OutOfMemory:
            trap.signal = kSigKill;
            trap.code = kSiKernel;
            trap.killed = true;
            break;
        case FaultOutcome::NotMapped:
        case FaultOutcome::Resolved:
            break;
    }
    return trap;
}

}  // namespace occlum::kernel
