// SAFETY, for the whole file: `base` is the host address of a domain that the caller owns, so base + offset,
// with offset + size inside the domain (checked here), is in that domain and nowhere else; the kernel's side
// is a checked span. The copying instructions recover from faults, and nothing else here touches guest
// memory.
#include "kernel/mm/unsafe/domain_memory.h"

#include <array>

#include "kernel/mm/address_space.h"
#include "sfi/dialect.h"

extern "C" {
occlum::u64 occlum_user_copy(void* to, const void* from, occlum::u64 size);
occlum::u64 occlum_user_fill(void* to, int value, occlum::u64 size);
occlum::u64 occlum_user_compare_exchange(void* word, occlum::u32* expected, occlum::u32 desired);
extern const char occlum_user_copy_bytes[], occlum_user_copy_load[], occlum_user_copy_store[],
    occlum_user_copy_load4[], occlum_user_copy_store4[], occlum_user_exchange[], occlum_user_fill_bytes[],
    occlum_user_copy_faulted[];
}

namespace occlum::kernel {

namespace {

void* host_pointer(u64 base, u64 offset, u64 size) {
    if (offset > sfi::kDomainSize || size > sfi::kDomainSize - offset) __builtin_trap();
    return reinterpret_cast<void*>(base + offset);
}

}  // namespace

bool copy_from_domain(u64 base, u64 offset, std::span<u8> to) {
    return occlum_user_copy(to.data(), host_pointer(base, offset, to.size()), to.size()) == 0;
}

bool copy_to_domain(u64 base, u64 offset, std::span<const u8> from) {
    return occlum_user_copy(host_pointer(base, offset, from.size()), from.data(), from.size()) == 0;
}

bool fill_domain(u64 base, u64 offset, u8 value, u64 size) {
    return occlum_user_fill(host_pointer(base, offset, size), value, size) == 0;
}

bool compare_exchange_in_domain(u64 base, u64 offset, u32& expected, u32 desired) {
    return occlum_user_compare_exchange(host_pointer(base, offset, sizeof(u32)), &expected, desired) == 0;
}

bool copy_domain_range(u64 from_base, u64 from_offset, u64 to_base, u64 to_offset, u64 size) {
    return occlum_user_copy(host_pointer(to_base, to_offset, size),
                            host_pointer(from_base, from_offset, size), size) == 0;
}

std::optional<u64> user_copy_fixup(u64 rip) {
    const std::array labels{occlum_user_copy_bytes, occlum_user_copy_load,   occlum_user_copy_store,
                            occlum_user_copy_load4, occlum_user_copy_store4, occlum_user_exchange,
                            occlum_user_fill_bytes};
    for (const char* label : labels)
        if (rip == reinterpret_cast<u64>(label)) return reinterpret_cast<u64>(occlum_user_copy_faulted);
    return std::nullopt;
}

}  // namespace occlum::kernel
