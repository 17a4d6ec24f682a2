#include "image/pretranslate.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "abi/code_places.h"
#include "image/file_data.h"
#include "image/program_file.h"
#include "sfi/cache/code_cache.h"
#include "sfi/cache/hosted/pretranslate.h"
#include "storage/wire.h"

namespace occlum::image {
namespace {

constexpr u64 kMostBytes = u64{512} << 20;  // of a program's file
constexpr u64 kPage = 4096;

u64 up(u64 value, u64 alignment) { return (value + alignment - 1) / alignment * alignment; }

struct Job {
    Node* node = nullptr;
    ProgramFile program;
    std::vector<u8> file;
    u64 bias = 0, home = 0, home_size = 0;
};

std::vector<Node*> regular_files(const Tree& tree) {
    std::vector<Node*> all;
    std::set<const Node*> seen;
    const auto visit = [&](const auto& self, Node& at) -> void {
        if (at.is_regular() && at.size > 0 && at.size <= kMostBytes && seen.insert(&at).second)
            all.push_back(&at);
        for (const auto& [name, child] : at.children) self(self, *child);
    };
    visit(visit, *tree.root);
    return all;
}

bool looks_like_program(const Node& node) {
    std::array<u8, 4> magic{};
    auto reader = ByteReader::open(node);
    return node.size >= magic.size() && reader && reader->read(magic) &&
           magic == std::array<u8, 4>{0x7f, 'E', 'L', 'F'};
}

std::expected<std::vector<u8>, std::string> contents(const Node& node) {
    auto reader = ByteReader::open(node);
    if (!reader) return std::unexpected(reader.error());
    std::vector<u8> bytes(node.size);
    if (auto got = reader->read(bytes); !got) return std::unexpected(got.error());
    return bytes;
}

/// Libraries one below the other, in the order of their paths.
class Homes {
public:
    bool place(Job& job) {
        const ProgramFile& program = job.program;
        if (program.kind == ProgramFile::Kind::PositionIndependent)
            job.bias =
                up(abi::kPieBase, program.alignment) - program.start / program.alignment * program.alignment;
        if (program.kind != ProgramFile::Kind::Library) return true;
        // As much as loaders ask for, to be able to align it.
        const u64 size = up(program.end, kPage) - program.start + program.alignment - kPage;
        if (ceiling_ - abi::kImageHomesFloor < size + program.alignment) return false;
        ceiling_ = (ceiling_ - size) / program.alignment * program.alignment;
        job.home = ceiling_;
        job.home_size = size;
        job.bias = ceiling_ - program.start / program.alignment * program.alignment;
        return true;
    }

private:
    u64 ceiling_ = abi::kImageHomesCeiling;
};

std::vector<u8> translate(const Job& job) {
    const ProgramFile& program = job.program;
    sfi::ProgramCode code;
    code.start = static_cast<u32>(program.code + job.bias);
    code.offset = program.code_offset;
    code.size = static_cast<u32>(up(program.code_size, kPage));
    code.bytes = std::span(job.file).subspan(program.code_offset);
    code.bytes = code.bytes.first(std::min<size_t>(code.bytes.size(), code.size));
    code.paired = code.size >= sfi::CacheLayout{}.paired_from;
    for (const u32 function : program.functions)
        code.entries.push_back(static_cast<u32>(function + job.bias));
    return sfi::pretranslate(code);
}

std::string record(u64 number, const Job& job) {
    std::array<u8, abi::kStoredCodeSize> words{};
    storage::store(std::span<u8>(words), 0, static_cast<u32>(number));
    storage::store(std::span<u8>(words), 4, static_cast<u32>(job.home));
    storage::store(std::span<u8>(words), 8, static_cast<u32>(job.home_size));
    return {words.begin(), words.end()};
}

}  // namespace

std::expected<void, std::string> Pretranslation::add_to(Tree& tree, const Progress& progress) {
    std::vector<Node*> nodes = regular_files(tree);
    std::erase_if(nodes, [](const Node* node) { return !looks_like_program(*node); });
    if (auto opened = spool_.open(); !opened) return opened;
    const NodePtr folder = tree.make_directories(abi::kStoredCodeFolder);
    if (!folder || !folder->is_directory())
        return std::unexpected(std::string("/") + abi::kStoredCodeFolder + " is in the way");
    folder->mode = 0040700;
    folder->children.clear();

    Homes homes;
    std::mutex turn;  // for all below
    std::string failure;
    size_t next = 0;
    u64 done = 0;
    std::map<size_t, std::vector<u8>> made;  // by place in `nodes`
    std::vector<Job> jobs(nodes.size());
    // Homes go by path, so that the same tree gives the same.
    for (size_t n = 0; n < nodes.size(); ++n) {
        const auto file = contents(*nodes[n]);
        if (!file) return std::unexpected(file.error());
        auto program = ProgramFile::read(*file);
        jobs[n].node = nodes[n];
        if (program) jobs[n].program = std::move(*program);
        if (!program || !homes.place(jobs[n])) jobs[n].node = nullptr;
    }
    const auto work = [&] {
        std::unique_lock lock(turn);
        while (failure.empty() && next < jobs.size()) {
            const size_t mine = next++;
            Job& job = jobs[mine];
            if (job.node != nullptr) {
                lock.unlock();
                auto file = contents(*job.node);
                std::vector<u8> archive;
                if (file) {
                    job.file = std::move(*file);
                    archive = translate(job);
                    job.file = {};
                }
                lock.lock();
                if (!file) failure = file.error();
                made.emplace(mine, std::move(archive));
            }
            if (!progress(++done, jobs.size())) failure = "stopped";
        }
    };
    {
        std::vector<std::jthread> workers;
        for (unsigned n = std::max(1u, std::thread::hardware_concurrency()); n > 0; --n)
            workers.emplace_back(work);
    }
    if (!failure.empty()) return std::unexpected(failure);
    for (const auto& [place, archive] : made) {
        auto node = std::make_shared<Node>();
        node->mode = 0100600;
        node->size = archive.size();
        node->bytes = SpooledBytes{spool_.fd(), spool_.size()};
        if (auto put = spool_.append(archive); !put) return put;
        folder->children.emplace(std::to_string(files_), node);
        jobs[place].node->xattrs[abi::kStoredCodeXattr] = record(files_, jobs[place]);
        tree.input += archive.size();
        ++files_;
    }
    return {};
}

}  // namespace occlum::image
