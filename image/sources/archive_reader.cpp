#include "image/sources/archive_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <algorithm>

namespace occlum::image {

namespace {

constexpr size_t kChunk = 1 << 18;

NodePtr node_of(archive_entry* entry) {
    auto node = std::make_shared<Node>();
    node->mode = archive_entry_mode(entry);
    node->uid = static_cast<u32>(archive_entry_uid(entry));
    node->gid = static_cast<u32>(archive_entry_gid(entry));
    node->modified_s = archive_entry_mtime(entry);
    node->modified_ns = static_cast<u32>(archive_entry_mtime_nsec(entry));
    if (node->is_device()) node->device = archive_entry_rdev(entry);
    if (const char* target = archive_entry_symlink(entry); target != nullptr && node->is_link())
        node->target = target;
    archive_entry_xattr_reset(entry);
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
        const std::string key = name;
        if (key.starts_with("user.") || key == "security.capability")
            node->xattrs[key] = std::string(static_cast<const char*>(value), size);
    }
    return node;
}

}  // namespace

ArchiveReader::ArchiveReader() : archive_(archive_read_new()) {
    archive_read_support_filter_all(archive_);
    archive_read_support_format_tar(archive_);
}
ArchiveReader::~ArchiveReader() { archive_read_free(archive_); }

std::unexpected<std::string> ArchiveReader::failure() const {
    const char* why = archive_error_string(archive_);
    return std::unexpected(name_ + ": " + (why != nullptr ? why : "no archive"));
}

std::expected<std::unique_ptr<ArchiveReader>, std::string> ArchiveReader::open_file(const std::string& path) {
    std::unique_ptr<ArchiveReader> reader(new ArchiveReader);
    reader->name_ = path;
    if (archive_read_open_filename(reader->archive_, path.c_str(), kChunk) != ARCHIVE_OK)
        return reader->failure();
    return reader;
}

std::expected<std::unique_ptr<ArchiveReader>, std::string> ArchiveReader::open_piece(const Spool& spool,
                                                                                     const Piece& piece) {
    std::unique_ptr<ArchiveReader> reader(new ArchiveReader);
    reader->source_ = &spool;
    reader->at_ = piece.offset;
    reader->end_ = piece.offset + piece.size;
    reader->buffer_.resize(kChunk);
    if (archive_read_open(reader->archive_, reader.get(), nullptr, give, nullptr) != ARCHIVE_OK)
        return reader->failure();
    return reader;
}

long ArchiveReader::give(archive*, void* self, const void** bytes) {
    auto& reader = *static_cast<ArchiveReader*>(self);
    const size_t wanted = static_cast<size_t>(std::min<u64>(reader.buffer_.size(), reader.end_ - reader.at_));
    const auto got = reader.source_->read(reader.at_, std::span(reader.buffer_).first(wanted));
    if (!got) return -1;
    reader.at_ += *got;
    *bytes = reader.buffer_.data();
    return static_cast<long>(*got);
}

std::expected<bool, std::string> ArchiveReader::next(ArchiveEntry& entry) {
    archive_entry* found = nullptr;
    const int result = archive_read_next_header(archive_, &found);
    if (result == ARCHIVE_EOF) return false;
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) return failure();
    const char* path = archive_entry_pathname(found);
    const char* link = archive_entry_hardlink(found);
    entry = {path != nullptr ? path : "", link != nullptr ? link : "", node_of(found)};
    return true;
}

std::expected<Piece, std::string> ArchiveReader::spool_contents(Spool& into) {
    Piece piece{into.size(), 0};
    std::vector<u8> bytes(kChunk);
    for (;;) {
        const la_ssize_t got = archive_read_data(archive_, bytes.data(), bytes.size());
        if (got < 0) return failure();
        if (got == 0) break;
        if (auto put = into.append(std::span(bytes).first(static_cast<size_t>(got))); !put)
            return std::unexpected(put.error());
    }
    piece.size = into.size() - piece.offset;
    return piece;
}

}  // namespace occlum::image
