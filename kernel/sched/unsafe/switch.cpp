// The C++ side of switch.S.
#include "kernel/sched/switch.h"

#include <cstring>

extern "C" __attribute__((visibility("hidden"))) void occlum_switch_stack(occlum::u64* save_sp,
                                                                          occlum::u64 load_sp);

namespace occlum::kernel {

void switch_stack(u64& save_sp, u64 load_sp) { occlum_switch_stack(&save_sp, load_sp); }

u64 prepare_stack(u64 top, void (*entry)()) {
    // Six registers, the return address, and one more word: rsp is 16-byte aligned before `entry`'s frame as
    // after a call.
    u64 words[8] = {};
    words[6] = reinterpret_cast<u64>(entry);
    const u64 sp = top - sizeof words;
    // SAFETY: the caller owns the committed kernel stack below `top`, and nothing runs on it yet.
    memcpy(reinterpret_cast<void*>(sp), words, sizeof words);
    return sp;
}

}  // namespace occlum::kernel
