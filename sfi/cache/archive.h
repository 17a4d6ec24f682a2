// Translations of one executable mapping that were made beforehand. Nothing in an archive is trusted with the
// confinement: what comes out of it is verified like anything the translator made.
//
// An archive is a header, the places of its parts, and the parts: one for each 4 KiB of guest code. A part
// lists the guest addresses in it at which there is code, ascending, then holds the units that start in it.
// Numbers are little-endian, of 4 bytes where nothing else is said.
//
//   header   magic, start, size, offset, paired, number of parts
//   places   of all parts, and where the last one ends: bytes from the archive's start
//   part     count; count × (guest address, place of the unit, with kLands on top); units
//   unit     UnitHeader; entries; links; stub fields (2 bytes each); recovery table; code
//   entry    guest address; landing, kNoLanding or not; body (2 bytes each)
//   link     target; field, argument, whether it is a call (2 bytes each)
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "sfi/cache/module.h"

namespace occlum::sfi {

inline constexpr u32 kArchiveMagic = 0x3154'434f;  // "OCT1"
inline constexpr u32 kArchivePart = 4 << 10;       ///< guest bytes
inline constexpr u32 kArchiveHeader = 24;          ///< bytes
inline constexpr u32 kLands = u32{1} << 31;        ///< calls and dispatches may enter here
/// Units of an archive were made for a place that is a multiple of this: no linkable field straddles a line.
inline constexpr u32 kArchiveAlignment = 64;

/// What stands before a unit's lists: the first two as words, the others as half words.
struct UnitHeader {
    u32 guest_start = 0, guest_end = 0;
    u16 instructions = 0, entries = 0, links = 0, stub_fields = 0, recovery = 0, code = 0;  ///< counts, bytes
};
inline constexpr u32 kUnitHeader = 20;  ///< bytes

class Archive : public RefCounted {
public:
    /// Nothing when the bytes do not start like an archive.
    static RefPtr<Archive> open(Ref<CodeBytes> bytes);

    /// Whether it was made for this mapping, whatever the file is.
    bool serves(u64 start, u64 size, u64 offset, bool paired) const;
    /// A unit that can be entered at `guest`, by dispatches if `landing`, to lie at `cache_offset`. Nothing:
    /// there is none, or it makes no sense.
    std::optional<translator::Unit> unit_at(u32 guest, bool landing, u32 cache_offset) const;

    /// Whether a dispatch to the code at an offset in the file will find its unit here.
    bool has(u64 offset) const;
    /// Loads what is needed for the code at an offset in the file; returns how many bytes that were.
    u64 prefetch(u64 offset) const;
    /// Forgets what was loaded: it can be read again.
    void shrink() const { parts_.clear(); }

private:
    explicit Archive(Ref<CodeBytes> bytes) : bytes_(std::move(bytes)) {}
    bool read_header();
    std::span<const u8> part(u32 number) const;
    std::span<const u8> at(u32 place) const;
    std::optional<u32> place_of(u32 guest, bool landing) const;

    Ref<CodeBytes> bytes_;
    u32 start_ = 0, size_ = 0, offset_ = 0, paired_ = 0;
    std::vector<u32> places_;
    mutable std::map<u32, std::vector<u8>> parts_;
};

}  // namespace occlum::sfi
