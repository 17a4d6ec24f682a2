#include "kernel/fs/host/ahead_reader.h"

#include <algorithm>
#include <utility>

namespace occlum::kernel {

Result<void> AheadReader::read(u64 offset, std::span<u8> out) {
    kernel_lock.assert_held();
    const bool here = tenure_ == kernel_lock.tenure() && offset_ == offset && bytes_.size() == out.size();
    if (here && !out.empty()) {
        // Once: the file may have changed since, and what looks wrong is then read again under the lock.
        std::ranges::copy(std::exchange(bytes_, {}), out.begin());
        return {};
    }
    if (!trying_) return file_->fill(offset, out);
    if (!missing_) missing_ = Part{offset, out.size()};
    return err(Errno::Eagain);
}

bool AheadReader::bring(Part part) {
    const Ref<HostFile> file(file_);
    std::vector<u8> bytes(part.size);
    const bool good = file->fetch(part.offset, bytes).has_value();
    kernel_lock.assert_held();
    tenure_ = kernel_lock.tenure();
    offset_ = part.offset;
    bytes_ = std::move(bytes);
    return good;
}

}  // namespace occlum::kernel
