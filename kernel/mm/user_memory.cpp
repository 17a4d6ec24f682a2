#include "kernel/mm/user_memory.h"

#include <algorithm>

#include "kernel/mm/address_space.h"
#include "kernel/mm/unsafe/object_bytes.h"

namespace occlum::kernel {

Result<void> copy_in(std::span<u8> to, GuestAddr from) { return current_address_space().copy_in(to, from); }

Result<void> copy_out(GuestAddr to, std::span<const u8> from) {
    return current_address_space().copy_out(to, from);
}

Result<void> fill_user(GuestAddr to, u8 value, u64 size) {
    return current_address_space().fill(to, value, size);
}

Result<std::string> copy_in_string(GuestAddr from, size_t limit) {
    constexpr size_t kPiece = 256;
    std::string text;
    std::array<u8, kPiece> piece{};
    for (u64 at = from.value;;) {
        // Not across a page: what follows the NUL may not be mapped.
        const size_t count = std::min<size_t>(kPiece, kPageSize - at % kPageSize);
        const auto bytes = std::span(piece).first(count);
        TRY(copy_in(bytes, {at}));
        const auto end = std::ranges::find(bytes, u8{0});
        text.append(bytes.begin(), end);
        if (text.size() > limit) return err(Errno::Enametoolong);
        if (end != bytes.end()) return text;
        at += count;
    }
}

namespace detail {

Result<void> copy_in_object(void* object, size_t size, GuestAddr from) {
    return copy_in(object_bytes(object, size), from);
}

Result<void> copy_out_object(GuestAddr to, const void* object, size_t size) {
    return copy_out(to, object_bytes(object, size));
}

}  // namespace detail

UserBuffer UserBuffer::kernel_source(std::span<const u8> bytes) {
    UserBuffer buffer({}, writable_view(bytes), bytes.size());
    buffer.read_only_ = true;
    buffer.is_guest_ = false;
    return buffer;
}

Result<void> UserBuffer::copy_to(size_t offset, std::span<const u8> bytes) const {
    if (offset > size_ || bytes.size() > size_ - offset || read_only_) return err(Errno::Efault);
    if (is_guest_) return copy_out(start_ + offset, bytes);
    std::ranges::copy(bytes, bytes_.subspan(offset).begin());
    return {};
}

Result<void> UserBuffer::copy_from(size_t offset, std::span<u8> bytes) const {
    if (offset > size_ || bytes.size() > size_ - offset) return err(Errno::Efault);
    if (is_guest_) return copy_in(bytes, start_ + offset);
    std::ranges::copy(bytes_.subspan(offset, bytes.size()), bytes.begin());
    return {};
}

Result<void> UserBuffer::fill(size_t offset, u8 value, size_t size) const {
    if (offset > size_ || size > size_ - offset || read_only_) return err(Errno::Efault);
    if (is_guest_) return fill_user(start_ + offset, value, size);
    std::ranges::fill(bytes_.subspan(offset, size), value);
    return {};
}

UserBuffer UserBuffer::slice(size_t offset, size_t size) const {
    UserBuffer part = *this;
    part.size_ = offset > size_ ? 0 : std::min(size, size_ - offset);
    part.start_ = start_ + offset;
    if (!is_guest_) part.bytes_ = bytes_.subspan(std::min(offset, size_), part.size_);
    return part;
}

}  // namespace occlum::kernel
