// Views of objects as bytes, for the copies of user_memory.cpp.
#pragma once

#include <span>

#include "base/types.h"

namespace occlum::kernel {

std::span<u8> object_bytes(void* object, size_t size);
std::span<const u8> object_bytes(const void* object, size_t size);
/// Of bytes that will nevertheless only be read.
std::span<u8> writable_view(std::span<const u8> bytes);

}  // namespace occlum::kernel
