// A process's memory: its domain, its vmas, its code space. Addresses are guest offsets; the 4 GiB are this
// folder's and sfi/'s secret.
//
//   Process ──Ref──> AddressSpace ──owns──> Domain (slot of ELRANGE, page states), Vma tree, Ref<CodeSpace>
//
// A vfork child and CLONE_VM tasks share one AddressSpace. Dropping the last Ref recycles the domain.
#pragma once

#include <optional>
#include <string>

#include "base/guest.h"
#include "base/ref.h"
#include "base/result.h"
#include "kernel/fs/open_file.h"
#include "sfi/cache/code_cache.h"

namespace occlum::kernel {

enum class Access : u8 { Read, Write, Execute };

/// Why a guest access failed, for siginfo: SIGSEGV SEGV_MAPERR / SEGV_ACCERR, SIGBUS BUS_ADRERR; or the
/// process is out of memory.
enum class FaultOutcome : u8 { Resolved, NotMapped, AccessDenied, BeyondFile, OutOfMemory };

struct MemoryUsage {
    u64 virtual_bytes, resident_bytes, peak_resident_bytes, text_bytes, data_bytes, stack_bytes;
};

class AddressSpace : public RefCounted {
public:
    /// Takes a recycled or new domain. ENOMEM when none is left.
    static Result<Ref<AddressSpace>> create();
    ~AddressSpace() override;
    /// fork(2): a copy in another domain. Touched pages are copied eagerly; the code space is shared.
    Result<Ref<AddressSpace>> fork();

    u64 base() const;              ///< host address of offset 0, for the gate
    sfi::CodeSpace& code_space();  ///< follows the executable mappings

    /// mmap(2) and friends: Linux's semantics, errors and flags. `flags` MAP_*, `protection` PROT_*.
    Result<GuestAddr> map(GuestAddr hint, u64 size, u32 protection, u32 flags, RefPtr<OpenFile> file,
                          u64 offset);
    Result<void> unmap(GuestAddr start, u64 size);
    Result<void> protect(GuestAddr start, u64 size, u32 protection);
    Result<GuestAddr> remap(GuestAddr old_start, u64 old_size, u64 new_size, u32 flags, GuestAddr new_start);
    Result<void> advise(GuestAddr start, u64 size, int advice);
    GuestAddr set_break(GuestAddr wanted);  ///< brk(2) as the system call: the break that holds now

    /// Brings the page in for an access by guest code or on its behalf.
    FaultOutcome fault(GuestAddr address, Access access);

    MemoryUsage usage() const;
    std::string maps_text() const;  ///< /proc/<pid>/maps
};

/// The address space of the running task.
AddressSpace& current_address_space();

/// For the exception upcall: when `rip` is in one of the labelled copy instructions of user_memory, the
/// address to go on at.
std::optional<u64> user_copy_fixup(u64 rip);

/// The one code cache.
sfi::CodeCache& code_cache();

}  // namespace occlum::kernel
