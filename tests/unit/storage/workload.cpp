#include "tests/unit/storage/workload.h"

#include <cstdlib>

namespace occlum::storage::test {

u64 repetitions(const char* name, u64 otherwise) {
    const char* wanted = std::getenv(("STORAGE_" + std::string(name)).c_str());
    return wanted == nullptr ? otherwise : std::strtoull(wanted, nullptr, 10);
}

u64 Workload::some_directory() {
    u64 at = FileSystem::kRoot;
    for (u64 depth = below(3); depth > 0; --depth) {
        auto next = fs_.lookup(at, some_name());
        if (!next) break;
        auto attributes = fs_.attributes(*next);
        if (!attributes || !is_directory(attributes->mode)) break;
        at = *next;
    }
    return at;
}

// Also when that cannot be known.
bool Workload::is_folder(u64 in, const std::string& name) {
    auto child = fs_.lookup(in, name);
    if (!child) return child.error() != Errno::Enoent;
    auto attributes = fs_.attributes(*child);
    return !attributes || is_directory(attributes->mode);
}

void Workload::change_names() {
    u64 from = some_directory(), to = some_directory();
    std::string name = some_name(), other = some_name();
    NewNode node{.mode = kTypeRegular | 0600 | static_cast<u32>(below(64)),
                 .uid = static_cast<u32>(below(3)),
                 .gid = 1};
    switch (below(9)) {
        case 0:
        case 1:
            static_cast<void>(fs_.create(from, name, node));
            break;
        case 2:
            node.mode = kTypeDirectory | 0700;
            static_cast<void>(fs_.create(from, name, node));
            break;
        case 3:
            static_cast<void>(fs_.symlink(from, name, std::string(below(200) + 1, 'x'), node));
            break;
        case 4:
            if (auto target = fs_.lookup(from, name)) static_cast<void>(fs_.link(to, other, *target));
            break;
        case 5:
            static_cast<void>(fs_.unlink(from, name));
            break;
        case 6:
            static_cast<void>(fs_.rmdir(from, name));
            break;
        default:
            // A directory below itself would be the caller's mistake: only files move freely.
            if (!is_folder(from, name)) {
                u32 flags = below(3) == 0 && !is_folder(to, other) ? kRenameExchange : 0;
                static_cast<void>(fs_.rename(from, name, to, other, flags));
            } else if (from == to) {
                static_cast<void>(fs_.rename(from, name, to, other, 0));
            }
    }
}

void Workload::change_contents() {
    auto file = fs_.lookup(some_directory(), some_name());
    if (!file) return;
    u64 offset = below(4) == 0 ? below(u64{1} << 30) : below(40'000), size = below(30'000) + 1;
    switch (below(8)) {
        case 0:
            static_cast<void>(fs_.change(*file, {.size = below(50'000)}));
            break;
        case 1:
            static_cast<void>(fs_.allocate(*file, kAllocatePunch | kAllocateKeepSize, offset, size));
            break;
        case 2:
            static_cast<void>(fs_.allocate(*file, below(2) == 0 ? 0 : kAllocateZero, offset, size));
            break;
        case 3:
            static_cast<void>(fs_.set_xattr(*file, "user." + some_name(), std::string(below(3000), 'v'), 0));
            break;
        case 4:
            static_cast<void>(fs_.change(
                *file, {.mode = 0600 + static_cast<u32>(below(64)), .uid = static_cast<u32>(below(9))}));
            break;
        default: {
            // A write is whole up to such a border; a longer one is several.
            constexpr u64 kPiece = 256 << 10;
            std::vector<u8> bytes(std::min(size, kPiece - offset % kPiece));
            for (u8& byte : bytes) byte = static_cast<u8>(random_());
            static_cast<void>(fs_.write(*file, offset, bytes));
        }
    }
}

bool Workload::step() {
    u64 what = below(20);
    if (what == 0) {
        syncing_ = true;
        static_cast<void>(fs_.sync());
        syncing_ = false;
        return true;
    }
    if (what < 11)
        change_names();
    else
        change_contents();
    return false;
}

}  // namespace occlum::storage::test
