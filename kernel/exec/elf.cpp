#include "kernel/exec/elf.h"

#include <algorithm>
#include <array>
#include <bit>
#include <span>

#include "sfi/dialect.h"

namespace occlum::kernel {

namespace {

// Header layout and values: System V ABI, "Object Files"; x86-64 psABI.
constexpr size_t kHeaderSize = 64;
constexpr u16 kExec = 2, kDyn = 3, kMachineX86_64 = 62;
constexpr u32 kLoad = 1, kInterp = 3, kGnuStack = 0x6474'e551;
constexpr u32 kFlagExecute = 1, kFlagWrite = 2, kFlagRead = 4;
/// Linux: the program headers must fit 64 KiB.
constexpr u16 kMaxHeaders = (64 << 10) / kProgramHeaderSize;
constexpr u64 kMaxPath = 4096;
constexpr u64 kMaxAlignment = u64{1} << 30;

/// Little-endian field.
u64 field(std::span<const u8> bytes, size_t offset, size_t size) {
    u64 value = 0;
    for (size_t i = size; i-- > 0;) value = (value << 8) | bytes[offset + i];
    return value;
}

struct Header {
    u16 type;
    u64 entry, headers_offset;
    u16 count;
};

Result<Header> read_header(const ElfSource& source) {
    std::array<u8, kHeaderSize> bytes{};
    if (source.size() < kHeaderSize) return err(Errno::Enoexec);
    TRY(source.read(0, bytes));
    constexpr std::array<u8, 7> kIdent{0x7f, 'E', 'L', 'F', 2 /* 64 bit */, 1 /* little endian */, 1};
    if (!std::ranges::equal(kIdent, std::span(bytes).first(kIdent.size()))) return err(Errno::Enoexec);
    const Header header{.type = static_cast<u16>(field(bytes, 16, 2)),
                        .entry = field(bytes, 24, 8),
                        .headers_offset = field(bytes, 32, 8),
                        .count = static_cast<u16>(field(bytes, 56, 2))};
    const bool ok = (header.type == kExec || header.type == kDyn) && field(bytes, 18, 2) == kMachineX86_64 &&
                    field(bytes, 20, 4) == 1 && field(bytes, 54, 2) == kProgramHeaderSize &&
                    header.count > 0 && header.count <= kMaxHeaders;
    const u64 size = u64{header.count} * kProgramHeaderSize;
    if (!ok || header.headers_offset > source.size() || size > source.size() - header.headers_offset)
        return err(Errno::Enoexec);
    return header;
}

struct ProgramHeader {
    u32 type, flags;
    u64 offset, address, file_size, memory_size, alignment;
};

ProgramHeader program_header(std::span<const u8> bytes) {
    return {.type = static_cast<u32>(field(bytes, 0, 4)),
            .flags = static_cast<u32>(field(bytes, 4, 4)),
            .offset = field(bytes, 8, 8),
            .address = field(bytes, 16, 8),
            .file_size = field(bytes, 32, 8),
            .memory_size = field(bytes, 40, 8),
            .alignment = field(bytes, 48, 8)};
}

Result<ElfSegment> segment_of(const ProgramHeader& header, u64 source_size) {
    const bool sound =
        header.file_size <= header.memory_size && header.offset <= source_size &&
        header.file_size <= source_size - header.offset && header.address <= sfi::kDomainSize &&
        header.memory_size <= sfi::kDomainSize - header.address &&
        header.address % kPageSize == header.offset % kPageSize &&
        (header.alignment == 0 || std::has_single_bit(header.alignment)) && header.alignment <= kMaxAlignment;
    if (!sound) return err(Errno::Enoexec);
    const u32 protection = (header.flags & kFlagRead ? 1u : 0u) | (header.flags & kFlagWrite ? 2u : 0u) |
                           (header.flags & kFlagExecute ? 4u : 0u);
    return ElfSegment{.address = header.address,
                      .memory_size = header.memory_size,
                      .offset = header.offset,
                      .file_size = header.file_size,
                      .protection = static_cast<u8>(protection)};
}

Result<std::string> read_interpreter(const ElfSource& source, const ProgramHeader& header) {
    const bool sound = header.file_size >= 2 && header.file_size <= kMaxPath &&
                       header.offset <= source.size() && header.file_size <= source.size() - header.offset;
    if (!sound) return err(Errno::Enoexec);
    std::vector<u8> bytes(header.file_size);
    TRY(source.read(header.offset, bytes));
    if (bytes.back() != 0) return err(Errno::Enoexec);
    std::string path(bytes.begin(), std::ranges::find(bytes, u8{0}));
    if (path.empty()) return err(Errno::Enoexec);
    return path;
}

}  // namespace

Result<ElfImage> read_elf(const ElfSource& source) {
    const Header header = TRY(read_header(source));
    std::vector<u8> table(size_t{header.count} * kProgramHeaderSize);
    TRY(source.read(header.headers_offset, table));
    ElfImage image;
    image.position_independent = header.type == kDyn;
    image.entry = header.entry;
    image.program_header_count = header.count;
    image.alignment = kPageSize;
    for (size_t i = 0; i < header.count; ++i) {
        const auto entry =
            program_header(std::span(table).subspan(i * kProgramHeaderSize, kProgramHeaderSize));
        if (entry.type == kGnuStack) image.executable_stack = (entry.flags & kFlagExecute) != 0;
        if (entry.type == kInterp && image.interpreter.empty())
            image.interpreter = TRY(read_interpreter(source, entry));
        if (entry.type != kLoad || entry.memory_size == 0) continue;
        const ElfSegment segment = TRY(segment_of(entry, source.size()));
        if (!image.segments.empty() && segment.address < image.segments.back().end())
            return err(Errno::Enoexec);
        const u64 headers_in_segment = header.headers_offset - segment.offset;
        if (header.headers_offset >= segment.offset && headers_in_segment < segment.file_size)
            image.program_headers = segment.address + headers_in_segment;
        image.alignment = std::max(image.alignment, entry.alignment);
        image.segments.push_back(segment);
    }
    const bool entry_runs = std::ranges::any_of(image.segments, [&](const ElfSegment& segment) {
        return (segment.protection & 4) && image.entry >= segment.address && image.entry < segment.end();
    });
    if (!entry_runs) return err(Errno::Enoexec);
    return image;
}

}  // namespace occlum::kernel
