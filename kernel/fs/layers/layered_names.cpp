// Listings of layered directories.
#include "kernel/fs/layers/layered_directory.h"

namespace occlum::kernel {
namespace {

// Cookies of names that are only above.
constexpr u64 kAbove = u64{1} << 62;
constexpr u8 kCharacterEntry = 2;

class CountNames final : public DirectorySink {
public:
    bool take(const DirectoryEntry&) override {
        any = true;
        return false;
    }
    bool any = false;
};

class CollectNames final : public storage::NameSink {
public:
    bool take(const storage::Name& name) override {
        names.emplace_back(name.name);
        return true;
    }
    std::vector<std::string> names;
};

/// Passes on some of a directory's names; `result` says what ended it early.
class Filter : public DirectorySink {
public:
    Filter(LayeredDirectory& directory, DirectorySink& sink) : directory_(directory), sink_(sink) {}
    Result<void> result;

protected:
    bool fail(Errno error) {
        result = err(error);
        return false;
    }
    LayeredDirectory& directory_;
    DirectorySink& sink_;
};

}  // namespace

/// Passes on what is visible of the lower directory.
class LowerNames final : public Filter {
public:
    using Filter::Filter;
    bool take(const DirectoryEntry& entry) override {
        DirectoryEntry shown = entry;
        shown.inode = LayeredFileSystem::number_below(entry.inode);
        Result<LayeredDirectory::Entry> above = directory_.entry_above(entry.name);
        if (!above) return fail(above.error());
        if (above->whiteout) return true;
        if (above->number != 0) {
            Result<storage::Attributes> now = directory_.fs_->files().attributes(above->number);
            if (!now) return fail(now.error());
            shown.inode = directory_.fs_->number_above(above->number);
            shown.type = static_cast<u8>((now->mode & kTypeMask) >> 12);
        }
        stopped = !sink_.take(shown);
        return !stopped;
    }
    bool stopped = false;
};

/// Passes on what the lower directory does not have.
class UpperNames final : public Filter {
public:
    using Filter::Filter;
    bool take(const DirectoryEntry& entry) override {
        Result<bool> below = directory_.is_below(entry.name);
        if (!below) return fail(below.error());
        if (*below) return true;
        if (entry.type == kCharacterEntry) {
            Result<LayeredDirectory::Entry> above = directory_.entry_above(entry.name);
            if (!above) return fail(above.error());
            if (above->whiteout) return true;
        }
        DirectoryEntry shown = entry;
        shown.inode = directory_.fs_->number_above(entry.inode);
        shown.next_cookie = entry.next_cookie | kAbove;
        return sink_.take(shown);
    }
};

Result<void> LayeredDirectory::read_directory(u64 cookie, DirectorySink& sink) {
    if (nameless_) return err(Errno::Enoent);
    if (below_ && (cookie & kAbove) == 0) {
        LowerNames names(*this, sink);
        TRY(below_->read_directory(cookie, names));
        TRY(names.result);
        if (names.stopped) return {};
        cookie = 0;
    }
    if (!above_) return {};
    UpperNames names(*this, sink);
    TRY(above_->read_directory(cookie & ~kAbove, names));
    return names.result;
}

Result<void> LayeredDirectory::must_be_empty() {
    CountNames count;
    TRY(read_directory(0, count));
    return count.any ? err(Errno::Enotempty) : Result<void>();
}

Result<u32> LayeredDirectory::count_links(u32 above) {
    const u32 lower = TRY(below_->attributes()).links;
    // Where the lower side does not count, 1 says so to those who would rely on it.
    if (lower < 2) return 1;
    if (lower > 2 && !hidden_) {
        CollectNames all;
        TRY(fs_->files().list(above_->number(), 0, all));
        u32 hidden = 0;
        for (const std::string& name : all.names) {
            Result<Ref<Inode>> found = below_->lookup(name);
            if (!found && found.error() != Errno::Enoent) return err(found.error());
            if (found && (*found)->is_directory()) ++hidden;
        }
        hidden_ = hidden;
    }
    const u32 hidden = lower > 2 ? hidden_.value_or(0) : 0;
    return above + (lower - 2 > hidden ? lower - 2 - hidden : 0);
}

// All that is left in a directory that shows nothing.
Result<void> LayeredDirectory::clear_whiteouts() {
    if (!above_) return {};
    CollectNames all;
    TRY(fs_->files().list(above_->number(), 0, all));
    for (const std::string& name : all.names) TRY(clear_whiteout(name));
    return {};
}

}  // namespace occlum::kernel
