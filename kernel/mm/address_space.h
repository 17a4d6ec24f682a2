// A process's memory: its domain, its vmas, its code space. Addresses are guest offsets; the 4 GiB are this
// folder's and sfi/'s secret.
//
//   Process ──Ref──> AddressSpace ──owns──> Domain (slot of ELRANGE, page states), Vma tree, Ref<CodeSpace>
//
// A vfork child and CLONE_VM tasks share one AddressSpace. Dropping the last Ref recycles the domain.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

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
    /// Takes a recycled or new domain. ENOMEM when none is left. `affinity`: processes with the same number
    /// (the program's) touch the same pages; a domain last used by one of them is preferred. Guest code may
    /// run after settle().
    static Result<Ref<AddressSpace>> create(u64 affinity = 0);
    ~AddressSpace() override;
    /// fork(2): a copy in another domain. Touched pages are copied eagerly; the code space is shared.
    Result<Ref<AddressSpace>> fork();
    /// Makes what a recycled domain still holds inaccessible or part of the mappings: before guest code runs.
    Result<void> settle();

    u64 base() const;  ///< host address of offset 0, for the gate
    /// The code space of the executable mappings as they are now; stays alive until the next call after a
    /// change of them, so ask before each entry into guest code (cheap). ENOMEM: the task cannot go on.
    Result<sfi::CodeSpace*> code_space();

    /// mmap(2) and friends: Linux's semantics, errors and flags. `flags` MAP_*, `protection` PROT_*.
    Result<GuestAddr> map(GuestAddr hint, u64 size, u32 protection, u32 flags, RefPtr<OpenFile> file,
                          u64 offset);
    Result<void> unmap(GuestAddr start, u64 size);
    Result<void> protect(GuestAddr start, u64 size, u32 protection);
    Result<GuestAddr> remap(GuestAddr old_start, u64 old_size, u64 new_size, u32 flags, GuestAddr new_start);
    Result<void> advise(GuestAddr start, u64 size, int advice);
    GuestAddr set_break(GuestAddr wanted);  ///< brk(2) as the system call: the break that holds now
    /// mincore(2): a byte for each page, 1 when resident. ENOMEM: a hole in the range.
    Result<std::vector<u8>> resident(GuestAddr start, u64 size) const;
    Result<void> sync(GuestAddr start, u64 size, u32 flags);  ///< msync(2)

    /// Brings the page in for an access by guest code or on its behalf.
    FaultOutcome fault(GuestAddr address, Access access);

    /// As the free functions of user_memory.h, for this space (exec, /proc/<pid>/mem, robust lists). EFAULT.
    Result<void> copy_in(std::span<u8> to, GuestAddr from);
    Result<void> copy_out(GuestAddr to, std::span<const u8> from);
    Result<void> fill(GuestAddr to, u8 value, u64 size);
    /// Instruction bytes as the translator sees them: how many could be read, 0 when not executable.
    size_t fetch(GuestAddr from, std::span<u8> to);

    /// What a word of memory is for futex(2) when it may be shared: the object and the offset in it.
    struct SharedKey {
        const void* object;
        u64 offset;
    };
    SharedKey shared_key(GuestAddr address) const;

    struct Limits {
        u64 address_space = ~u64{0}, data = ~u64{0}, stack = 8 << 20, locked = ~u64{0};
    };
    Limits limits;  ///< RLIMIT_AS, DATA, STACK, MEMLOCK in bytes; setrlimit writes it

    MemoryUsage usage() const;
    std::string maps_text() const;  ///< /proc/<pid>/maps

private:
    struct Parts;  // address_space.cpp's own
    explicit AddressSpace(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

/// The address space of the running task (kernel/task defines it).
AddressSpace& current_address_space();
/// Makes the contexts of all tasks of this space canonical, because translations that they may have been
/// interrupted in are about to be forgotten (kernel/task defines it).
void recover_tasks_of(AddressSpace& space);

/// For the exception upcall: when `rip` is in one of the labelled copy instructions of user_memory, the
/// address to go on at.
std::optional<u64> user_copy_fixup(u64 rip);

/// The one code cache. init_code_cache() comes first, once, at boot.
sfi::CodeCache& code_cache();
Result<void> init_code_cache();

}  // namespace occlum::kernel
