// Numbers of the Linux ABI that the file calls use (open(2), inode(7), poll(2), fcntl(2)).
#pragma once

#include "base/types.h"

namespace occlum::kernel {

// open(2).
inline constexpr u32 kOpenAccessMask = 3;
inline constexpr u32 kOpenReadOnly = 0;
inline constexpr u32 kOpenWriteOnly = 1;
inline constexpr u32 kOpenReadWrite = 2;
inline constexpr u32 kOpenCreate = 0100;
inline constexpr u32 kOpenExclusive = 0200;
inline constexpr u32 kOpenNoTty = 0400;
inline constexpr u32 kOpenTruncate = 01000;
inline constexpr u32 kOpenAppend = 02000;
inline constexpr u32 kOpenNonBlock = 04000;
inline constexpr u32 kOpenDsync = 010000;
inline constexpr u32 kOpenAsync = 020000;
inline constexpr u32 kOpenDirect = 040000;
inline constexpr u32 kOpenLargeFile = 0100000;
inline constexpr u32 kOpenDirectory = 0200000;
inline constexpr u32 kOpenNoFollow = 0400000;
inline constexpr u32 kOpenNoAtime = 01000000;
inline constexpr u32 kOpenCloseOnExec = 02000000;
inline constexpr u32 kOpenSync = 04010000;
inline constexpr u32 kOpenPath = 010000000;
inline constexpr u32 kOpenTemporary = 020200000;  ///< O_TMPFILE: includes O_DIRECTORY

// inode(7).
inline constexpr u32 kTypeMask = 0170000;
inline constexpr u32 kTypeSocket = 0140000;
inline constexpr u32 kTypeLink = 0120000;
inline constexpr u32 kTypeRegular = 0100000;
inline constexpr u32 kTypeBlock = 0060000;
inline constexpr u32 kTypeDirectory = 0040000;
inline constexpr u32 kTypeCharacter = 0020000;
inline constexpr u32 kTypeFifo = 0010000;
inline constexpr u32 kModeSetUid = 04000;
inline constexpr u32 kModeSetGid = 02000;
inline constexpr u32 kModeSticky = 01000;
inline constexpr u32 kModeMask = 07777;

/// The DT_* value of a file type.
constexpr u8 directory_entry_type(u32 mode) { return static_cast<u8>((mode & kTypeMask) >> 12); }

// The *at calls.
inline constexpr int kAtCwd = -100;
inline constexpr u32 kAtSymlinkNoFollow = 0x100;
inline constexpr u32 kAtRemoveDir = 0x200;
inline constexpr u32 kAtEaccess = 0x200;
inline constexpr u32 kAtSymlinkFollow = 0x400;
inline constexpr u32 kAtNoAutomount = 0x800;
inline constexpr u32 kAtEmptyPath = 0x1000;
inline constexpr u32 kAtStatxSyncMask = 0x6000;

inline constexpr u32 kRenameNoReplace = 1;
inline constexpr u32 kRenameExchange = 2;
inline constexpr u32 kRenameWhiteout = 4;
inline constexpr u64 kWhiteout = 0;  ///< the character device that overlays take for a name that is gone

// access(2); also what a permission check asks for.
inline constexpr u32 kMayExecute = 1;
inline constexpr u32 kMayWrite = 2;
inline constexpr u32 kMayRead = 4;

// poll(2).
inline constexpr u32 kPollIn = 0x1;
inline constexpr u32 kPollPriority = 0x2;
inline constexpr u32 kPollOut = 0x4;
inline constexpr u32 kPollError = 0x8;
inline constexpr u32 kPollHangUp = 0x10;
inline constexpr u32 kPollInvalid = 0x20;
inline constexpr u32 kPollReadNormal = 0x40;
inline constexpr u32 kPollWriteNormal = 0x100;
inline constexpr u32 kPollReadHangUp = 0x2000;
inline constexpr u32 kPollFileReady = kPollIn | kPollOut | kPollReadNormal | kPollWriteNormal;

// lseek(2).
inline constexpr int kSeekSet = 0;
inline constexpr int kSeekCurrent = 1;
inline constexpr int kSeekEnd = 2;
inline constexpr int kSeekData = 3;
inline constexpr int kSeekHole = 4;

// F_ADD_SEALS of fcntl(2).
inline constexpr u32 kSealSeal = 1, kSealShrink = 2, kSealGrow = 4, kSealWrite = 8, kSealFutureWrite = 16,
                     kSealExec = 32;
inline constexpr u32 kSealedAgainstWrites = kSealWrite | kSealFutureWrite;

inline constexpr size_t kNameLimit = 255;
inline constexpr size_t kPathLimit = 4096;  ///< with the NUL
inline constexpr u64 kMaxFileSize = 0x7fff'ffff'ffff'ffff;
/// The most a single transfer moves (as Linux: INT_MAX rounded down to a page).
inline constexpr u64 kMaxTransfer = 0x7fff'f000;

constexpr u64 make_device(u64 major, u64 minor) {
    return ((major & 0xfff) << 8) | (minor & 0xff) | ((minor & ~u64{0xff}) << 12) |
           ((major & ~u64{0xfff}) << 32);
}
constexpr u32 device_major(u64 device) {
    return static_cast<u32>(((device >> 8) & 0xfff) | ((device >> 32) & 0xffff'f000));
}
constexpr u32 device_minor(u64 device) {
    return static_cast<u32>((device & 0xff) | ((device >> 12) & 0xffff'ff00));
}

}  // namespace occlum::kernel
