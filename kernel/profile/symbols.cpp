#include "kernel/profile/symbols.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace occlum::kernel::profile {

namespace {

// Layouts and values: System V ABI, "Object Files".
constexpr size_t kHeaderSize = 64, kSectionSize = 64, kSymbolSize = 24;
constexpr u32 kLoad = 1, kSymbolTable = 2, kDynamicSymbols = 11;
constexpr u8 kFunction = 2, kIndirectFunction = 10;
constexpr u16 kUndefined = 0;
constexpr size_t kPiece = 64 << 10;
constexpr u64 kLargestMap = 64 << 20;

/// Little-endian field.
u64 field(std::span<const u8> bytes, size_t offset, size_t size) {
    u64 value = 0;
    for (size_t i = size; i-- > 0;) value = (value << 8) | bytes[offset + i];
    return value;
}

/// A table of the file; empty when it is not within it.
std::vector<u8> read_table(const ElfSource& source, u64 offset, u64 count, u64 entry_size) {
    std::vector<u8> bytes;
    if (offset > source.size() || count > (source.size() - offset) / entry_size) return bytes;
    bytes.resize(count * entry_size);
    if (!source.read(offset, bytes)) bytes.clear();
    return bytes;
}

std::span<const u8> entry_of(std::span<const u8> table, size_t index, size_t size) {
    return table.subspan(index * size, size);
}

std::optional<u64> take_hexadecimal(std::string_view& text) {
    u64 value = 0;
    const auto parsed = std::from_chars(text.begin(), text.end(), value, 16);
    if (parsed.ec != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(parsed.ptr - text.begin()));
    if (!text.starts_with(' ')) return std::nullopt;
    text.remove_prefix(1);
    return value;
}

}  // namespace

Symbols Symbols::of_elf(const ElfSource& source) {
    Symbols symbols(source);
    std::array<u8, kHeaderSize> header{};
    constexpr std::array<u8, 6> kIdent{0x7f, 'E', 'L', 'F', 2 /* 64 bit */, 1 /* little endian */};
    if (source.size() < header.size() || !source.read(0, header)) return symbols;
    if (!std::ranges::equal(kIdent, std::span(header).first(kIdent.size()))) return symbols;
    if (!symbols.read_segments(header) || !symbols.read_functions(header)) symbols.functions_.clear();
    symbols.finish();
    return symbols;
}

bool Symbols::read_segments(std::span<const u8> header) {
    if (field(header, 54, 2) != kProgramHeaderSize) return false;
    const auto table = read_table(*source_, field(header, 32, 8), field(header, 56, 2), kProgramHeaderSize);
    for (size_t i = 0; i < table.size() / kProgramHeaderSize; ++i) {
        const auto entry = entry_of(table, i, kProgramHeaderSize);
        if (field(entry, 0, 4) == kLoad)
            segments_.push_back({field(entry, 8, 8), field(entry, 32, 8), field(entry, 16, 8)});
    }
    return !segments_.empty();
}

bool Symbols::read_functions(std::span<const u8> header) {
    if (field(header, 58, 2) != kSectionSize) return false;
    const auto sections = read_table(*source_, field(header, 40, 8), field(header, 60, 2), kSectionSize);
    const size_t count = sections.size() / kSectionSize;
    for (const u32 wanted : {kSymbolTable, kDynamicSymbols}) {
        for (size_t i = 0; i < count; ++i) {
            const auto section = entry_of(sections, i, kSectionSize);
            const u64 names = field(section, 40, 4);
            if (field(section, 4, 4) != wanted || names >= count) continue;
            const auto strings = entry_of(sections, names, kSectionSize);
            const u64 entries = std::min<u64>(field(section, 32, 8) / kSymbolSize, kMostFunctions);
            u64 at = field(section, 24, 8);
            for (u64 left = entries; left > 0;) {
                const u64 some = std::min<u64>(left, kPiece / kSymbolSize);
                const auto symbols = read_table(*source_, at, some, kSymbolSize);
                if (symbols.empty()) break;
                add_functions(symbols, field(strings, 24, 8), field(strings, 32, 8));
                at += some * kSymbolSize;
                left -= some;
            }
        }
        if (!functions_.empty()) return true;
    }
    return true;
}

void Symbols::add_functions(std::span<const u8> symbols, u64 names, u64 names_size) {
    for (size_t i = 0; i < symbols.size() / kSymbolSize && functions_.size() < kMostFunctions; ++i) {
        const auto symbol = entry_of(symbols, i, kSymbolSize);
        const u8 type = symbol[4] & 0xf;
        const u64 name = field(symbol, 0, 4);
        if ((type != kFunction && type != kIndirectFunction) || field(symbol, 6, 2) == kUndefined) continue;
        if (name >= names_size || names > source_->size()) continue;
        functions_.push_back({field(symbol, 8, 8), field(symbol, 16, 8), names + name});
    }
}

Symbols Symbols::of_map(const ElfSource& source) {
    Symbols symbols(source);
    const u64 size = std::min(source.size(), kLargestMap);
    std::string line;
    std::vector<u8> piece;
    u64 line_at = 0;
    for (u64 at = 0; at < size && symbols.functions_.size() < kMostFunctions; at += piece.size()) {
        piece.resize(std::min<u64>(kPiece, size - at));
        if (!source.read(at, piece)) break;
        for (size_t i = 0; i < piece.size(); ++i) {
            if (piece[i] != '\n') {
                if (line.size() < kLongestName) line.push_back(static_cast<char>(piece[i]));
                continue;
            }
            symbols.add_line(line, line_at);
            line.clear();
            line_at = at + i + 1;
        }
    }
    symbols.finish();
    return symbols;
}

/// START SIZE NAME, the numbers hexadecimal.
void Symbols::add_line(std::string_view line, u64 offset) {
    std::string_view rest = line;
    const auto start = take_hexadecimal(rest);
    const auto size = start ? take_hexadecimal(rest) : std::nullopt;
    if (size && !rest.empty()) functions_.push_back({*start, *size, offset + (line.size() - rest.size())});
}

/// Ascending; of those that start at one place the last that has a size, as what is made at run time replaces
/// what was there.
void Symbols::finish() {
    std::ranges::stable_sort(functions_, {}, &Function::start);
    std::vector<Function> kept;
    for (const Function& function : functions_) {
        if (kept.empty() || kept.back().start != function.start)
            kept.push_back(function);
        else if (function.size != 0)
            kept.back() = function;
    }
    functions_ = std::move(kept);
}

const Function* Symbols::at(u64 place) const {
    u64 address = place;
    if (!segments_.empty()) {
        const auto segment = std::ranges::find_if(
            segments_, [&](const Segment& one) { return place - one.offset < one.size; });
        if (segment == segments_.end()) return nullptr;
        address = place - segment->offset + segment->address;
    }
    const auto above = std::ranges::upper_bound(functions_, address, {}, &Function::start);
    if (above == functions_.begin()) return nullptr;
    const Function& found = *std::prev(above);
    return found.size == 0 || address - found.start < found.size ? &found : nullptr;
}

std::string Symbols::name_of(const Function& function) const {
    std::string name;
    if (function.name >= source_->size()) return name;
    std::array<u8, kLongestName> bytes{};
    const u64 there = std::min<u64>(bytes.size(), source_->size() - function.name);
    if (!source_->read(function.name, std::span(bytes).first(there))) return name;
    for (const u8 byte : std::span(bytes).first(there)) {
        if (byte == 0 || byte == '\n') break;
        name.push_back(byte >= 0x20 && byte != 0x7f ? static_cast<char>(byte) : '?');
    }
    return name;
}

}  // namespace occlum::kernel::profile
