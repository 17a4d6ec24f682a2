// First steps of each thread: relocation (nothing that needs a relocated pointer may run before), the RELRO
// pages, constructors, then the LibOS.
#include <elf.h>

#include <atomic>

#include "enclave/enclave_only/unsafe/call_area.h"
#include "enclave/enclave_only/unsafe/thread.h"
#include "enclave/host.h"
#include "enclave/pages.h"
#include "enclave/upcalls.h"

extern "C" {
/// The linker's.
extern const Elf64_Dyn _DYNAMIC[] __attribute__((visibility("hidden")));
/// Read by entry.S: other threads may start.
std::atomic<occlum::u32> enclave_ready __attribute__((visibility("hidden"))) = 0;
[[noreturn]] void enclave_start(occlum::u64 call_area) __attribute__((visibility("hidden")));
}

namespace occlum::enclave {

namespace {

u64 dynamic(Elf64_Sxword tag) {
    for (const Elf64_Dyn* entry = _DYNAMIC; entry->d_tag != DT_NULL; ++entry)
        if (entry->d_tag == tag) return entry->d_un.d_val;
    return 0;
}

/// SAFETY: the image is measured, so its own tables are right.
void relocate() {
    const u64 base = image_base();
    const auto* relocation = reinterpret_cast<const Elf64_Rela*>(base + dynamic(DT_RELA));
    const u64 count = dynamic(DT_RELASZ) / sizeof(Elf64_Rela);
    for (u64 i = 0; i < count; ++i, ++relocation) {
        if (ELF64_R_TYPE(relocation->r_info) != R_X86_64_RELATIVE) __builtin_trap();
        *reinterpret_cast<u64*>(base + relocation->r_offset) = base + static_cast<u64>(relocation->r_addend);
    }
}

void protect_relocated() {
    const u64 base = image_base();
    const auto& header = *reinterpret_cast<const Elf64_Ehdr*>(base);
    const auto* segment = reinterpret_cast<const Elf64_Phdr*>(base + header.e_phoff);
    for (u32 i = 0; i < header.e_phnum; ++i, ++segment) {
        if (segment->p_type != PT_GNU_RELRO) continue;
        const u64 start = page_down(segment->p_vaddr);
        const u64 end = page_down(segment->p_vaddr + segment->p_memsz);
        if (end > start && !protect_pages(base + start, end - start, kProtReadWrite, kProtRead))
            panic("start: relocated data cannot be made read-only");
    }
}

void construct() {
    const auto* constructor = reinterpret_cast<void (*const*)()>(image_base() + dynamic(DT_INIT_ARRAY));
    const u64 count = dynamic(DT_INIT_ARRAY) == 0 ? 0 : dynamic(DT_INIT_ARRAYSZ) / sizeof(void*);
    for (u64 i = 0; i < count; ++i) constructor[i]();
}

}  // namespace

}  // namespace occlum::enclave

using namespace occlum;
using namespace occlum::enclave;

/// On the boot stack. `call_area` is hostile.
void enclave_start(u64 call_area) {
    Thread& thread = this_thread();
    thread.index = (fs_base() - image_base() - abi::kThreadsOffset) / abi::kThreadStride;
    if (thread.index == 0) relocate();
    if (!call_area_good(call_area)) {
        // There is no way to say so.
        for (;;) __builtin_trap();
    }
    thread.call_area = call_area;
    // The vCPU block points to itself, so that fs:0 gives its address.
    *reinterpret_cast<u64*>(fs_base()) = fs_base();
    if (thread.index != 0) libos_vcpu_main(static_cast<u32>(thread.index));
    protect_relocated();
    construct();
    enclave_ready.store(1, std::memory_order_release);
    libos_main();
}
