// The code cache: modules (translations of one executable mapping, shared by every process that maps the same
// bytes at the same place), code spaces (the exact set of executable mappings of a process, with its dispatch
// table) and links. Each unit passes the verifier before it is copied into the cache; there is no other way
// in.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "base/guest.h"
#include "base/ref.h"
#include "base/result.h"
#include "sfi/gate/gate.h"

namespace occlum::sfi {

class Archive;

/// Where guest code bytes come from (a file's pages, or a process's own memory).
class CodeBytes : public RefCounted {
public:
    /// Copies up to out.size() bytes from `offset`; returns how many (0 at the end or on an error).
    virtual size_t read(u64 offset, std::span<u8> out) const = 0;
    /// Translations of these bytes that were made beforehand, or null.
    virtual const Archive* archive() const { return nullptr; }
};

/// One executable mapping of a process.
struct ExecMapping {
    GuestAddr start;
    u64 size = 0;  ///< bytes
    Ref<CodeBytes> bytes;
    u64 offset = 0;    ///< of `start` in bytes
    u64 identity = 0;  ///< equal identity, start, size and offset ⇒ the same code for ever; or the owner's
};

class CodeSpace : public RefCounted {
public:
    /// Host address of the dispatch table, for VcpuBlock::table.
    virtual u64 table() const = 0;
};

/// Host memory as the cache needs it (the enclave's page service, or mmap in tests). Addresses are host
/// addresses.
class CacheMemory {
public:
    virtual ~CacheMemory() = default;
    /// Makes [address, address+size) readable and writable, (in the code region) executable. Page aligned.
    virtual Result<void> commit(u64 address, u64 size) = 0;
    virtual void decommit(u64 address, u64 size) = 0;
    /// When it returns no confined code runs, and none starts before the cache's caller lets it (it
    /// serialises all calls). Where there is one processor there is nothing to do.
    virtual void keep_guests_out() {}
};

struct CacheLayout {
    u64 code = 0;         ///< host address of the code region, 4 KiB aligned
    u64 code_size = 0;    ///< bytes, ≤ kMaxCacheSize
    u64 tables = 0;       ///< host address of the tables' region
    u32 table_count = 0;  ///< each kTableSize of address space
    /// Bytes of executable mappings from which a program's calls and returns are paired, if it makes no code
    /// at run time: more returns than the processor's predictor of indirect jumps holds
    /// (docs/performance.md).
    u64 paired_from = 16 << 20;
};

struct CacheStats {
    u64 units = 0, modules = 0, spaces = 0;
    u64 stored_units = 0;  ///< those of `units` that came from archives
    u64 guest_instructions = 0, guest_bytes = 0, code_bytes = 0;
    u64 translate_ns = 0, verify_ns = 0;  ///< 0 when no clock was given
    u64 space_hits = 0;                   ///< processes that found their code space ready
    u64 shared_entries = 0;               ///< misses answered by a translation that was there already
    u64 links = 0;                        ///< direct branches that were re-targeted
    u64 rejected = 0;                     ///< units that the verifier refused: errors of the translator
    u64 flushes = 0;
};

/// A unit that the verifier refused. The guest goes on: the cache falls back to one instruction, then to
/// ASSIST.
struct RejectedUnit {
    GuestAddr entry;
    u32 offset = 0;  ///< of the offending instruction in the unit, in bytes
    int rule = 0;
    const char* reason = "";
};

/// What resolve() and link() are at.
enum class CachePhase : u8 { Other, Translating, Verifying };

/// All calls are serialised by the caller (the kernel lock).
class CodeCache {
public:
    /// Commits the stub page. Fails with the memory's error.
    static Result<std::unique_ptr<CodeCache>> create(const CacheLayout& layout, CacheMemory& memory);
    virtual ~CodeCache() = default;

    /// The code space of a process with exactly these mappings (page aligned, disjoint, any order). ENOMEM
    /// when no table is free. `owner`: the identity of all the process's private mappings, whose code may
    /// change, or 0 if it never had one. Then the space is this process's alone: it stays the same and
    /// follows the mappings. Its tasks must have been recovered first.
    virtual Result<Ref<CodeSpace>> space(std::span<const ExecMapping> mappings, u64 owner = 0) = 0;

    /// What resolve() returns, when it has nothing to do but to look. Also for a vCPU without the lock that
    /// counts as in guest code: what it reads changes only while guests are kept out, or by one store.
    virtual std::optional<u64> known(const CodeSpace& space, GuestAddr guest) const = 0;
    /// Host address at which enter_guest() goes on at `guest`, translating on demand and filling the table.
    /// EFAULT: not executable. ENOMEM: the cache is full (flush() helps) or memory is short.
    virtual Result<u64> resolve(CodeSpace& space, GuestAddr guest) = 0;

    /// After ENOMEM of resolve(): forgets every translation, so that the cache is empty again. No task may be
    /// raw: recover them all first. Guests are kept out. Spaces stay valid.
    virtual void flush() = 0;

    /// After a LINK exit: patches the branch when its target lies in the same module, translating it on
    /// demand. Never fails; an unknown id is ignored.
    virtual void link(CodeSpace& space, u32 link_id) = 0;

    /// The bytes of the space's private code in these pages have changed or will: forgets what was made from
    /// them. The owner's tasks must have been recovered first.
    virtual void invalidate(CodeSpace& space, GuestAddr start, u64 size) = 0;

    virtual bool contains(u64 host_pc) const = 0;
    /// Raw to canonical; false when host_pc is not in a unit (but in the stubs: the task is about to exit by
    /// itself).
    virtual bool recover(GuestContext& context) const = 0;
    /// After a page fault: when host_pc is a dispatch's access to a table entry that is not present, the raw
    /// context becomes canonical, at the dispatch's target.
    virtual bool take_miss(GuestContext& context) const = 0;
    virtual CacheStats stats() const = 0;
    /// `clock` gives nanoseconds for the statistics, `rejected` hears of refused units; either may be null.
    virtual void observe(u64 (*clock)(), void (*rejected)(const RejectedUnit&)) = 0;
    /// `phase` hears of each change; null: nobody does. A call that fails may end in any of them.
    virtual void watch(void (*phase)(CachePhase)) = 0;
};

}  // namespace occlum::sfi
