// Reading an ELF64 file's headers. Every field comes from an unknown file: what is not sound is ENOEXEC.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace occlum::kernel {

/// Where header bytes come from.
class ElfSource {
public:
    virtual ~ElfSource() = default;
    virtual u64 size() const = 0;
    /// All of `out` or nothing.
    virtual Result<void> read(u64 offset, std::span<u8> out) const = 0;
};

/// One PT_LOAD with a size. Addresses are as linked; all sums are below 2^32.
struct ElfSegment {
    u64 address = 0, memory_size = 0;
    u64 offset = 0, file_size = 0;  ///< offset ≡ address modulo the page size
    u8 protection = 0;              ///< PROT_*

    u64 end() const { return address + memory_size; }
};

struct ElfImage {
    bool position_independent = false;  ///< ET_DYN
    u64 entry = 0;                      ///< in an executable segment
    u64 program_headers = 0;            ///< linked address, 0 when they are not loaded
    u16 program_header_count = 0;
    u64 alignment = 0;                 ///< largest of the segments', a power of two
    std::vector<ElfSegment> segments;  ///< ascending, disjoint, at least one
    std::string interpreter;           ///< PT_INTERP, or empty
    bool executable_stack = false;

    u64 start() const { return segments.front().address & ~(kPageSize - 1); }
    u64 end() const { return segments.back().end(); }
};

inline constexpr u64 kProgramHeaderSize = 56;

Result<ElfImage> read_elf(const ElfSource& source);

}  // namespace occlum::kernel
