// What the memory file system may be laid over: a tree that it only reads, by paths from its root ("" is the
// root itself, no component is "." or "..").
#pragma once

#include <map>

#include "enclave/host.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/memory/file_data.h"

namespace occlum::kernel {

/// Whether a file's mode, from somebody who may be wrong, has a type that there is.
constexpr bool known_type(u64 mode) {
    switch (mode & kTypeMask) {
        case kTypeRegular:
        case kTypeDirectory:
        case kTypeLink:
        case kTypeFifo:
        case kTypeSocket:
        case kTypeCharacter:
        case kTypeBlock:
            return true;
        default:
            return false;
    }
}

class LowerTree : public RefCounted {
public:
    virtual Result<Attributes> stat(std::string_view path) = 0;
    virtual Result<std::string> read_link(std::string_view path) = 0;
    /// All names of a directory. "." and ".." are not among them.
    virtual Result<std::vector<enclave::HostDirEntry>> list(std::string_view path) = 0;
    virtual Result<Ref<PageSource>> contents(std::string_view path) = 0;
    virtual Result<std::map<std::string, std::string, std::less<>>> xattrs(std::string_view) {
        return std::map<std::string, std::string, std::less<>>();
    }
    /// Asks for what stat() and xattrs() (Name), list() (Names) or read_link() (Link) of the path will say
    /// when it is called at once. Others may go on meanwhile: the caller holds the tree.
    virtual void ask_ahead(Foresight, std::string_view) {}
    /// Nobody changes it while it is mounted.
    virtual bool constant() const { return false; }
};

}  // namespace occlum::kernel
