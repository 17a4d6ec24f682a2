// The x87 instruction and data pointers that the processor saves are host addresses of translated code and of
// the domain: no guest may see them, so they read as zero, as on processors that do not keep them without an
// unmasked exception.
#include "kernel/assist/vector_state.h"

#include <algorithm>
#include <bit>

#include "kernel/assist/unsafe/vector_instructions.h"

namespace occlum::kernel {

namespace {

// XSAVE area (SDM vol. 1, 13.4).
constexpr size_t kPointers = 6, kPointersEnd = 24;  // FOP, FIP, FDP
constexpr size_t kMxcsr = 24, kHeader = 512, kHeaderEnd = 576, kLegacyWritten = 464;
constexpr u64 kCompact = u64{1} << 63;
constexpr u32 kMxcsrDefault = 0x1f80, kMxcsrReserved = 0xffff'0000;

using Bytes = std::array<u8, kXsaveSize>;

template <typename T>
T load(const Bytes& bytes, size_t offset) {
    std::array<u8, sizeof(T)> raw{};
    std::ranges::copy(std::span(bytes).subspan(offset, sizeof(T)), raw.begin());
    return std::bit_cast<T>(raw);
}

template <typename T>
void store(Bytes& bytes, size_t offset, T value) {
    const auto raw = std::bit_cast<std::array<u8, sizeof(T)>>(value);
    std::ranges::copy(raw, std::span(bytes).subspan(offset, sizeof(T)).begin());
}

void clear(Bytes& bytes, size_t first, size_t end) {
    std::ranges::fill(std::span(bytes).subspan(first, end - first), u8{0});
}

size_t area_size(u32 mask) { return mask & kAvx ? kXsaveSize : kHeaderEnd; }

/// SDM vol. 1, 13.8: what XRSTOR demands of the header and of MXCSR.
bool restorable(const Bytes& bytes, u32 mask) {
    const u64 present = load<u64>(bytes, kHeader), layout = load<u64>(bytes, kHeader + 8);
    const bool compact = (layout & kCompact) != 0;
    const auto reserved = std::span(bytes).subspan(kHeader + 16, kHeaderEnd - kHeader - 16);
    if (std::ranges::any_of(compact ? reserved : reserved.first(8), [](u8 byte) { return byte != 0; }))
        return false;
    if (compact ? (layout & ~(kCompact | kAllStates)) != 0 || (present & ~layout) != 0
                : layout != 0 || (present & ~u64{kAllStates}) != 0)
        return false;
    const bool loads_mxcsr = compact ? (mask & kSse) && (present & kSse) : (mask & (kSse | kAvx)) != 0;
    return !loads_mxcsr || (load<u32>(bytes, kMxcsr) & kMxcsrReserved) == 0;
}

/// The area's bytes may still hold a bad MXCSR that is not to be loaded: the processor must not see it.
void run_checked_xrstor(VectorState& area, u32 mask) {
    if (load<u32>(area.bytes, kMxcsr) & kMxcsrReserved) store(area.bytes, kMxcsr, kMxcsrDefault);
    run_xrstor(area, mask);
}

bool misaligned(GuestAddr area, u64 alignment) { return (area.value & (alignment - 1)) != 0; }

}  // namespace

GuestTrap protection_trap(u32 error_code) {
    constexpr int kSigSegv = 11, kSiKernel = 0x80;
    return {.signal = kSigSegv, .code = kSiKernel, .address = {}, .vector = 13, .error_code = error_code};
}

std::optional<GuestTrap> access_trap(GuestAddr start, u64 size, Access access) {
    current_address_space().foresee(start, size);
    for (u64 at = start.value; at < start.value + size; at = page_down(at) + kPageSize)
        if (const auto outcome = current_address_space().fault({at}, access);
            outcome != FaultOutcome::Resolved)
            return trap_of(outcome, {at}, access);
    return std::nullopt;
}

void save_vector_state(VectorState& to) {
    clear(to.bytes, kHeader, kHeaderEnd);
    run_xsave(to, kAllStates);
    clear(to.bytes, kPointers, kPointersEnd);
}

bool restore_vector_state(const VectorState& from) {
    if (!restorable(from.bytes, kAllStates)) return false;
    VectorState copy = from;
    run_checked_xrstor(copy, kAllStates);
    return true;
}

void reset_vector_state() {
    VectorState initial{};
    store(initial.bytes, kMxcsr, kMxcsrDefault);
    run_xrstor(initial, kAllStates);
}

std::optional<GuestTrap> emulate_xsave(GuestAddr area, u32 mask, bool compact) {
    if (misaligned(area, 64)) return protection_trap();
    mask &= kAllStates;
    if (auto trap = access_trap(area, area_size(mask), Access::Write)) return trap;
    VectorState state{};
    const auto bytes = std::span(state.bytes).first(area_size(mask));
    if (!copy_in(bytes, area)) return protection_trap();
    if (compact)
        run_xsavec(state, mask);
    else
        run_xsave(state, mask);
    const bool x87_written = (mask & kX87) && (!compact || (load<u64>(state.bytes, kHeader) & kX87));
    if (x87_written) clear(state.bytes, kPointers, kPointersEnd);
    if (!copy_out(area, bytes)) return protection_trap();
    return std::nullopt;
}

std::optional<GuestTrap> emulate_xrstor(GuestAddr area, u32 mask) {
    if (misaligned(area, 64)) return protection_trap();
    mask &= kAllStates;
    if (auto trap = access_trap(area, area_size(mask), Access::Read)) return trap;
    VectorState state{};
    if (!copy_in(std::span(state.bytes).first(area_size(mask)), area)) return protection_trap();
    if (!restorable(state.bytes, mask)) return protection_trap();
    run_checked_xrstor(state, mask);
    return std::nullopt;
}

std::optional<GuestTrap> emulate_fxsave(GuestAddr area) {
    constexpr size_t kArea = 512;
    if (misaligned(area, 16)) return protection_trap();
    if (auto trap = access_trap(area, kArea, Access::Write)) return trap;
    VectorState state{};
    run_fxsave(state);
    clear(state.bytes, kPointers, kPointersEnd);
    // The rest of the area is the program's.
    if (!copy_out(area, std::span(state.bytes).first(kLegacyWritten))) return protection_trap();
    return std::nullopt;
}

std::optional<GuestTrap> emulate_x87_store(GuestAddr area, bool whole, bool short_form) {
    // Environment: control, status and tag words, then the pointers; words of 2 or 4 bytes (SDM vol.
    // 1, 8.1.10).
    constexpr size_t kRegisters = 80;
    const size_t word = short_form ? 2 : 4, environment = 7 * word;
    const size_t size = environment + (whole ? kRegisters : 0);
    if (auto trap = access_trap(area, size, Access::Write)) return trap;
    VectorState state{};
    if (whole)
        run_fnsave(state, short_form);
    else
        run_fnstenv(state, short_form);
    clear(state.bytes, 3 * word, environment);
    if (!copy_out(area, std::span(state.bytes).first(size))) return protection_trap();
    return std::nullopt;
}

}  // namespace occlum::kernel
