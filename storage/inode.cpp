#include "storage/inode.h"

namespace occlum::storage {
namespace {

constexpr size_t kMode = 0, kLinks = 4, kUid = 8, kGid = 12, kRdev = 16, kBytes = 24, kBlocks = 32,
                 kReserved = 40, kSeconds = 48, kNanoseconds = 80, kDataHeight = 96, kXattrHeight = 97,
                 kXattrSize = 100, kData = 104, kXattrs = 144, kNextFree = 184;
constexpr u32 kBillion = 1'000'000'000;
constexpr u64 kLargest = 0x7fff'ffff'ffff'ffff;

}  // namespace

void InodeRecord::encode(std::span<u8> out) const {
    std::ranges::fill(out.first(kSize), u8{0});
    store(out, kMode, mode);
    store(out, kLinks, links);
    store(out, kUid, uid);
    store(out, kGid, gid);
    store(out, kRdev, rdev);
    store(out, kBytes, size);
    store(out, kBlocks, blocks);
    store(out, kReserved, reserved);
    const std::array<Time, 4> times = {accessed, modified, changed, born};
    for (size_t i = 0; i < times.size(); ++i) {
        store(out, kSeconds + 8 * i, times[i].seconds);
        store(out, kNanoseconds + 4 * i, times[i].nanoseconds);
    }
    store(out, kDataHeight, data.height);
    store(out, kXattrHeight, xattrs.height);
    store(out, kXattrSize, xattr_size);
    data.pointer.encode(out, kData);
    xattrs.pointer.encode(out, kXattrs);
    store(out, kNextFree, next_free);
}

Result<InodeRecord> InodeRecord::decode(std::span<const u8> bytes) {
    InodeRecord record;
    record.mode = load<u32>(bytes, kMode);
    record.links = load<u32>(bytes, kLinks);
    record.uid = load<u32>(bytes, kUid);
    record.gid = load<u32>(bytes, kGid);
    record.rdev = load<u64>(bytes, kRdev);
    record.size = load<u64>(bytes, kBytes);
    record.blocks = load<u64>(bytes, kBlocks);
    record.reserved = load<u64>(bytes, kReserved);
    std::array<Time, 4> times;
    for (size_t i = 0; i < times.size(); ++i) {
        times[i] = {load<i64>(bytes, kSeconds + 8 * i), load<u32>(bytes, kNanoseconds + 4 * i)};
        if (times[i].nanoseconds >= kBillion) return err(Errno::Eio);
    }
    record.accessed = times[0];
    record.modified = times[1];
    record.changed = times[2];
    record.born = times[3];
    record.data = {Pointer::decode(bytes, kData), load<u8>(bytes, kDataHeight)};
    record.xattrs = {Pointer::decode(bytes, kXattrs), load<u8>(bytes, kXattrHeight)};
    record.xattr_size = load<u32>(bytes, kXattrSize);
    record.next_free = load<u64>(bytes, kNextFree);
    if (record.data.height > kMaxHeight || record.xattrs.height > kMaxHeight || record.size > kLargest)
        return err(Errno::Eio);
    return record;
}

}  // namespace occlum::storage
