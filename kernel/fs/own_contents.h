// The turn for a file's contents and, with it, leave to wait for the host without the kernel lock. Neither
// where changes of contents take no turns: there nothing may leave the lock half way.
#pragma once

#include <optional>

#include "kernel/fs/inode.h"
#include "kernel/sched/turn.h"

namespace occlum::kernel {

class OwnContents {
public:
    explicit OwnContents(Inode& inode) : turn_(inode.contents_turn()) {
        if (inode.contents_turn() != nullptr) others_may_.emplace();
    }

private:
    OwnTurn turn_;
    std::optional<LongCalls> others_may_;
};

}  // namespace occlum::kernel
