#include "kernel/sched/way_back.h"

#include <utility>
#include <vector>

#include "kernel/sched/cpu.h"
#include "kernel/sched/long_call.h"

namespace occlum::kernel {

namespace {

struct Work {
    std::function<void()> call;
    const Task* by;  ///< null: it has ended
};

std::vector<Work>& waiting() {
    [[clang::no_destroy]] static std::vector<Work> all;
    return all;
}

}  // namespace

void on_way_back(std::function<void()> work) {
    if (!may_leave_lock()) return work();
    waiting().push_back({std::move(work), this_cpu().current});
}

bool has_work_on_way_back() { return !waiting().empty(); }

void do_work_on_way_back(const Task& current) {
    std::vector<Work> mine;
    std::erase_if(waiting(), [&](Work& one) {
        const bool take = !one.by || one.by == &current;
        if (take) mine.push_back(std::move(one));
        return take;
    });
    for (const Work& one : mine) one.call();
}

void disown_work_on_way_back(const Task& ending) {
    for (Work& one : waiting())
        if (one.by == &ending) one.by = nullptr;
}

void finish_work_on_way_back() {
    for (const Work& one : std::exchange(waiting(), {})) one.call();
}

}  // namespace occlum::kernel
