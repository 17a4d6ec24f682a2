#include "tests/unit/storage/stores.h"

#include "crypto/sha256.h"

namespace occlum::storage::test {

Result<void> MemoryStore::read(u64 first, std::span<u8> out) {
    for (size_t at = 0; at < out.size(); at += kBlockSize) {
        auto found = blocks.find(first + at / kBlockSize);
        if (found == blocks.end())
            std::ranges::fill(out.subspan(at, kBlockSize), u8{0});
        else
            copy_bytes(found->second, out.subspan(at));
    }
    return {};
}

Result<void> MemoryStore::write(u64 first, std::span<const u8> bytes) {
    for (size_t at = 0; at < bytes.size(); at += kBlockSize)
        copy_bytes(bytes.subspan(at, kBlockSize), blocks[first + at / kBlockSize]);
    return {};
}

Result<void> RecordingStore::write(u64 first, std::span<const u8> bytes) {
    for (size_t at = 0; at < bytes.size(); at += kBlockSize) {
        Step step{.block = first + at / kBlockSize, .mark = mark};
        copy_bytes(bytes.subspan(at, kBlockSize), step.bytes);
        steps.push_back(step);
    }
    return MemoryStore::write(first, bytes);
}

Result<void> RecordingStore::flush() {
    bool early = steps.size() % 2 == 0;
    auto let_in = [&] {
        if (!during_flush || std::exchange(others_are_in_, true)) return;
        during_flush();
        others_are_in_ = false;
    };
    if (early) let_in();
    steps.push_back({.flush = true, .mark = mark});
    if (!early) let_in();
    return {};
}

void test_random(std::span<u8> out) {
    static std::mt19937_64 random(7);
    for (u8& byte : out) byte = static_cast<u8>(random());
}

Time test_clock() {
    static i64 ticks = 0;
    return {.seconds = 1'000'000, .nanoseconds = static_cast<u32>(++ticks % 1'000'000'000)};
}

Config test_config(BlockStore& store, TrustedVersion* trusted) {
    Config config;
    config.volume.store = &store;
    config.volume.key = {1, 2, 3};
    config.volume.trusted = trusted;
    config.volume.random = test_random;
    config.volume.cache_blocks = 64;
    config.volume.dirty_blocks = 64;
    config.clock = test_clock;
    config.commit_seconds = 0;
    return config;
}

namespace {

class Collect final : public NameSink {
public:
    bool take(const Name& name) override {
        names.insert_or_assign(std::string(name.name), name.inode);
        return true;
    }
    std::map<std::string, u64> names;
};

void describe_below(FileSystem& fs, u64 inode, const std::string& path, std::string& out) {
    auto attributes = fs.attributes(inode);
    if (!attributes) {
        out += path + ": error\n";
        return;
    }
    const Attributes& a = *attributes;
    out += path + ' ' + std::to_string(a.mode) + ' ' + std::to_string(a.links) + ' ' + std::to_string(a.uid) +
           ' ' + std::to_string(is_directory(a.mode) ? 0 : a.size);
    if (auto xattrs = fs.list_xattrs(inode)) {
        for (const std::string& name : *xattrs)
            out += " " + name + "=" + fs.get_xattr(inode, name).value_or("error");
    } else {
        out += " error";
    }
    if (is_regular(a.mode)) {
        crypto::Sha256 hash;
        std::vector<u8> bytes(64 << 10);
        // Sparse files may be large: where the data are, and they.
        u64 at = 0;
        while (at < a.size) {
            auto data = fs.seek(inode, at, false);
            if (!data && data.error() == Errno::Enxio) break;
            auto hole = data ? fs.seek(inode, *data, true) : data;
            if (!hole) {
                out += " error";
                break;
            }
            for (at = *data; at < *hole;) {
                auto got =
                    fs.read(inode, at, std::span(bytes).first(std::min<u64>(bytes.size(), *hole - at)));
                if (!got || *got == 0) {
                    out += " error";
                    at = *hole;
                    break;
                }
                // Zeroes and holes are the same contents.
                for (size_t i = 0; i < *got; i += 512) {
                    auto piece = std::span(bytes).subspan(i, std::min<size_t>(512, *got - i));
                    if (std::ranges::all_of(piece, [](u8 b) { return b == 0; })) continue;
                    u64 where = at + i;
                    std::array<u8, 8> position{};
                    store(std::span<u8>(position), 0, where);
                    hash.add(position);
                    hash.add(piece);
                }
                at += *got;
            }
        }
        crypto::Digest digest = hash.finish();
        for (u8 byte : std::span(digest).first(8)) out += "," + std::to_string(byte);
    }
    if ((a.mode & kTypeMask) == kTypeLink) out += " -> " + fs.read_link(inode).value_or("error");
    out += '\n';
    if (!is_directory(a.mode)) return;
    Collect names;
    if (!fs.list(inode, 0, names)) out += path + ": error\n";
    for (const auto& [name, child] : names.names) describe_below(fs, child, path + "/" + name, out);
}

}  // namespace

std::string describe(FileSystem& fs) {
    std::string out;
    describe_below(fs, FileSystem::kRoot, "", out);
    return out;
}

}  // namespace occlum::storage::test
