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
#include "kernel/mm/domain.h"
#include "kernel/mm/vma.h"
#include "sfi/cache/code_cache.h"

namespace occlum::kernel {

enum class Access : u8 { Read, Write, Execute };

/// Why a guest access failed, for siginfo: SIGSEGV SEGV_MAPERR / SEGV_ACCERR, SIGBUS BUS_ADRERR; or the
/// process is out of memory.
enum class FaultOutcome : u8 { Resolved, NotMapped, AccessDenied, BeyondFile, OutOfMemory };

struct MemoryUsage {
    u64 virtual_bytes, resident_bytes, peak_resident_bytes, text_bytes, data_bytes, stack_bytes, locked_bytes;
};

class AddressSpace;
class FsContext;

/// The code bytes in a space's own memory, for the translator. Empty once the space is gone.
class PrivateCode final : public sfi::CodeBytes {
public:
    explicit PrivateCode(AddressSpace& space) : space_(&space) {}
    void detach() { space_ = nullptr; }
    size_t read(u64 offset, std::span<u8> out) const override;  ///< offset: the guest address

private:
    AddressSpace* space_;
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

    u64 base() const;                       ///< host address of offset 0, for the gate
    u64 number() const { return number_; }  ///< no other space, past or present, has it
    /// The code space of the executable mappings as they are now; stays alive until the next call after a
    /// change of them, so ask before each entry into guest code (cheap). ENOMEM: the task cannot go on.
    Result<sfi::CodeSpace*> code_space();

    /// mmap(2) and friends: Linux's semantics, errors and flags. `flags` MAP_*, `protection` PROT_*.
    Result<GuestAddr> map(GuestAddr hint, u64 size, u32 protection, u32 flags, RefPtr<OpenFile> file,
                          u64 offset);
    Result<void> unmap(GuestAddr start, u64 size);
    /// shmdt(2): all that is left of the segment attached at `start`. EINVAL: there is none.
    Result<RefPtr<SharedMemory>> detach_segment(GuestAddr start);
    Result<void> protect(GuestAddr start, u64 size, u32 protection);
    Result<GuestAddr> remap(GuestAddr old_start, u64 old_size, u64 new_size, u32 flags, GuestAddr new_start);
    /// remap_file_pages(2): another part of the shared memory mapped there, `offset` in bytes.
    Result<void> remap_file_pages(GuestAddr start, u64 size, u64 offset);
    Result<void> advise(GuestAddr start, u64 size, int advice);
    GuestAddr set_break(GuestAddr wanted);  ///< brk(2) as the system call: the break that holds now
    /// mincore(2): a byte for each page, 1 when resident. ENOMEM: a hole in the range.
    Result<std::vector<u8>> resident(GuestAddr start, u64 size) const;
    Result<void> sync(GuestAddr start, u64 size, u32 flags);  ///< msync(2)

    /// mlock2(2): `limit` bytes may be locked in all; `now`: the pages are brought in, too. ENOMEM: past the
    /// limit, or not all mapped; EAGAIN: not all could be brought in.
    Result<void> lock(GuestAddr start, u64 size, bool now, u64 limit);
    Result<void> unlock(GuestAddr start, u64 size);
    struct LockAll {
        bool present, future, now;
    };
    Result<void> lock_all(LockAll what, u64 limit);  ///< mlockall(2)
    Result<void> unlock_all();
    u64 locked_bytes(GuestAddr start = {0}, u64 size = sfi::kDomainSize) const;
    bool locks_future() const { return lock_future_; }

    /// prctl(PR_SET_MDWE): nothing that was writable becomes executable.
    static constexpr u32 kNoGain = 1, kGainOfChildren = 2;
    void forbid_execute_gain(u32 bits) { execute_gain_ = bits; }
    u32 execute_gain() const { return execute_gain_; }

    /// Brings the page in for an access by guest code or on its behalf.
    FaultOutcome fault(GuestAddr address, Access access);

    /// Before fault() or the translation of code there: what it needs of a file is brought near, see
    /// Inode::prefetch().
    void prefetch(GuestAddr address);
    /// Before copies to or from [start, start + size), the same for what is not there of it.
    void foresee(GuestAddr start, u64 size);
    /// Likewise what code there is made from.
    void prefetch_code(GuestAddr address);

    /// As the free functions of user_memory.h, for this space (exec, /proc/<pid>/mem, robust lists). EFAULT.
    Result<void> copy_in(std::span<u8> to, GuestAddr from);
    Result<void> copy_out(GuestAddr to, std::span<const u8> from);
    /// As the guest's own stores, without the kernel lock: false where these would fault. Less than a page.
    [[nodiscard]] bool copy_out_at_once(GuestAddr to, std::span<const u8> from) const;
    Result<void> fill(GuestAddr to, u8 value, u64 size);
    /// For debuggers: also where the process itself may not write, in private mappings. EIO: not private.
    Result<void> poke(GuestAddr to, std::span<const u8> bytes);
    /// `lock cmpxchg` on an aligned word, which other threads may be changing: the value that was there.
    /// Stored when that is `expected`. EINVAL, EFAULT.
    Result<u32> compare_exchange(GuestAddr word, u32 expected, u32 desired);
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

    /// Good until the mappings change; null: there is none.
    const Vma* mapping(GuestAddr address) const { return vmas_.find(address.value); }
    MemoryUsage usage() const;
    /// /proc/<pid>/maps, with the paths as `names` sees them.
    std::string maps_text(const FsContext& names) const;
    std::string smaps_text(const FsContext& names) const;

    // For the loader.
    void set_break_start(u64 bss_end);  ///< the heap starts a random distance above
    u64 stack_top() const;              ///< page aligned, randomised
    Result<void> map_stack(u64 size, bool executable);
    /// For the translator: private code bytes. How many could be read; the pages are write-protected.
    size_t read_code(u64 address, std::span<u8> out);

private:
    friend class SharedMemory;
    explicit AddressSpace(std::unique_ptr<Domain> domain);

    // map.cpp
    Result<u64> choose_address(u64 hint, u64 size, u32 flags, const Vma& vma) const;
    Result<Vma> describe(u32 protection, u32 flags, RefPtr<OpenFile> file, u64 offset) const;
    Result<void> clear_range(u64 start, u64 end, AfterUse after = AfterUse::Closed);
    Result<void> protect_part(u64 start, u64 end, u8 protection);
    Result<void> apply_protection(const Vma& vma, PageRange range);
    enclave::Protection wanted_hardware(const Vma& vma, u8 state) const;
    void note_code_change(const Vma& vma);
    void populate(u64 start, u64 end);

    // remap.cpp
    Result<GuestAddr> resize_in_place(const Vma& vma, u64 start, u64 old_size, u64 new_size);
    Result<GuestAddr> move_mapping(u64 start, u64 old_size, u64 new_size, u64 target, bool keep_old);
    Result<void> move_pages(PageRange from, u64 to, const Vma& vma);
    Result<void> drop_contents(const Vma& vma, PageRange range);

    // lock.cpp
    Result<void> set_locked(u64 start, u64 end, bool locked);
    Result<void> bring_in_locked(u64 start, u64 end);

    // fault.cpp
    Vma* grow_stack(u64 address);
    FaultOutcome bring_in(Vma& vma, u64 page, Access access);
    PageRange with_held_pages(const Vma& vma, PageRange run) const;
    Result<void> bring_in_run(const Vma& vma, PageRange run);
    Result<void> bring_in_stale(const Vma& vma, PageRange run);
    bool holds_file_page(const Vma& vma, u64 page) const;
    Result<void> fill_from_file(const Vma& vma, PageRange run);
    Result<void> make_writable(PageRange range);
    void mark_modified(Vma& vma);
    void forget_code(u64 page);
    void end_translation(u64 page);
    void end_step();
    size_t read_stepped(u64 address, std::span<u8> out);
    bool has_access(u64 page, Access access) const;
    Result<void> prepare(u64 start, u64 size, Access access);

    // shared.cpp
    FaultOutcome bring_in_shared(Vma& vma, u64 page);
    void release_shared(const Vma& vma);
    std::vector<u8> page_bytes(u64 page);
    Result<void> put_bytes(u64 page, u64 offset, std::span<const u8> bytes);

    // code.cpp
    std::vector<sfi::ExecMapping> exec_mappings() const;
    u64 own_code();
    void forget_code(PageRange range);

    // fork.cpp
    Result<void> copy_pages_to(AddressSpace& child);
    Result<void> copy_run_to(AddressSpace& child, PageRange run);

    // settle.cpp
    Result<void> settle_range(PageRange range);
    Result<void> settle_run(PageRange run, std::vector<PageRange>& closed);
    Result<void> settle_file_run(Vma& vma, PageRange run, std::vector<PageRange>& closed);
    bool will_be_touched(PageRange part) const;
    Result<void> make_zero(PageRange part);
    bool can_fill(const Vma& vma, PageRange part) const;

    const u64 number_ = fresh_number();
    std::unique_ptr<Domain> domain_;
    VmaList vmas_;
    bool settled_ = false;  ///< guest code may run
    bool lock_future_ = false, bring_in_future_ = false;
    u32 execute_gain_ = 0;
    u64 break_start_ = 0, break_end_ = 0;
    RefPtr<sfi::CodeSpace> code_space_;
    Ref<PrivateCode> private_code_;
    u64 own_code_ = 0;  ///< identity of all the private code; 0: there never was any
    bool code_changed_ = true;
    u64 stepped_page_ = kNoPage;  ///< was written while translated: see code.cpp
    bool stepped_ = false;        ///< an instruction of it has been translated since
    static constexpr u64 kNoPage = ~u64{0};
};

/// The address space of the running task (kernel/task defines it).
AddressSpace& current_address_space();
/// Makes the contexts of all tasks of this space canonical, because translations that they may have been
/// interrupted in are about to be forgotten (kernel/task defines it).
void recover_tasks_of(AddressSpace& space);
/// The same for all tasks (kernel/task defines it).
void recover_all_tasks();

/// For the exception upcall: when `rip` is in one of the labelled copy instructions of user_memory, the
/// address to go on at.
std::optional<u64> user_copy_fixup(u64 rip);

/// The one code cache. init_code_cache() comes first, once, at boot.
sfi::CodeCache& code_cache();
Result<void> init_code_cache(u64 size);

}  // namespace occlum::kernel
