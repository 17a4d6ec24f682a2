#include "storage/directory.h"

namespace occlum::storage {
namespace {

// A record: inode (0: free), length of the record, length of the name, type, name.
constexpr size_t kHeader = 12, kLengthAt = 8, kNameLengthAt = 10, kTypeAt = 11;
constexpr u64 kFirstCookie = 3;

constexpr size_t size_for(size_t name) { return (kHeader + name + 3) & ~size_t{3}; }

struct Record {
    size_t at = 0, length = 0, name_length = 0;
    u64 inode = 0;
    u8 type = 0;
    size_t used() const { return inode == 0 ? 0 : size_for(name_length); }
    size_t gap() const { return length - used(); }
};

Result<Record> record_at(const Block& block, size_t at) {
    std::span<const u8> bytes(block);
    if (at + kHeader > kBlockSize) return err(Errno::Eio);
    Record record{.at = at,
                  .length = load<u16>(bytes, at + kLengthAt),
                  .name_length = bytes[at + kNameLengthAt],
                  .inode = load<u64>(bytes, at),
                  .type = bytes[at + kTypeAt]};
    bool fits = record.length >= kHeader && record.length % 4 == 0 && at + record.length <= kBlockSize &&
                record.used() <= record.length && (record.inode == 0 || record.name_length != 0);
    if (!fits) return err(Errno::Eio);
    return record;
}

std::string name_of(const Block& block, const Record& record) {
    std::string name;
    for (u8 letter : std::span(block).subspan(record.at + kHeader, record.name_length))
        name += static_cast<char>(letter);
    return name;
}

void put_record(Block& block, const Record& record, std::string_view name) {
    std::span<u8> bytes(block);
    store(bytes, record.at, record.inode);
    store(bytes, record.at + kLengthAt, static_cast<u16>(record.length));
    bytes[record.at + kNameLengthAt] = static_cast<u8>(name.size());
    bytes[record.at + kTypeAt] = record.type;
    for (size_t i = 0; i < name.size(); ++i) bytes[record.at + kHeader + i] = static_cast<u8>(name[i]);
}

void set_length(Block& block, const Record& record, size_t length) {
    store(std::span<u8>(block), record.at + kLengthAt, static_cast<u16>(length));
}

Result<u16> largest_gap(const Block& block) {
    size_t largest = 0;
    for (size_t at = 0; at < kBlockSize;) {
        Record record = TRY(record_at(block, at));
        largest = std::max(largest, record.gap());
        at += record.length;
    }
    return static_cast<u16>(largest);
}

// Puts a name into the first gap that is large enough; its place in the block.
Result<size_t> insert(Block& block, std::string_view name, u64 inode, u8 type) {
    size_t needed = size_for(name.size());
    for (size_t at = 0; at < kBlockSize;) {
        Record record = TRY(record_at(block, at));
        at += record.length;
        if (record.gap() < needed) continue;
        size_t used = record.used();
        if (used != 0) set_length(block, record, used);
        Record fresh{.at = record.at + used,
                     .length = record.gap(),
                     .name_length = name.size(),
                     .inode = inode,
                     .type = type};
        put_record(block, fresh, name);
        return fresh.at;
    }
    return err(Errno::Eio);
}

// Frees a record, together with free neighbours.
Result<void> erase(Block& block, size_t place) {
    Record before{};
    for (size_t at = 0; at < kBlockSize;) {
        Record record = TRY(record_at(block, at));
        if (at != place) {
            before = record;
            at += record.length;
            continue;
        }
        size_t length = record.length;
        if (at + length < kBlockSize) {
            Record behind = TRY(record_at(block, at + length));
            if (behind.inode == 0) length += behind.length;
        }
        bool joins = before.length != 0 && before.inode == 0;
        Record freed{.at = joins ? before.at : at, .length = joins ? before.length + length : length};
        std::ranges::fill(std::span(block).subspan(freed.at, freed.length), u8{0});
        put_record(block, freed, {});
        return {};
    }
    return err(Errno::Eio);
}

}  // namespace

Result<std::unique_ptr<Directory>> Directory::load(BlockTree& blocks, u64 size) {
    std::unique_ptr<Directory> directory(new Directory(blocks));
    for (u64 index = 0; index < size / kBlockSize; ++index) {
        RefPtr<CachedBlock> block = TRY(blocks.read(index));
        if (!block) return err(Errno::Eio);
        for (size_t at = 0; at < kBlockSize;) {
            Record record = TRY(record_at(block->bytes, at));
            if (record.inode != 0)
                directory->names_.insert_or_assign(
                    name_of(block->bytes, record),
                    Entry{.inode = record.inode, .type = record.type, .place = index * kBlockSize + at});
            at += record.length;
        }
        directory->gaps_.push_back(TRY(largest_gap(block->bytes)));
    }
    return directory;
}

const Directory::Entry* Directory::find(std::string_view name) const {
    auto found = names_.find(name);
    return found == names_.end() ? nullptr : &found->second;
}

size_t Directory::block_with_room(size_t needed) {
    while (first_gap_ < gaps_.size() && gaps_[first_gap_] < size_for(1)) ++first_gap_;
    size_t at = first_gap_;
    while (at < gaps_.size() && gaps_[at] < needed) ++at;
    return at;
}

Result<void> Directory::add(std::string_view name, u64 inode, u8 type) {
    size_t index = block_with_room(size_for(name.size()));
    bool fresh = index == gaps_.size();
    Ref<CachedBlock> block = TRY(blocks_.write(index, fresh ? Before::Unread : Before::Kept));
    if (fresh) {
        block->bytes.fill(0);
        put_record(block->bytes, {.at = 0, .length = kBlockSize}, {});
        gaps_.push_back(0);
    }
    size_t place = TRY(insert(block->bytes, name, inode, type));
    gaps_[index] = TRY(largest_gap(block->bytes));
    names_.insert_or_assign(std::string(name),
                            Entry{.inode = inode, .type = type, .place = index * kBlockSize + place});
    return {};
}

Result<void> Directory::remove(std::string_view name) {
    auto found = names_.find(name);
    if (found == names_.end()) return err(Errno::Enoent);
    u64 place = found->second.place;
    size_t index = static_cast<size_t>(place / kBlockSize);
    Ref<CachedBlock> block = TRY(blocks_.write(index, Before::Kept));
    TRY(erase(block->bytes, place % kBlockSize));
    gaps_[index] = TRY(largest_gap(block->bytes));
    first_gap_ = std::min(first_gap_, index);
    names_.erase(found);
    return {};
}

Result<void> Directory::replace(std::string_view name, u64 inode, u8 type) {
    auto found = names_.find(name);
    if (found == names_.end()) return err(Errno::Enoent);
    Entry& entry = found->second;
    Ref<CachedBlock> block = TRY(blocks_.write(entry.place / kBlockSize, Before::Kept));
    size_t at = entry.place % kBlockSize;
    store(std::span<u8>(block->bytes), at, inode);
    block->bytes[at + kTypeAt] = type;
    entry.inode = inode;
    entry.type = type;
    return {};
}

std::array<u64, 2> Directory::blocks_for(std::string_view name) {
    const u64 free = block_with_room(size_for(name.size()));
    const Entry* entry = find(name);
    return {free, entry == nullptr ? free : entry->place / kBlockSize};
}

Result<void> Directory::list(u64 cookie, NameSink& sink) {
    u64 first = cookie < kFirstCookie ? 0 : (cookie - kFirstCookie) / kBlockSize;
    for (u64 index = first; index < gaps_.size(); ++index) {
        RefPtr<CachedBlock> block = TRY(blocks_.read(index));
        if (!block) return err(Errno::Eio);
        // The sink may have this very directory changed: records are looked at one by one.
        for (size_t at = 0; at < kBlockSize;) {
            Record record = TRY(record_at(block->bytes, at));
            u64 next = index * kBlockSize + at + kFirstCookie;
            at += record.length;
            if (record.inode == 0 || next <= cookie) continue;
            std::string name = name_of(block->bytes, record);
            if (!sink.take({.name = name, .inode = record.inode, .type = record.type, .next_cookie = next}))
                return {};
        }
    }
    return {};
}

}  // namespace occlum::storage
