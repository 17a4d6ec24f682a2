// The only ways to reach guest memory. Everything is range-checked against the domain, copied, and faults
// become EFAULT.
#pragma once

#include <span>
#include <string>
#include <type_traits>

#include "base/guest.h"
#include "base/result.h"

namespace occlum::kernel {

/// Copies between the kernel and the current process's domain. EFAULT: not mapped with the needed access
/// (nothing or a prefix may have been copied). Pages are brought in as a guest access would.
Result<void> copy_in(std::span<u8> to, GuestAddr from);
Result<void> copy_out(GuestAddr to, std::span<const u8> from);
Result<void> fill_user(GuestAddr to, u8 value, u64 size);
/// A NUL-terminated string of at most `limit` bytes without the NUL. ENAMETOOLONG, EFAULT.
Result<std::string> copy_in_string(GuestAddr from, size_t limit);

/// Types whose every bit is data: no padding, so no kernel byte leaks.
template <typename T>
concept Plain = std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>;

namespace detail {
Result<void> copy_in_object(void* object, size_t size, GuestAddr from);
Result<void> copy_out_object(GuestAddr to, const void* object, size_t size);
}  // namespace detail

template <Plain T>
Result<T> read_user(UserIn<T> from) {
    T value{};
    TRY(detail::copy_in_object(&value, sizeof value, from.addr));
    return value;
}
template <Plain T>
Result<void> write_user(UserOut<T> to, const T& value) {
    return detail::copy_out_object(to.addr, &value, sizeof value);
}

/// Memory that a transfer reads from or writes to: a range of the current process's domain, or a kernel span.
/// Offsets and sizes in bytes; out-of-range offsets are EFAULT.
class UserBuffer {
public:
    static UserBuffer guest(GuestAddr start, size_t size) { return UserBuffer(start, {}, size); }
    static UserBuffer kernel(std::span<u8> bytes) { return UserBuffer({}, bytes, bytes.size()); }
    /// Bytes that will only be read.
    static UserBuffer kernel_source(std::span<const u8> bytes);

    size_t size() const { return size_; }
    Result<void> copy_to(size_t offset, std::span<const u8> bytes) const;  ///< into the buffer
    Result<void> copy_from(size_t offset, std::span<u8> bytes) const;      ///< out of the buffer
    Result<void> fill(size_t offset, u8 value, size_t size) const;
    UserBuffer slice(size_t offset, size_t size) const;

private:
    UserBuffer(GuestAddr start, std::span<u8> bytes, size_t size)
        : start_(start), bytes_(bytes), size_(size) {}
    GuestAddr start_;
    std::span<u8> bytes_;
    size_t size_;
    bool is_guest_ = bytes_.data() == nullptr;
    bool read_only_ = false;
};

}  // namespace occlum::kernel
