#include "kernel/profile/hot_functions.h"

#include <algorithm>
#include <map>
#include <vector>

#include "kernel/fs/fs_context.h"
#include "kernel/fs/open_file.h"
#include "kernel/profile/counters.h"
#include "kernel/profile/places.h"
#include "kernel/profile/symbols.h"
#include "kernel/profile/text.h"

namespace occlum::kernel::profile {

namespace {

constexpr size_t kMostFunctions = 30, kMostFiles = 12;
/// Without symbols, so many bytes of code are shown as one.
constexpr u64 kBlock = 256;

struct Row {
    u64 count = 0;
    std::string name, file;
};

class InodeSource final : public ElfSource {
public:
    explicit InodeSource(Ref<Inode> inode) : inode_(std::move(inode)) {
        if (const auto attributes = inode_->attributes()) size_ = attributes->size;
    }
    u64 size() const override { return size_; }
    Result<void> read(u64 offset, std::span<u8> out) const override {
        while (!out.empty()) {
            const size_t got = TRY(inode_->read_at(offset, out));
            if (got == 0) return err(Errno::Eio);
            out = out.subspan(got);
            offset += got;
        }
        return {};
    }

private:
    Ref<Inode> inode_;
    u64 size_ = 0;
};

/// What a compiler in this process has left for perf.
RefPtr<Inode> perf_map(FsContext& names, u32 pid) {
    const Credentials root = Credentials::of_user(0, 0);
    const auto file = open_path(names, root, "/tmp/perf-" + decimal(pid) + ".map", 0, 0);
    return file ? (*file)->inode() : nullptr;
}

void keep_largest(std::vector<Row>& rows, size_t most) {
    std::ranges::sort(rows, std::greater(), &Row::count);
    if (rows.size() > most) rows.resize(most);
}

/// The hottest functions of one source, whose samples these are.
std::vector<Row> functions_of(FsContext& names, const CodeSource& source,
                              std::span<const SampleTable::Entry> samples) {
    RefPtr<Inode> inode = source.inode ? source.inode : perf_map(names, source.pid);
    std::optional<InodeSource> file;
    std::optional<Symbols> symbols;
    if (inode) {
        file.emplace(*inode);
        symbols.emplace(source.inode ? Symbols::of_elf(*file) : Symbols::of_map(*file));
    }
    struct Hot {
        const Function* function;
        u64 block, total;
    };
    std::vector<Hot> hot;
    for (const SampleTable::Entry& sample : samples) {
        const u64 place = offset_of(sample.key);
        const Function* const function = symbols ? symbols->at(place) : nullptr;
        const u64 block = function ? 0 : place / kBlock * kBlock;
        if (!hot.empty() && hot.back().function == function && hot.back().block == block)
            hot.back().total += sample.count;
        else
            hot.push_back({function, block, sample.count});
    }
    std::ranges::sort(hot, std::greater(), &Hot::total);
    if (hot.size() > kMostFunctions) hot.resize(kMostFunctions);
    std::vector<Row> rows;
    for (const Hot& one : hot)
        rows.push_back({one.total,
                        symbols && one.function ? symbols->name_of(*one.function) : hexadecimal(one.block),
                        source.name});
    return rows;
}

void put_rows(std::string& text, std::span<const Row> rows, u64 busy_ns) {
    for (const Row& row : rows) {
        put_milliseconds(text, row.count * kPeriodNs);
        put_percent(text, row.count * kPeriodNs, busy_ns);
        put_end(text, row.name.empty() ? row.file : row.name + "  " + row.file);
    }
}

}  // namespace

void put_hot_functions(std::string& text, FsContext& names, u64 busy_ns) {
    const auto samples = program_places().entries();
    std::vector<Row> functions, files;
    for (size_t first = 0; first < samples.size();) {
        const u64 source = source_of(samples[first].key);
        const CodeSource& from = code_sources()[source];
        files.push_back({0, {}, from.name});
        size_t end = first;
        for (; end < samples.size() && source_of(samples[end].key) == source; ++end)
            files.back().count += samples[end].count;
        const auto own = std::span(samples).subspan(first, end - first);
        std::ranges::move(functions_of(names, from, own), std::back_inserter(functions));
        keep_largest(functions, kMostFunctions);
        first = end;
    }
    keep_largest(files, kMostFiles);
    text += "\n        ms      %  function, or place in the file\n";
    put_rows(text, functions, busy_ns);
    text += "\n        ms      %  file\n";
    put_rows(text, files, busy_ns);
}

}  // namespace occlum::kernel::profile
