// /proc/sys: what a system can be set to. Each line of the table is a file; some are consulted by the kernel,
// some are made of its state, and the rest is kept, without effect.
#pragma once

#include "kernel/fs/proc/proc_inode.h"

namespace occlum::kernel {

/// Settings that count.
enum class Setting : u8 {
    None,
    LeaseBreakTime,        ///< seconds
    PipeMaxSize,           ///< bytes, for the unprivileged
    NotifyInstances,       ///< for each user
    NotifyEvents,          ///< waiting in one instance
    NotifyWatches,         ///< in one instance
    QueuesMax,             ///< POSIX message queues
    QueueMessagesMax,      ///< in one, for the unprivileged
    QueueMessageSizeMax,   ///< bytes, for the unprivileged
    QueueMessagesDefault,  ///< where mq_open(3) does not say
    QueueMessageSizeDefault,
    SegmentSizeMax,  ///< System V shared memory, bytes
    SegmentsMax,
    SysvQueueMessageMax,  ///< System V messages, bytes
    SysvQueueBytes,       ///< in a new queue
    SysvQueuesMax,
    SemaphoreLimits,  ///< SEMMSL, SEMMNS, SEMOPM, SEMMNI
};

/// A number of a setting.
u64 setting(Setting which, size_t field = 0);

Ref<Inode> settings_directory(const ProcSubject& subject);

}  // namespace occlum::kernel
