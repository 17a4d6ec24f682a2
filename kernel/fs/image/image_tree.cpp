#include "kernel/fs/image/image_tree.h"

#include "abi/code_places.h"
#include "storage/wire.h"

namespace occlum::kernel {

using storage::image::ImageNode;

namespace {

constexpr size_t kCacheBlocks = (size_t{32} << 20) / storage::image::kBlock;
constexpr size_t kMostDirectories = 4096;
// The root is 0 in an image, which readdir(3) takes for an entry that is gone.
constexpr u64 kFirstNumber = 1;

class ImageFile final : public PageSource {
public:
    ImageFile(Ref<ImageTree> tree, const ImageNode& node) : tree_(std::move(tree)), node_(node) {}
    Result<void> fill(u64 offset, std::span<u8> out) override {
        return tree_->reader().read(node_, offset, out);
    }
    Result<void> fetch(u64 offset, std::span<u8> out) override {
        const Ref<ImageFile> self(*this);
        tree_->blocks().ahead([&] { return tree_->reader().touch(node_, offset, out.size()); });
        return fill(offset, out);
    }
    std::optional<StoredCode> stored_code() override { return tree_->stored_code(node_); }

private:
    Ref<ImageTree> tree_;
    ImageNode node_;
};

class NameList final : public storage::image::ImageNameSink {
public:
    // EROFS's types of directory entries as getdents(2) has them.
    static u32 type_of(u8 type) {
        constexpr std::array<u8, 8> kTypes{0, 8, 4, 2, 6, 1, 12, 10};
        return type < kTypes.size() ? kTypes[type] : 0;
    }
    void take(const storage::image::ImageName& name) override {
        all.push_back({.name = std::string(name.name),
                       .inode = name.number + kFirstNumber,
                       .next_cookie = all.size() + 1,
                       .type = type_of(name.type)});
    }
    std::vector<enclave::HostDirEntry> all;
};

}  // namespace

class ImageTree::HostBlocks final : public storage::image::ImageSource {
public:
    explicit HostBlocks(Ref<HostFile> file) : reader(std::move(file)) {}
    Result<void> read(u64 first, std::span<u8> out) override {
        return reader.read(first * storage::image::kBlock, out);
    }

    AheadReader reader;
};

AheadReader& ImageTree::blocks() { return source_->reader; }

ImageTree::ImageTree() = default;
ImageTree::~ImageTree() = default;

Result<Ref<ImageTree>> ImageTree::open(const ImageRequest& request) {
    auto file = make_ref<HostFile>(make_ref<HostTree>(request.host_mount), request.file, abi::kFileRead);
    TRY(file->hold());
    std::optional<storage::image::ImageCipher> cipher;
    const abi::MeasuredImage& measured = request.measured;
    if (measured.encrypted) {
        if (!request.key) return err(Errno::Einval);
        cipher.emplace(*request.key, measured.salt);
    }
    auto tree = Ref<ImageTree>::adopt(*new ImageTree);
    tree->source_ = std::make_unique<HostBlocks>(file);
    auto blocks = TRY(storage::image::VerifiedBlocks::make(
        *tree->source_, {measured.root_hash, measured.blocks}, std::move(cipher), kCacheBlocks));
    tree->reader_ = TRY(storage::image::ImageReader::open(std::move(blocks)));
    return tree;
}

// Paths are asked for below the same directories again and again: their numbers are kept.
Result<u64> ImageTree::directory(std::string_view path) {
    auto known = directories_.find(path);
    if (known != directories_.end()) return known->second;
    u64 number = reader_->root();
    for (std::string_view rest = path; !rest.empty();) {
        const std::string_view name = rest.substr(0, rest.find('/'));
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
        number = TRY(reader_->lookup(TRY(reader_->node(number)), name));
    }
    if (directories_.size() >= kMostDirectories) directories_.clear();
    directories_.emplace(std::string(path), number);
    return number;
}

Result<ImageNode> ImageTree::node(std::string_view path) {
    if (path.empty()) return reader_->node(reader_->root());
    const size_t slash = path.rfind('/');
    const bool at_root = slash == std::string_view::npos;
    const std::string_view name = at_root ? path : path.substr(slash + 1);
    if (path.size() >= kPathLimit || name.size() > storage::image::kMostName) return err(Errno::Enametoolong);
    const u64 parent = TRY(directory(at_root ? std::string_view() : path.substr(0, slash)));
    return reader_->node(TRY(reader_->lookup(TRY(reader_->node(parent)), name)));
}

Result<Attributes> ImageTree::stat(std::string_view path) {
    const ImageNode node = TRY(this->node(path));
    if (!known_type(node.mode) || node.size > kMaxFileSize) return err(Errno::Eio);
    const TimeSpec modified{.seconds = node.modified_s, .nanoseconds = node.modified_ns};
    const u32 type = node.mode & kTypeMask;
    const bool device = type == kTypeCharacter || type == kTypeBlock;
    return Attributes{.inode = node.number + kFirstNumber,
                      .mode = node.mode,
                      .links = node.links,
                      .uid = node.uid,
                      .gid = node.gid,
                      .rdev = device ? u64{node.start} : 0,
                      .size = node.size,
                      .blocks = page_up(node.size) / 512,
                      .accessed = modified,
                      .modified = modified,
                      .changed = modified,
                      .born = modified};
}

void ImageTree::ask_ahead(Foresight what, std::string_view where) {
    const Ref<ImageTree> self(*this);
    const std::string path(where);
    blocks().ahead([&]() -> Result<void> {
        if (what == Foresight::Names) {
            TRY(list(path));
        } else if (what == Foresight::Link) {
            TRY(read_link(path));
        } else {
            TRY(stat(path));
            stored_code(TRY(node(path)));
        }
        return {};
    });
}

Result<std::string> ImageTree::read_link(std::string_view path) {
    return reader_->read_link(TRY(node(path)));
}

Result<std::vector<enclave::HostDirEntry>> ImageTree::list(std::string_view path) {
    NameList names;
    TRY(reader_->list(TRY(node(path)), names));
    return std::move(names.all);
}

Result<Ref<PageSource>> ImageTree::contents(std::string_view path) {
    const ImageNode file = TRY(node(path));
    return Ref<PageSource>(make_ref<ImageFile>(Ref<ImageTree>(*this), file));
}

Result<std::map<std::string, std::string, std::less<>>> ImageTree::xattrs(std::string_view path) {
    std::map<std::string, std::string, std::less<>> all;
    for (auto& [name, value] : TRY(reader_->xattrs(TRY(node(path)))))
        if (name != abi::kStoredCodeXattr) all.emplace(name, std::move(value));
    return all;
}

std::optional<StoredCode> ImageTree::stored_code(const ImageNode& file) {
    const auto xattrs = reader_->xattrs(file);
    if (!xattrs) return {};
    const auto found = xattrs->find(abi::kStoredCodeXattr);
    if (found == xattrs->end()) return {};
    std::array<u8, abi::kStoredCodeSize> words{};
    if (found->second.size() != words.size()) return {};
    std::ranges::transform(found->second, words.begin(), [](char c) { return static_cast<u8>(c); });
    const auto name = std::to_string(storage::load<u32>(words, 0));
    const auto archive = node(std::string(abi::kStoredCodeFolder) + "/" + name);
    if (!archive) return {};
    const u64 home = storage::load<u32>(words, 4), size = storage::load<u32>(words, 8);
    return StoredCode{Ref<PageSource>(make_ref<ImageFile>(Ref<ImageTree>(*this), *archive)), home, size};
}

}  // namespace occlum::kernel
