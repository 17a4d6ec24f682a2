// Dentries: names in the tree. A dentry holds its parent, its name and its inode (null: known not to exist).
#pragma once

#include <string>

#include "kernel/fs/inode.h"

namespace occlum::kernel {

class Dentry : public RefCounted {
public:
    Dentry(RefPtr<Dentry> parent, std::string name, Ref<Inode> inode)
        : parent_(std::move(parent)), name_(std::move(name)), inode_(std::move(inode)) {}

    RefPtr<Dentry> parent() const { return parent_; }  ///< null: a root
    const std::string& name() const { return name_; }
    Inode& inode() const { return *inode_; }

private:
    RefPtr<Dentry> parent_;
    std::string name_;
    Ref<Inode> inode_;
};

}  // namespace occlum::kernel
