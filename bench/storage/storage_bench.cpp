// storage_bench [FILE]: speeds of the secure file system on the host build, beside what its parts cost. FILE
// is made and removed; without one, an image in memory shows the file system's own cost.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "storage/file_system.h"
#include "storage/hosted/file_store.h"

namespace occlum::storage {
namespace {

// The processor's time, which a busy machine does not spoil; but for fsync.
struct Clock {
    static double now() {
        timespec time{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    }
};
double seconds_since(double start) { return Clock::now() - start; }
using Wall = std::chrono::steady_clock;

class VectorStore final : public BlockStore {
public:
    Result<void> read(u64 first, std::span<u8> out) override {
        for (size_t at = 0; at < out.size(); at += kBlockSize, ++first)
            if (first < blocks_.size()) copy_bytes(blocks_[first], out.subspan(at));
        return {};
    }
    Result<void> write(u64 first, std::span<const u8> bytes) override {
        blocks_.resize(std::max<size_t>(blocks_.size(), first + bytes.size() / kBlockSize));
        for (size_t at = 0; at < bytes.size(); at += kBlockSize, ++first)
            copy_bytes(bytes.subspan(at, kBlockSize), blocks_[first]);
        return {};
    }
    Result<void> flush() override { return {}; }

private:
    std::vector<Block> blocks_ = std::vector<Block>(160'000);  // no page faults while measuring
};

Time now() {
    auto time = std::chrono::system_clock::now().time_since_epoch();
    auto whole = std::chrono::duration_cast<std::chrono::seconds>(time);
    return {whole.count(), static_cast<u32>(std::chrono::nanoseconds(time - whole).count())};
}

[[noreturn]] void die(const char* what) {
    std::fprintf(stderr, "storage_bench: %s\n", what);
    std::exit(1);
}
template <typename T>
T must(Result<T> result, const char* what) {
    if (!result) die(what);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

constexpr size_t kFile = size_t{256} << 20, kChunk = 128 << 10;

void aead() {
    Block block{};
    auto start = Clock::now();
    constexpr int kRounds = 50'000;
    for (int i = 0; i < kRounds; ++i) crypto::seal(crypto::Key{static_cast<u8>(i)}, {}, {}, block, block);
    std::printf("AES-128-GCM, 4 KiB, a fresh key each    %8.0f MB/s\n",
                kRounds * 4096e-6 / seconds_since(start));
}

void sequential(FileSystem& fs, u64 file) {
    std::vector<u8> bytes(kChunk, 0x5a);
    u64 before = fs.volume().blocks_written();
    auto start = Clock::now();
    for (size_t at = 0; at < kFile; at += kChunk) must(fs.write(file, at, bytes), "write");
    must(fs.sync(), "sync");
    std::printf("sequential write, synced                %8.0f MB/s\n", kFile * 1e-6 / seconds_since(start));
    double written = static_cast<double>(fs.volume().blocks_written() - before);
    std::printf("blocks written beside the contents      %8.2f %%\n", (written * 4096 / kFile - 1) * 100);
}

void read_all(FileSystem& fs, u64 file, const char* what) {
    std::vector<u8> bytes(kChunk);
    auto start = Clock::now();
    for (size_t at = 0; at < kFile; at += kChunk) must(fs.read(file, at, bytes), "read");
    std::printf("sequential read, %-8s               %8.0f MB/s\n", what,
                kFile * 1e-6 / seconds_since(start));
}

void random_blocks(FileSystem& fs, u64 file, u64 range, const char* what) {
    std::vector<u8> bytes(4096);
    u64 state = 1;
    auto next = [&] { return (state = state * 6364136223846793005u + 1442695040888963407u) >> 33; };
    constexpr int kRounds = 50'000;
    auto start = Clock::now();
    for (int i = 0; i < kRounds; ++i) must(fs.read(file, next() % (range / 4096) * 4096, bytes), "read");
    std::printf("random 4 KiB read, %-20s %8.2f us\n", what, seconds_since(start) / kRounds * 1e6);
    start = Clock::now();
    for (int i = 0; i < kRounds; ++i) must(fs.write(file, next() % (range / 4096) * 4096, bytes), "write");
    must(fs.sync(), "sync");
    std::printf("random 4 KiB write, %-19s %8.2f us\n", what, seconds_since(start) / kRounds * 1e6);
}

void syncs(FileSystem& fs, u64 file) {
    std::vector<u8> bytes(4096, 1);
    constexpr int kRounds = 500;
    u64 before = fs.volume().blocks_written();
    auto start = Wall::now();
    for (int i = 0; i < kRounds; ++i) {
        must(fs.write(file, static_cast<u64>(i) * 4096, bytes), "write");
        must(fs.sync(), "sync");
    }
    std::printf("4 KiB write and fsync, on the wall clock %7.1f us, %.1f blocks\n",
                std::chrono::duration<double>(Wall::now() - start).count() / kRounds * 1e6,
                static_cast<double>(fs.volume().blocks_written() - before) / kRounds + 1);
}

void small_files(FileSystem& fs) {
    constexpr int kFiles = 20'000;
    std::vector<u8> bytes(2000, 7);
    u64 folder = must(fs.create(FileSystem::kRoot, "small", {.mode = kTypeDirectory | 0755}), "mkdir");
    auto start = Clock::now();
    for (int i = 0; i < kFiles; ++i)
        must(fs.write(
                 must(fs.create(folder, "file" + std::to_string(i), {.mode = kTypeRegular | 0644}), "create"),
                 0, bytes),
             "write");
    must(fs.sync(), "sync");
    std::printf("small files created, 2 kB, synced       %8.0f /s\n", kFiles / seconds_since(start));
    start = Clock::now();
    for (int i = 0; i < kFiles; ++i)
        must(fs.attributes(must(fs.lookup(folder, "file" + std::to_string(i)), "lookup")), "stat");
    std::printf("looked up                               %8.0f /s\n", kFiles / seconds_since(start));
    start = Clock::now();
    for (int i = 0; i < kFiles; ++i) must(fs.unlink(folder, "file" + std::to_string(i)), "unlink");
    must(fs.sync(), "sync");
    std::printf("unlinked                                %8.0f /s\n", kFiles / seconds_since(start));
}

void run(BlockStore& store) {
    Config config;
    config.volume = {
        .store = &store, .key = {1}, .trusted = nullptr, .random = host_random, .cache_blocks = 32768};
    config.clock = now;
    auto fs = must(FileSystem::format(config, (u64{4} << 30) / kBlockSize, {.mode = 0755}), "format");
    u64 file = must(fs->create(FileSystem::kRoot, "large", {.mode = kTypeRegular | 0644}), "create");
    aead();
    sequential(*fs, file);
    fs.reset();
    auto start = Clock::now();
    fs = must(FileSystem::mount(config), "mount");
    std::printf("mount                                   %8.2f ms\n", seconds_since(start) * 1e3);
    read_all(*fs, file, "cold");
    fs.reset();
    fs = must(FileSystem::mount(config), "mount");
    random_blocks(*fs, file, kFile, "cold, 256 MiB");
    random_blocks(*fs, file, 16 << 20, "warm, 16 MiB");
    syncs(*fs, file);
    small_files(*fs);
}

}  // namespace
}  // namespace occlum::storage

int main(int argc, char** argv) {
    using namespace occlum::storage;
    if (argc > 1) {
        auto store = FileStore::open(argv[1], true);
        if (!store) die("the file cannot be opened");
        run(**store);
        ::unlink(argv[1]);
    } else {
        VectorStore store;
        run(store);
    }
}
