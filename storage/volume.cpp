#include "storage/volume.h"

namespace occlum::storage {
namespace {

// A host call carries 256 KiB.
constexpr size_t kGather = 64 * kBlockSize;
constexpr u64 kMostBlocks = u64{1} << 32;
// A table of inodes takes no more than its part of the blocks.
constexpr u64 kInodesPerBlock = 16;

// No key seals two blocks, so the nonce need not differ. Place and level are in it so that the same attack
// cannot be tried on many blocks at once, and so that a block is good in one place only.
crypto::Nonce nonce_of(u64 location, u8 level) {
    crypto::Nonce nonce{};
    store(std::span<u8>(nonce), 0, location);
    nonce[8] = level;
    nonce[11] = 1;
    return nonce;
}

template <size_t Size>
std::array<u8, Size> random_array(RandomSource random) {
    std::array<u8, Size> bytes{};
    random(bytes);
    return bytes;
}

}  // namespace

Volume::Volume(const VolumeConfig& config)
    : config_(config),
      keys_(std::make_unique<crypto::KeyStream>(random_array<16>(config.random))),
      cache_(config.cache_blocks) {
    gathered_.resize(kGather);
}

Volume::~Volume() = default;

Result<std::unique_ptr<Volume>> Volume::create(const VolumeConfig& config, u64 capacity) {
    constexpr u64 kLeast = 64;
    if (capacity < kLeast || capacity > kMostBlocks) return err(Errno::Einval);
    std::unique_ptr<Volume> volume(new Volume(config));
    volume->super_.capacity = capacity;
    volume->super_.uuid = random_array<16>(config.random);
    volume->space_ = std::make_unique<Space>(capacity);
    if (config.trusted != nullptr)
        if (auto known = TRY(config.trusted->read())) volume->trusted_ = *known;
    // Behind whatever the trusted version has seen.
    volume->super_.number = volume->trusted_.number;
    // The other slot may hold an old image under the same key.
    Block zeroes{};
    for (u64 slot = 0; slot < Superblock::kSlots; ++slot) TRY(config.store->write(slot, zeroes));
    return volume;
}

bool Volume::complete(const Superblock& super) {
    Block block{};
    for (const Superblock::Written& written : super.written)
        if (!read(written.pointer, written.level, block)) return false;
    return true;
}

Result<std::unique_ptr<Volume>> Volume::open(const VolumeConfig& config) {
    std::unique_ptr<Volume> volume(new Volume(config));
    std::vector<OpenedSuperblock> found;
    Block block{};
    for (u64 slot = 0; slot < Superblock::kSlots; ++slot) {
        TRY(config.store->read(slot, block));
        if (auto opened = open_superblock(block, slot, config.key)) found.push_back(std::move(*opened));
    }
    if (found.empty()) return err(Errno::Einval);
    std::ranges::sort(found,
                      [](const auto& a, const auto& b) { return a.version.number > b.version.number; });
    std::optional<Version> trusted;
    if (config.trusted != nullptr) trusted = TRY(config.trusted->read());
    Errno why = Errno::Estale;
    for (OpenedSuperblock& candidate : found) {
        // The trusted version itself, or one that was written when it was the newest and could not be made
        // known any more.
        bool known = trusted == candidate.version;
        if (trusted && !known && candidate.super.parent != *trusted) continue;
        bool sensible = candidate.super.capacity <= kMostBlocks &&
                        candidate.super.capacity > Superblock::kSlots &&
                        candidate.super.inode_count <= candidate.super.capacity * kInodesPerBlock;
        if (!sensible || !volume->complete(candidate.super)) {
            why = Errno::Eio;
            continue;
        }
        volume->super_ = std::move(candidate.super);
        volume->trusted_ = candidate.version;
        volume->space_ = std::make_unique<Space>(volume->super_.capacity);
        if (config.trusted != nullptr && !known) TRY(config.trusted->advance(candidate.version));
        return volume;
    }
    return err(why);
}

Result<void> Volume::read(const Pointer& pointer, u8 level, Block& out) {
    if (pointer.location >= kMostBlocks) return err(Errno::Eio);
    TRY(push());
    TRY(config_.store->read(pointer.location, out));
    if (!crypto::open(pointer.key, nonce_of(pointer.location, level), {}, out, pointer.tag, out))
        return err(Errno::Eio);
    return {};
}

Result<size_t> Volume::read_run(std::span<const Pointer> pointers, std::span<const Ref<CachedBlock>> out) {
    TRY(push());
    // Kept: to clear a new one would take as long as to copy it.
    sealed_.resize(std::max(sealed_.size(), pointers.size() * kBlockSize));
    const auto sealed = std::span(sealed_).first(pointers.size() * kBlockSize);
    TRY(config_.store->read(pointers.front().location, sealed));
    size_t good = 0;
    for (; good < pointers.size(); ++good) {
        const Pointer& pointer = pointers[good];
        auto piece = sealed.subspan(good * kBlockSize, kBlockSize);
        if (!crypto::open(pointer.key, nonce_of(pointer.location, 0), {}, piece, pointer.tag,
                          out[good]->bytes))
            break;
    }
    if (good == 0) return err(Errno::Eio);
    return good;
}

Result<Pointer> Volume::write(u64 location, u8 level, const Block& plain) {
    if (failed_) return err(Errno::Eio);
    if (gathered_size_ != 0 &&
        (gathered_size_ == kGather || location != gathered_first_ + gathered_size_ / kBlockSize))
        TRY(push());
    if (gathered_size_ == 0) gathered_first_ = location;
    size_t at = std::exchange(gathered_size_, gathered_size_ + kBlockSize);
    Pointer pointer{.key = keys_->next(), .tag = {}, .location = location};
    pointer.tag = crypto::seal(pointer.key, nonce_of(location, level), {}, plain,
                               std::span(gathered_).subspan(at, kBlockSize));
    if (written_.size() == Superblock::kMaxWritten) listing_ = false;
    if (listing_) written_.push_back({pointer, level});
    ++blocks_written_;
    return pointer;
}

Result<void> Volume::push() {
    if (gathered_size_ == 0) return {};
    gathered_.resize(gathered_size_);
    Result<void> put = config_.store->write_buffer(gathered_first_, gathered_);
    gathered_.resize(kGather);
    gathered_size_ = 0;
    if (!put) failed_ = true;
    return put;
}

void Volume::release(const Pointer& pointer) {
    if (!pointer.is_block()) return;
    // What the commit will not refer to may be overwritten after it: it must not be asked for.
    if (space_->is_fresh(pointer.location))
        std::erase_if(written_,
                      [&](const auto& written) { return written.pointer.location == pointer.location; });
    space_->release(pointer.location);
}

u64 Volume::room() const {
    // The map of blocks in use, all of it, and its index blocks.
    u64 map = space_->pages() + space_->pages() / (kFanout - 1) + kMaxHeight;
    u64 needed = dirty_ + map + super_.reserved;
    u64 there = space_->allocatable();
    return there > needed ? there - needed : 0;
}

Volume::Commit Volume::prepare_commit() {
    super_.parent = trusted_;
    ++super_.number;
    super_.written.clear();
    if (listing_) super_.written = std::move(written_);
    Commit commit{.slot = super_.number % Superblock::kSlots,
                  .version = {.number = super_.number},
                  .superblock = {},
                  .flush_first = !listing_};
    commit.version.digest =
        seal_superblock(super_, config_.key, random_array<32>(config_.random), commit.superblock);
    written_.clear();
    listing_ = true;
    space_->prepare();
    return commit;
}

// Whoever is let in by a flush may carry out the same commit before us. Doing a step twice does no harm;
// doing one late would.
Result<void> Volume::carry_out(const Commit& commit) {
    auto superseded = [&] { return !under_way_ || under_way_->version != commit.version; };
    if (commit.flush_first) TRY(config_.store->flush());
    if (superseded()) return {};
    TRY(config_.store->write(commit.slot, commit.superblock));
    TRY(config_.store->flush());
    if (superseded()) return {};
    if (config_.trusted != nullptr) TRY(config_.trusted->advance(commit.version));
    if (superseded()) return {};
    trusted_ = commit.version;
    space_->commit();
    ++commits_;
    under_way_.reset();
    return {};
}

Result<void> Volume::finish_commit() {
    if (!under_way_) return {};
    const Commit commit = *under_way_;
    if (!failed_ && !carry_out(commit)) failed_ = true;
    if (failed_) return err(Errno::Eio);
    return {};
}

Result<void> Volume::commit() {
    TRY(finish_commit());
    if (failed_ || !push()) {
        failed_ = true;
        return err(Errno::Eio);
    }
    under_way_ = prepare_commit();
    return finish_commit();
}

Result<void> Volume::change_key(const MasterKey& key) {
    config_.key = key;
    // Into both places, so that none is left that the old key opens.
    for (u64 i = 0; i < Superblock::kSlots; ++i) TRY(commit());
    return {};
}

}  // namespace occlum::storage
