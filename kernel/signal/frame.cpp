#include "kernel/signal/frame.h"

#include <algorithm>
#include <bit>

#include "kernel/assist/assist.h"

namespace occlum::kernel {

namespace {

/// struct sigcontext.
struct MachineContext {
    u64 r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
    u16 cs, gs, fs, ss;
    u64 error, trap, old_mask, fault_address;
    u64 vectors;
    std::array<u64, 8> reserved;
};

struct UserContext {
    u64 flags;
    u64 link;
    AltStack stack;
    MachineContext machine;
    u64 mask;
};

struct Frame {
    u64 return_address;
    UserContext context;
    SigInfo info;
};
static_assert(sizeof(MachineContext) == 256 && sizeof(Frame) == 440);

constexpr u64 kRedZone = 128;
// uc_flags: an XSAVE image is there, and ss is the handler's own.
constexpr u64 kContextFlags = 1 | 2 | 4;
constexpr u16 kUserCs = 0x33, kUserSs = 0x2b;

// The XSAVE image's software-reserved bytes tell what it holds (struct _fpx_sw_bytes).
constexpr size_t kSoftwareBytes = 464;
constexpr u32 kMagic1 = 0x46505853, kMagic2 = 0x46505845;
constexpr size_t kImageSize = kXsaveSize + 4;
struct SoftwareBytes {
    u32 magic1;
    u32 extended_size;
    u64 features;
    u32 xstate_size;
    std::array<u32, 7> padding;
};
static_assert(sizeof(SoftwareBytes) == 48);
constexpr u64 kFeatures = 7;  // x87, SSE, AVX

// CF PF AF ZF SF DF OF: what programs may choose of rflags. ID and the rest stay.
constexpr u64 kUserFlags = 0xcd5;
constexpr u64 kFixedFlags = 0x202;
constexpr u64 kDirectionFlag = 0x400;

template <typename T>
void place(std::span<u8> image, size_t offset, const T& value) {
    const auto bytes = std::bit_cast<std::array<u8, sizeof(T)>>(value);
    std::ranges::copy(bytes, image.subspan(offset).begin());
}
template <typename T>
T pick(std::span<const u8> image, size_t offset) {
    std::array<u8, sizeof(T)> bytes{};
    std::ranges::copy(image.subspan(offset, sizeof(T)), bytes.begin());
    return std::bit_cast<T>(bytes);
}

Result<void> store_vectors(GuestAddr where) {
    VectorState state{};
    save_vector_state(state);
    std::array<u8, kImageSize> image{};
    std::ranges::copy(state.bytes, image.begin());
    place(image, kSoftwareBytes, SoftwareBytes{kMagic1, kImageSize, kFeatures, kXsaveSize, {}});
    place(image, kXsaveSize, kMagic2);
    return copy_out(where, image);
}

/// What a handler may leave there: an image with our magic numbers, or a bare FXSAVE image.
Result<void> load_vectors(GuestAddr where) {
    VectorState state{};
    constexpr size_t kLegacySize = 512;
    constexpr size_t kHeaderFeatures = 512;
    TRY(copy_in(std::span(state.bytes).first(kLegacySize), where));
    const auto software = pick<SoftwareBytes>(state.bytes, kSoftwareBytes);
    bool extended = software.magic1 == kMagic1 && software.xstate_size >= kXsaveSize;
    if (extended) {
        const auto magic2 = TRY(read_user(UserIn<u32>{where + software.xstate_size}));
        extended = magic2 == kMagic2;
    }
    if (extended) {
        TRY(copy_in(state.bytes, where));
        const u64 features = pick<u64>(state.bytes, kHeaderFeatures) & software.features & kFeatures;
        std::ranges::fill(std::span(state.bytes).subspan(kHeaderFeatures, 64), u8{0});
        place(state.bytes, kHeaderFeatures, features);
    } else {
        place(state.bytes, kHeaderFeatures, u64{3});
    }
    // Reserved bits of MXCSR would fault.
    constexpr size_t kMxcsr = 24;
    place(state.bytes, kMxcsr, pick<u32>(state.bytes, kMxcsr) & u32{0xffff});
    std::ranges::fill(std::span(state.bytes).subspan(kSoftwareBytes, sizeof(SoftwareBytes)), u8{0});
    if (!restore_vector_state(state)) return err(Errno::Einval);
    return {};
}

MachineContext machine_context(const Task& task, SigSet old_mask, u64 vectors) {
    const auto& gpr = task.context.gpr;
    return {gpr[sfi::R8],
            gpr[sfi::R9],
            gpr[sfi::R10],
            gpr[sfi::R11],
            gpr[sfi::R12],
            gpr[sfi::R13],
            gpr[sfi::R14],
            gpr[sfi::R15],
            gpr[sfi::RDI],
            gpr[sfi::RSI],
            gpr[sfi::RBP],
            gpr[sfi::RBX],
            gpr[sfi::RDX],
            gpr[sfi::RAX],
            gpr[sfi::RCX],
            gpr[sfi::RSP],
            task.context.rip,
            task.context.rflags,
            kUserCs,
            0,
            0,
            kUserSs,
            task.trap_error,
            task.trap_number,
            old_mask.bits(),
            task.trap_address,
            vectors,
            {}};
}

void load_machine(sfi::GuestContext& context, const MachineContext& machine) {
    auto& gpr = context.gpr;
    gpr = {machine.rax, machine.rcx, machine.rdx, machine.rbx, machine.rsp, machine.rbp,
           machine.rsi, machine.rdi, machine.r8,  machine.r9,  machine.r10, machine.r11,
           machine.r12, machine.r13, machine.r14, machine.r15};
    context.rip = machine.rip;
    context.rflags = (machine.rflags & kUserFlags) | (context.rflags & ~kUserFlags) | kFixedFlags;
    context.host_pc = 0;
}

}  // namespace

bool on_alternate_stack(const Task& task, u64 sp) {
    const AltStack& stack = task.alternate_stack;
    if (stack.flags & (kSsDisable | kSsAutoDisarm)) return false;
    return sp > stack.base && sp - stack.base <= stack.size;
}

AltStack reported_stack(const Task& task, u64 sp) {
    AltStack stack = task.alternate_stack;
    if (stack.size == 0) return {stack.base, kSsDisable, 0, 0};
    if (on_alternate_stack(task, sp)) stack.flags |= kSsOnStack;
    return stack;
}

Result<void> push_signal_frame(Task& task, const SigAction& action, const SigInfo& info, SigSet old_mask) {
    sfi::GuestContext& context = task.context;
    u64 sp = context.gpr[sfi::RSP];
    const AltStack& alternate = task.alternate_stack;
    const bool has_alternate = alternate.size != 0 && !(alternate.flags & kSsDisable);
    const bool to_alternate = (action.flags & kSaOnStack) && has_alternate && !on_alternate_stack(task, sp);
    const u64 old_sp = sp;
    sp = to_alternate ? alternate.base + alternate.size : sp - kRedZone;
    const u64 vectors = (sp - kImageSize) & ~u64{63};
    const u64 where = ((vectors - sizeof(Frame)) & ~u64{15}) - 8;
    // A frame that would leave the alternate stack is an overflow of it.
    if ((to_alternate || on_alternate_stack(task, old_sp)) && where <= alternate.base)
        return err(Errno::Efault);

    task.process().address_space().foresee({where}, sp - where);
    TRY(store_vectors(GuestAddr{vectors}));
    Frame frame{action.restorer,
                {kContextFlags, 0, reported_stack(task, old_sp), machine_context(task, old_mask, vectors),
                 old_mask.bits()},
                info};
    TRY(write_user(UserOut<Frame>{GuestAddr{where}}, frame));
    if (to_alternate && (alternate.flags & kSsAutoDisarm)) task.alternate_stack = {};

    const u64 head = where + offsetof(Frame, context);
    context.gpr[sfi::RDI] = static_cast<u64>(info.signal);
    context.gpr[sfi::RSI] = where + offsetof(Frame, info);
    context.gpr[sfi::RDX] = head;
    context.gpr[sfi::RAX] = 0;
    context.gpr[sfi::RSP] = where;
    context.rip = action.handler;
    context.rflags &= ~kDirectionFlag;
    reset_vector_state();
    return {};
}

Result<void> pop_signal_frame(Task& task) {
    // `ret` has taken the return address.
    const GuestAddr where{task.context.gpr[sfi::RSP] - 8};
    const Frame frame = TRY(read_user(UserIn<Frame>{where}));
    set_blocked(task, SigSet(frame.context.mask));
    load_machine(task.context, frame.context.machine);
    if (frame.context.machine.vectors != 0)
        TRY(load_vectors(GuestAddr{frame.context.machine.vectors}));
    else
        reset_vector_state();
    AltStack stack = frame.context.stack;
    stack.flags &= ~u32{kSsOnStack};
    stack.padding = 0;
    if (!on_alternate_stack(task, task.context.gpr[sfi::RSP])) task.alternate_stack = stack;
    return {};
}

}  // namespace occlum::kernel
