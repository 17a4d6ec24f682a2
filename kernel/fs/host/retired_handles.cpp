#include "kernel/fs/host/retired_handles.h"

#include <utility>
#include <vector>

#include "enclave/host.h"
#include "kernel/sched/cpu.h"
#include "kernel/sched/long_call.h"

namespace occlum::kernel {

namespace {

struct Retired {
    u64 handle;
    const Task* by;  ///< null: it has ended
};

std::vector<Retired>& retired() {
    static std::vector<Retired> handles;
    return handles;
}

}  // namespace

void retire_handle(u64 handle) {
    // Before the first task runs nobody comes by.
    if (!may_leave_lock()) return enclave::file_close(handle);
    retired().push_back({handle, this_cpu().current});
}

bool have_retired_handles() { return !retired().empty(); }

void close_retired_handles(const Task& current) {
    std::vector<u64> mine;
    std::erase_if(retired(), [&](const Retired& one) {
        const bool take = !one.by || one.by == &current;
        if (take) mine.push_back(one.handle);
        return take;
    });
    if (mine.empty()) return;
    (void)without_lock([&] {
        for (const u64 handle : mine) enclave::file_close(handle);
        return true;
    });
}

void disown_retired_handles(const Task& ending) {
    for (Retired& one : retired())
        if (one.by == &ending) one.by = nullptr;
}

}  // namespace occlum::kernel
