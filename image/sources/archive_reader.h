// The entries of an archive (tar, plain or compressed), one after the other, by libarchive.
#pragma once

#include <memory>

#include "image/node.h"
#include "image/sources/spool.h"

struct archive;
struct archive_entry;

namespace occlum::image {

struct ArchiveEntry {
    std::string path;
    std::string hard_link;  ///< the path of the entry that this one is a further name of
    NodePtr node;           ///< without contents
};

class ArchiveReader {
public:
    static std::expected<std::unique_ptr<ArchiveReader>, std::string> open_file(const std::string& path);
    /// `spool` may grow meanwhile.
    static std::expected<std::unique_ptr<ArchiveReader>, std::string> open_piece(const Spool& spool,
                                                                                 const Piece& piece);
    ~ArchiveReader();
    /// False at the end.
    std::expected<bool, std::string> next(ArchiveEntry& entry);
    /// Contents of the entry that next() gave.
    std::expected<Piece, std::string> spool_contents(Spool& into);

private:
    ArchiveReader();
    static long give(archive*, void* self, const void** bytes);
    std::unexpected<std::string> failure() const;

    archive* archive_;
    std::string name_ = "layer";
    const Spool* source_ = nullptr;
    u64 at_ = 0, end_ = 0;
    std::vector<u8> buffer_;
};

}  // namespace occlum::image
