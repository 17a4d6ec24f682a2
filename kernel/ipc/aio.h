// io_setup(2)'s contexts: completions that wait to be fetched. Requests are done when they are submitted, as
// Linux does them for files whose pages it has.
#pragma once

#include <deque>
#include <map>

#include "base/ref.h"
#include "base/result.h"
#include "kernel/sched/wait_queue.h"

namespace occlum::kernel {

struct AioEvent {
    u64 data, request;
    i64 result, result2;
};

class AioContext : public RefCounted {
public:
    AioContext(u64 owner, u32 capacity) : owner(owner), capacity(capacity) {}
    const u64 owner;  ///< the address space's number
    const u32 capacity;
    std::deque<AioEvent> done;
    WaitQueue changed;
    bool destroyed = false;
};

/// By the address space and the address of its (unused) ring.
std::map<std::pair<u64, u64>, Ref<AioContext>>& aio_contexts();

}  // namespace occlum::kernel
