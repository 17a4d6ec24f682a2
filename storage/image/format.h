// The form of an image, for its writer (image/) and its reader: EROFS as the kernel documents it (Linux
// Documentation/filesystems/erofs.rst, fs/erofs/erofs_fs.h), the subset that is used here; dm-verity's format
// 1 (Documentation/admin-guide/device-mapper/verity.rst); and one block of our own at the end.
//
//   blocks 0 … n-1   EROFS: superblock, data, metadata         | encrypted, when the image is
//   block  n         dm-verity's superblock
//   then             hashes of 128 blocks in each block, level by level, the top first
//   last block       the label: what the file is, for the host's tools; the enclave does not read it
#pragma once

#include <array>

#include "base/types.h"

namespace occlum::storage::image {

inline constexpr size_t kBlock = 4096;

// EROFS superblock, at kSuper of block 0.
inline constexpr size_t kSuper = 1024;
inline constexpr u32 kMagic = 0xe0f5'e1e2;
enum SuperField : size_t {
    kSuperMagic = kSuper,
    kSuperChecksum = kSuper + 4,
    kSuperCompatible = kSuper + 8,
    kSuperBlockBits = kSuper + 12,  ///< u8
    kSuperRoot = kSuper + 14,       ///< u16
    kSuperInodes = kSuper + 16,     ///< u64
    kSuperTime = kSuper + 24,       ///< u64
    kSuperBlocks = kSuper + 36,
    kSuperMeta = kSuper + 40,
    kSuperXattrs = kSuper + 44,
    kSuperUuid = kSuper + 48,
    kSuperIncompatible = kSuper + 80,
    kSuperEnd = kSuper + 128,
};
inline constexpr u32 kCompatibleChecksum = 1, kCompatibleModified = 2;
inline constexpr u32 kIncompatibleZeroPadding = 1;

// Inodes. A number of them is the offset in the metadata area in slots.
inline constexpr size_t kSlot = 32, kCompactInode = 32, kExtendedInode = 64;
enum class Layout : u8 { Plain = 0, Compressed = 1, Inline = 2 };
inline constexpr size_t kXattrHeader = 12, kXattrUnit = 4;

// Behind a compressed inode and its attributes, aligned to 8: this header, then an entry for each 4 KiB.
inline constexpr size_t kMapHeader = 16, kMapEntry = 8;
enum class Cluster : u16 { Plain = 0, Head = 1, Other = 2 };
/// What one compressed block may hold: bounds the work for reading one byte.
inline constexpr u64 kMostExtent = 64 << 10;

inline constexpr size_t kDirectoryEntry = 12, kMostName = 255;

struct XattrPrefix {
    u8 index;
    const char* text;
};
inline constexpr std::array<XattrPrefix, 3> kXattrPrefixes{{{1, "user."}, {4, "trusted."}, {6, "security."}}};

// dm-verity.
inline constexpr size_t kDigest = 32, kDigestsInBlock = kBlock / kDigest;

/// Blocks of hashes over `blocks` blocks, all levels.
constexpr u64 hash_blocks(u64 blocks) {
    u64 all = 0;
    do {
        blocks = (blocks + kDigestsInBlock - 1) / kDigestsInBlock;
        all += blocks;
    } while (blocks > 1);
    return all;
}

// The label.
inline constexpr u64 kLabelMagic = 0x3147'4d49'4c43'434f;  // "OCCLIMG1"
enum LabelField : size_t {
    kLabelBlocks = 8,
    kLabelFlags = 16,  ///< bit 0: encrypted
    kLabelRoot = 24,
    kLabelSalt = 56,
    kLabelFiles = 72,
    kLabelInput = 80,
    kLabelShared = 88,
    kLabelEnd = 96,
};

/// More than any address space here could use; keeps sums of block numbers from wrapping.
inline constexpr u64 kMostBlocks = u64{1} << 31;

}  // namespace occlum::storage::image
