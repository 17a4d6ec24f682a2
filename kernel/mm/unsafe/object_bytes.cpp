#include "kernel/mm/unsafe/object_bytes.h"

namespace occlum::kernel {

// SAFETY: the callers (read_user, write_user) pass the address and sizeof of one object of a Plain type.
std::span<u8> object_bytes(void* object, size_t size) { return {static_cast<u8*>(object), size}; }
std::span<const u8> object_bytes(const void* object, size_t size) {
    return {static_cast<const u8*>(object), size};
}

// SAFETY: UserBuffer marks such a view read-only and refuses every write to it.
std::span<u8> writable_view(std::span<const u8> bytes) {
    return {const_cast<u8*>(bytes.data()), bytes.size()};
}

}  // namespace occlum::kernel
