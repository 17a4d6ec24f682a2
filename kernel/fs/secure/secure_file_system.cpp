#include "kernel/fs/secure/secure_file_system.h"

#include <algorithm>

#include "enclave/keys.h"
#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/fs/secure/secure_inode.h"
#include "kernel/fs/time.h"
#include "kernel/sched/errands.h"
#include "kernel/sched/long_call.h"

namespace occlum::kernel {
namespace {

constexpr u64 kCommitPeriod = 5 * kNanosecondsPerSecond;
constexpr u64 kMagic = 0x5345'4653;  // "SEFS"
// The host's file grows with what is in it; this is the most.
constexpr u64 kCapacity = (u64{64} << 30) / storage::kBlockSize;
// The heap that contents may take: the maps of used blocks, changed blocks, clean ones, and sealed ones that
// wait to be written. Some is left for buffers and for what is in a piece beyond the bound on changed blocks.
constexpr size_t kMemory = size_t{160} << 20, kLeft = size_t{6} << 20;
constexpr size_t kMaps = 3 * kCapacity / 8;
constexpr size_t kDirtyBlocks = (size_t{16} << 20) / storage::kBlockMemory;
constexpr size_t kCacheBlocks =
    (kMemory - kLeft - kMaps - HostStore::kMostWaiting) / storage::kBlockMemory - kDirtyBlocks;
constexpr u64 kReleaseRoom = 32;

std::vector<SecureFileSystem*>& mounted() {
    [[clang::no_destroy]] static std::vector<SecureFileSystem*> all;
    return all;
}

storage::Time clock() {
    TimeSpec now = file_time_now();
    return {.seconds = now.seconds, .nanoseconds = now.nanoseconds};
}

Result<storage::MasterKey> key_of(const StoreRequest& request) {
    if (request.key) return *request.key;
    storage::MasterKey key{};
    sgx::Key sealing = TRY(enclave::sealing_key());
    crypto::hkdf_sha256(sealing, {}, "occlum store", key);
    return key;
}

Ref<HostFile> file_in(const StoreRequest& request, std::string_view suffix) {
    std::string path = request.file;
    path += suffix;
    auto file = make_ref<HostFile>(make_ref<HostTree>(request.host_mount), path, abi::kFileWriteBehind);
    return file;
}

// Makes the host's file when there is none. Its size.
Result<u64> prepare_file(const StoreRequest& request, std::string_view suffix, bool create) {
    HostTree tree(request.host_mount);
    std::string path = request.file;
    path += suffix;
    auto now = tree.stat(path);
    if (now) return now->size;
    if (now.error() != Errno::Enoent || !create) return err(now.error());
    if (!enclave::make_file(request.host_mount, path, 0600)) return err(Errno::Eio);
    return u64{0};
}

constexpr std::string_view kVersionSuffix = ".version";

}  // namespace

SecureFileSystem::SecureFileSystem() : device_(next_device_number()) { mounted().push_back(this); }

SecureFileSystem::~SecureFileSystem() {
    if (files_) static_cast<void>(files_->sync());
    std::erase(mounted(), this);
}

// One image mounted twice would be spoilt.
bool SecureFileSystem::is_mounted_elsewhere() const {
    return std::ranges::any_of(mounted(), [&](const SecureFileSystem* other) {
        return other != this && other->files_ && other->files_->identity() == files_->identity();
    });
}

Result<Ref<SecureFileSystem>> SecureFileSystem::mount(const StoreRequest& request) {
    bool empty = TRY(prepare_file(request, {}, request.create)) == 0;
    auto fs = Ref<SecureFileSystem>::adopt(*new SecureFileSystem);
    Ref<HostFile> blocks = file_in(request, {});
    TRY(blocks->hold());
    fs->store_ = std::make_unique<HostStore>(blocks);
    if (request.counter) {
        TRY(prepare_file(request, kVersionSuffix, true));
        Ref<HostFile> version = file_in(request, kVersionSuffix);
        TRY(version->hold());
        fs->version_ = std::make_unique<HostVersion>(version);
    }
    storage::Config config;
    config.volume = {.store = fs->store_.get(),
                     .key = TRY(key_of(request)),
                     .trusted = fs->version_.get(),
                     .random = enclave::random_bytes,
                     .cache_blocks = kCacheBlocks,
                     .dirty_blocks = kDirtyBlocks};
    config.clock = clock;
    if (empty && request.create)
        fs->files_ = TRY(storage::FileSystem::format(
            config, kCapacity, {.mode = 0755, .uid = request.owner.fsuid, .gid = request.owner.fsgid}));
    else
        fs->files_ = TRY(storage::FileSystem::mount(config));
    if (fs->is_mounted_elsewhere()) return err(Errno::Ebusy);
    return fs;
}

Result<Ref<SecureInode>> SecureFileSystem::inode(Ref<SecureFileSystem> fs, u64 number) {
    auto known = fs->inodes_.find(number);
    if (known != fs->inodes_.end()) return Ref<SecureInode>(*known->second);
    u32 mode = TRY(fs->files().attributes(number)).mode;
    TRY(fs->files().hold(number));
    auto made = make_ref<SecureInode>(fs, number, mode);
    fs->inodes_.emplace(number, made.get());
    return made;
}

Result<Ref<Inode>> SecureFileSystem::root(Ref<SecureFileSystem> fs) {
    Ref<SecureInode> root = TRY(inode(fs, storage::FileSystem::kRoot));
    return Ref<Inode>(root);
}

void SecureFileSystem::forget(u64 number) {
    inodes_.erase(number);
    if (!files_->is_last(number)) return files_->release(number);
    leave_errand([fs = Ref<SecureFileSystem>(*this), number] { fs->release(number); });
}

// The last time: the file goes.
void SecureFileSystem::release(u64 number) {
    u64 next = 0;
    prepare_beside(kReleaseRoom, true, [&] { return files_->foresee_release(number, next); });
    files_->release(number);
}

void SecureFileSystem::make_room(u64 blocks, bool removing) {
    if (!files_->must_make_room(blocks, removing)) return;
    reader().ahead([&] { return files_->foresee_commit(); });
    const LongCalls others_may;
    // The change itself tells of a failure, when it has found nothing else to tell.
    static_cast<void>(files_->make_room(blocks, removing));
    store_->relieve();
}

Result<void> SecureFileSystem::sync() {
    const Ref<SecureFileSystem> self(*this);
    if (LongCalls::allowed()) reader().ahead([&] { return files_->foresee_commit(); });
    return files_->sync();
}

FileSystemInfo SecureFileSystem::info() const {
    storage::Usage usage = files_->usage();
    return {.magic = kMagic,
            .block_size = storage::kBlockSize,
            .blocks = usage.blocks,
            .free_blocks = usage.free_blocks,
            .files = usage.inodes + usage.free_blocks,
            .free_files = usage.free_blocks,
            .device = device_,
            .type = "sefs"};
}

void SecureFileSystem::changed() {
    if (!timer_.armed()) timer_.arm(enclave::monotonic_ns() + kCommitPeriod);
}

void SecureFileSystem::CommitTimer::expired(u64) {
    const Ref<SecureFileSystem> fs(fs_);
    LongCalls others_may;
    static_cast<void>(fs->sync());
}

void sync_secure_file_systems() {
    kernel_lock.assert_held();
    // Files without names that the last tasks left.
    run_errands(nullptr);
    std::vector<Ref<SecureFileSystem>> all;
    for (SecureFileSystem* fs : mounted()) all.emplace_back(*fs);
    LongCalls others_may;
    for (const Ref<SecureFileSystem>& fs : all) static_cast<void>(fs->sync());
}

}  // namespace occlum::kernel
