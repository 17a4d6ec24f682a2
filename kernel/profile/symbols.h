// The functions of a file: from an ELF file's .symtab (else .dynsym), or from a list as compilers at run time
// leave it in /tmp/perf-PID.map. The files are the programs' own: nothing in them is believed, and what is
// not sound has no functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/exec/elf.h"

namespace occlum::kernel::profile {

struct Function {
    u64 start = 0, size = 0;  ///< of an ELF file as linked; size 0: not known
    u64 name = 0;             ///< where it stands in the file
};

class Symbols {
public:
    static constexpr size_t kMostFunctions = 1 << 20;
    static constexpr size_t kLongestName = 100;

    /// `source` must outlive them.
    static Symbols of_elf(const ElfSource& source);
    static Symbols of_map(const ElfSource& source);

    /// The function at an offset in the file (of_elf) or at an address (of_map).
    const Function* at(u64 place) const;
    /// Printable.
    std::string name_of(const Function& function) const;
    size_t size() const { return functions_.size(); }

private:
    struct Segment {
        u64 offset = 0, size = 0, address = 0;
    };
    explicit Symbols(const ElfSource& source) : source_(&source) {}
    bool read_segments(std::span<const u8> header);
    bool read_functions(std::span<const u8> header);
    void add_functions(std::span<const u8> symbols, u64 names, u64 names_size);
    void add_line(std::string_view line, u64 offset);
    void finish();

    const ElfSource* source_;
    std::vector<Segment> segments_;  ///< none: places are addresses
    std::vector<Function> functions_;
};

}  // namespace occlum::kernel::profile
