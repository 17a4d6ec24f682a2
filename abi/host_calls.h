// The whole boundary between the enclave and the host: every call, with its arguments and results, and the
// structures that cross. Everything the host answers is hostile: copied once into the enclave, then checked.
//
// Transport: each vCPU has one untrusted call area (kCallAreaSize bytes, page aligned, outside ELRANGE). The
// enclave writes a CallFrame and at most kCallDataSize bytes of data behind it, leaves (EEXIT with rdi =
// kLeaveCall), and is re-entered with the reply in the same place. All copies are multiples of 8 bytes,
// 8-byte aligned (trust.md M1, M2).
#pragma once

#include "base/types.h"

namespace occlum::abi {

inline constexpr u64 kCallDataSize = 256 << 10;
inline constexpr u64 kCallDataOffset = 4096;
inline constexpr u64 kCallAreaSize = kCallDataOffset + kCallDataSize;
inline constexpr u64 kMaxPath = 4096;
inline constexpr u64 kMaxPolled = 256;

/// result: a call's value ≥ 0, or -errno.
struct CallFrame {
    u64 number;
    u64 args[6];
    i64 result;
};

enum class HostCall : u64 {
    // Life cycle and diagnostics.
    Exit,        ///< (status): ends the host process with this status. Does not return.
    Abort,       ///< (length) data: text. The enclave is broken: print, end with status 125.
    Log,         ///< (length) data: text for the host's standard error (trace, warnings).
    BootConfig,  ///< (offset) → data: piece of the boot blob (boot_config.h); result: bytes, 0 at the end.
    Report,      ///< (length, ReportKind) data: text of a report that was asked for.

    // Time. Not trusted; the enclave clamps it to be monotonic.
    Clock,  ///< () → data: ClockReply.
    // Waiting. Parks the vCPU until the timeout (ns, ~0 = none), a kick, or readiness of a polled host
    // descriptor.
    Wait,  ///< (timeout_ns, count) data: PollEntry[count] ↔ same with `ready` filled. Result: how many are
           ///< ready.
    Kick,  ///< (vcpu): ends that vCPU's Wait, now or the next one.
    Interrupt,  ///< (vcpu): an asynchronous exit of that vCPU, if it is in the enclave.
    SetTick,    ///< (period_ns): asynchronous preemption ticks for this vCPU while it runs guest code, 0 =
                ///< none.

    // Standard input, output and error of the caller: descriptor 0, 1, 2; of further sessions: command.h.
    ConsoleRead,   ///< (fd, size) → data. EAGAIN when nothing is there: never blocks. 0 at the end of input.
    ConsoleWrite,  ///< (fd, size) data. May write less; EAGAIN when full.
    ConsoleInfo,   ///< (fd) → data: ConsoleInfoReply.

    // Enclave memory: offsets in ELRANGE and sizes in bytes, page aligned.
    PagesAdd,       ///< (offset, size): EAUG; the enclave then EACCEPTs each page.
    PagesRestrict,  ///< (offset, size, prot): EMODPR + page tables; then EACCEPT.
    PagesExtend,    ///< (offset, size, prot): page tables only; the enclave has done EMODPE.
    PagesTrim,      ///< (offset, size): EMODT to TRIM; then EACCEPT.
    PagesRemove,    ///< (offset, size): EREMOVE of trimmed and accepted pages.

    // Host files below a mount (index into the boot blob's mounts). Paths are relative to the mount's root,
    // without "..", not following
    // symbolic links in any component; "" is the root itself. `path` args: data holds the bytes, the argument
    // their length.
    FileStat,   ///< (mount, path_length) data: path → data: FileStatReply. Does not follow a final link.
    FileOpen,   ///< (mount, path_length, flags) → result: handle. flags: FileOpenFlags. Regular files only.
    FileClose,  ///< (handle)
    FileRead,   ///< (handle, offset, size) → data
    FileWrite,  ///< (handle, offset, size) data
    FileTruncate,  ///< (handle, size)
    FileSync,      ///< (handle)
    DirRead,   ///< (mount, path_length, cookie) data: path → data: DirEntryWire records; result: bytes, 0 at
               ///< the end.
    LinkRead,  ///< (mount, path_length) → data: target; result: length
    MakeFile,  ///< (mount, path_length, mode) exclusive create of an empty regular file
    MakeDir,   ///< (mount, path_length, mode)
    MakeSymlink,    ///< (mount, path_length, target_length) data: path, then target
    MakeLink,       ///< (mount, old_length, new_length) data: old, new
    Unlink,         ///< (mount, path_length, is_directory)
    Rename,         ///< (mount, old_length, new_length) data: old, new
    SetAttributes,  ///< (mount, path_length) data: path padded to 8, then SetAttributesWire

    // A running instance (command.h).
    CommandNext,   ///< () → data: the oldest command; result: its size. EAGAIN when none waits.
    CommandDone,   ///< (session, status, length) data: text for the caller. Its program has ended, or never
                   ///< ran.
    ConsoleClose,  ///< (session): nobody uses its descriptors any more.
    Count,
};

enum ReportKind : u64 { kStatistics = 0, kProfile = 1 };  // --stats, --profile
struct ClockReply {
    u64 realtime_ns;
    u64 monotonic_ns;
    u64 tsc;
    u64 tsc_hz;
};  // tsc: read beside the clocks; 0 = unknown
struct PollEntry {
    u32 fd;
    u16 wanted;
    u16 ready;
};  // poll(2) bits; fd: a console's, or kCommandFd
struct ConsoleInfoReply {
    u32 is_tty;
    u32 access;  ///< O_RDONLY, O_WRONLY or O_RDWR
    u16 rows;
    u16 columns;
    u16 x_pixels;
    u16 y_pixels;
};
struct FileStatReply {
    u64 device, inode, mode, links, uid, gid, rdev, size, blocks, block_size;
    i64 atime_s;
    u64 atime_ns;
    i64 mtime_s;
    u64 mtime_ns;
    i64 ctime_s;
    u64 ctime_ns;
};
/// kFileWriteBehind: as kFileReadWrite, and FileWrite may be answered before it is done; a failure shows at
/// the latest at FileSync.
enum FileOpenFlags : u64 { kFileRead = 0, kFileReadWrite = 1, kFileWriteBehind = 2 };
/// Followed by name_length bytes and padded to a multiple of 8.
struct DirEntryWire {
    u64 inode;
    u64 next_cookie;
    u32 type;
    u32 name_length;
};  // type: DT_*
enum SetAttributesMask : u64 {
    kSetMode = 1,
    kSetOwner = 2,
    kSetTimes = 4,
    kSetTimesNow = 8,  ///< both, by the clock that gives the time of the change
};
struct SetAttributesWire {
    u64 mask;
    u64 mode;
    u64 uid;
    u64 gid;
    i64 atime_s;
    u64 atime_ns;
    i64 mtime_s;
    u64 mtime_ns;
};

// Entering the enclave (EENTER): rdi says why; everything in registers is hostile.
enum Enter : u64 { kEnterStart = 0, kEnterReply = 1, kEnterException = 2, kEnterTick = 3 };
// Leaving it (EEXIT): rdi says why.
enum Leave : u64 {
    kLeaveCall = 1,
    kLeaveResume = 2,   ///< exception handled; ERESUME now
    kLeaveRefused = 3,  ///< the entry was not one that was due; nothing has changed
};

}  // namespace occlum::abi
