#include "storage/superblock.h"

namespace occlum::storage {
namespace {

constexpr u64 kMagic = 0x31'73'66'6d'75'6c'63'6f;  // "oclumfs1"
constexpr u64 kFormat = 1;
constexpr size_t kSaltAt = 16, kTagAt = 48, kBodyAt = 64;
constexpr size_t kWrittenAt = 256, kWrittenSize = Pointer::kSize + 1;
static_assert(kWrittenAt + Superblock::kMaxWritten * kWrittenSize <= kBlockSize - kBodyAt);

crypto::Key key_of(const MasterKey& key, std::span<const u8> salt) {
    crypto::Key derived{};
    crypto::hkdf_sha256(key, salt, "occlum superblock", derived);
    return derived;
}

crypto::Nonce nonce_of(u64 slot) {
    crypto::Nonce nonce{};
    nonce[0] = static_cast<u8>(slot);
    return nonce;
}

// Positions of the fields in the body.
constexpr size_t kNumber = 0, kParentNumber = 8, kParentDigest = 16, kUuid = 32, kCapacity = 48, kInodes = 56,
                 kInodesHeight = 96, kSpace = 104, kSpaceHeight = 144, kInodeCount = 152, kInodesUsed = 160,
                 kFreeInode = 168, kOrphans = 176, kReserved = 184, kWrittenCount = 192;

void encode(const Superblock& super, std::span<u8> body) {
    store(body, kNumber, super.number);
    store(body, kParentNumber, super.parent.number);
    copy_bytes(super.parent.digest, body.subspan(kParentDigest));
    copy_bytes(super.uuid, body.subspan(kUuid));
    store(body, kCapacity, super.capacity);
    super.inodes.pointer.encode(body, kInodes);
    store(body, kInodesHeight, super.inodes.height);
    super.space.pointer.encode(body, kSpace);
    store(body, kSpaceHeight, super.space.height);
    store(body, kInodeCount, super.inode_count);
    store(body, kInodesUsed, super.inodes_used);
    store(body, kFreeInode, super.free_inode);
    store(body, kOrphans, super.orphans);
    store(body, kReserved, super.reserved);
    store(body, kWrittenCount, u64{super.written.size()});
    size_t at = kWrittenAt;
    for (const Superblock::Written& written : super.written) {
        written.pointer.encode(body, at);
        body[at + Pointer::kSize] = written.level;
        at += kWrittenSize;
    }
}

std::optional<Superblock> decode(std::span<const u8> body) {
    Superblock super;
    super.number = load<u64>(body, kNumber);
    super.parent.number = load<u64>(body, kParentNumber);
    copy_bytes(body.subspan(kParentDigest, 16), super.parent.digest);
    copy_bytes(body.subspan(kUuid, 16), super.uuid);
    super.capacity = load<u64>(body, kCapacity);
    super.inodes = {Pointer::decode(body, kInodes), body[kInodesHeight]};
    super.space = {Pointer::decode(body, kSpace), body[kSpaceHeight]};
    super.inode_count = load<u64>(body, kInodeCount);
    super.inodes_used = load<u64>(body, kInodesUsed);
    super.free_inode = load<u64>(body, kFreeInode);
    super.orphans = load<u64>(body, kOrphans);
    super.reserved = load<u64>(body, kReserved);
    u64 count = load<u64>(body, kWrittenCount);
    if (count > Superblock::kMaxWritten || super.inodes.height > kMaxHeight ||
        super.space.height > kMaxHeight)
        return std::nullopt;
    for (size_t i = 0; i < count; ++i) {
        size_t at = kWrittenAt + i * kWrittenSize;
        super.written.push_back({Pointer::decode(body, at), body[at + Pointer::kSize]});
    }
    return super;
}

}  // namespace

crypto::Tag seal_superblock(const Superblock& super, const MasterKey& key, const std::array<u8, 32>& salt,
                            Block& out) {
    out.fill(0);
    store(out, 0, kMagic);
    store(out, 8, kFormat);
    copy_bytes(salt, std::span(out).subspan(kSaltAt));
    auto body = std::span(out).subspan(kBodyAt);
    encode(super, body);
    crypto::Tag tag = crypto::seal(key_of(key, salt), nonce_of(super.number % Superblock::kSlots),
                                   std::span(out).first(kTagAt), body, body);
    copy_bytes(tag, std::span(out).subspan(kTagAt));
    return tag;
}

std::optional<OpenedSuperblock> open_superblock(const Block& block, u64 slot, const MasterKey& key) {
    std::span<const u8> bytes(block);
    if (load<u64>(bytes, 0) != kMagic || load<u64>(bytes, 8) != kFormat) return std::nullopt;
    crypto::Tag tag{};
    copy_bytes(bytes.subspan(kTagAt, tag.size()), tag);
    Block body{};
    auto plain = std::span(body).first(kBlockSize - kBodyAt);
    if (!crypto::open(key_of(key, bytes.subspan(kSaltAt, 32)), nonce_of(slot), bytes.first(kTagAt),
                      bytes.subspan(kBodyAt), tag, plain))
        return std::nullopt;
    std::optional<Superblock> super = decode(plain);
    if (!super || super->number % Superblock::kSlots != slot) return std::nullopt;
    Version version{.number = super->number, .digest = tag};
    return OpenedSuperblock{.super = std::move(*super), .version = version};
}

}  // namespace occlum::storage
