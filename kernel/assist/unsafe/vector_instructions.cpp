// SAFETY, for the whole file: each instruction writes or reads at most kXsaveSize bytes of a VectorState,
// which is 64-byte aligned and that large (mask is cut to x87|SSE|AVX, whose area ends there). The kernel is
// compiled without vector registers, so nothing of its own lives in what is saved or replaced.
#include "kernel/assist/unsafe/vector_instructions.h"

namespace occlum::kernel {

namespace {
constexpr u32 kAll = 7;
}

void run_xsave(VectorState& area, u32 mask) {
    asm volatile("xsave64 %0" : "+m"(area) : "a"(mask & kAll), "d"(0));
}

void run_xsavec(VectorState& area, u32 mask) {
    asm volatile("xsavec64 %0" : "+m"(area) : "a"(mask & kAll), "d"(0));
}

void run_xrstor(const VectorState& area, u32 mask) {
    asm volatile("xrstor64 %0" : : "m"(area), "a"(mask & kAll), "d"(0));
}

void run_fxsave(VectorState& area) { asm volatile("fxsave64 %0" : "+m"(area)); }

void run_fnstenv(VectorState& area, bool short_form) {
    if (short_form)
        asm volatile(".byte 0x66; fnstenv %0" : "+m"(area));
    else
        asm volatile("fnstenv %0" : "+m"(area));
}

void run_fnsave(VectorState& area, bool short_form) {
    if (short_form)
        asm volatile(".byte 0x66; fnsave %0" : "+m"(area));
    else
        asm volatile("fnsave %0" : "+m"(area));
}

}  // namespace occlum::kernel
