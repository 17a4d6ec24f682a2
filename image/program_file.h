// What pretranslation has to know of a program's or library's file. Files are whatever people put into
// images: what does not make sense is no program.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/types.h"

namespace occlum::image {

/// Addresses as linked; all sums are below 2^32.
struct ProgramFile {
    enum class Kind : u8 { Fixed, PositionIndependent, Library } kind = Kind::Fixed;
    u32 start = 0, end = 0;              ///< of all segments
    u32 alignment = 0;                   ///< largest of the segments'
    u32 code = 0;                        ///< address of the one executable segment, page aligned
    u32 code_offset = 0, code_size = 0;  ///< in the file, from there, bytes
    std::vector<u32> functions;          ///< ascending

    /// Nothing when it is not an x86-64 ELF file with one executable segment.
    static std::optional<ProgramFile> read(std::span<const u8> file);
};

}  // namespace occlum::image
