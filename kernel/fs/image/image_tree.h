// An image (storage/image/) as the lower tree of an overlay.
//
//   TreeFileSystem ──Ref──> ImageTree ──> ImageReader ──> VerifiedBlocks ──> HostBlocks ──Ref──> HostFile
//   ImageFile ──Ref──> ImageTree
#pragma once

#include "kernel/fs/host/ahead_reader.h"
#include "kernel/fs/image/request.h"
#include "kernel/fs/memory/lower_tree.h"
#include "storage/image/reader.h"

namespace occlum::kernel {

class ImageTree final : public LowerTree {
public:
    /// EINVAL: not an image, or another key; EIO: not the one that was measured.
    static Result<Ref<ImageTree>> open(const ImageRequest& request);

    Result<Attributes> stat(std::string_view path) override;
    Result<std::string> read_link(std::string_view path) override;
    Result<std::vector<enclave::HostDirEntry>> list(std::string_view path) override;
    Result<Ref<PageSource>> contents(std::string_view path) override;
    Result<std::map<std::string, std::string, std::less<>>> xattrs(std::string_view path) override;
    std::optional<StoredCode> stored_code(const storage::image::ImageNode& file);
    void ask_ahead(Foresight what, std::string_view path) override;
    bool constant() const override { return true; }
    storage::image::ImageReader& reader() { return *reader_; }
    /// For what operations on reader() will read.
    AheadReader& blocks();

private:
    class HostBlocks;
    ImageTree();
    ~ImageTree() override;
    friend class Ref<ImageTree>;
    Result<storage::image::ImageNode> node(std::string_view path);
    Result<u64> directory(std::string_view path);

    std::unique_ptr<HostBlocks> source_;
    std::unique_ptr<storage::image::ImageReader> reader_;
    std::map<std::string, u64, std::less<>> directories_;  // some whose numbers were looked up
};

}  // namespace occlum::kernel
