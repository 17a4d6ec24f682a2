#include "kernel/sched/errands.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "kernel/sched/cpu.h"
#include "kernel/sched/long_call.h"

namespace occlum::kernel {

namespace {

struct Errand {
    std::function<void()> run;
    const Task* by;  ///< null: it has ended
};

std::vector<Errand>& errands() {
    [[clang::no_destroy]] static std::vector<Errand> all;
    return all;
}

}  // namespace

void leave_errand(std::function<void()> errand) {
    if (!may_leave_lock()) return errand();
    errands().push_back({std::move(errand), this_cpu().current});
}

bool have_errands() { return !errands().empty(); }

void run_errands(const Task* current) {
    std::vector<std::function<void()>> mine;
    std::erase_if(errands(), [&](Errand& one) {
        const bool take = one.by == nullptr || one.by == current;
        if (take) mine.push_back(std::move(one.run));
        return take;
    });
    for (const std::function<void()>& errand : mine) errand();
}

void disown_errands(const Task& ending) {
    for (Errand& one : errands())
        if (one.by == &ending) one.by = nullptr;
}

void finish_errands() {
    for (const Errand& one : std::exchange(errands(), {})) one.run();
}

}  // namespace occlum::kernel
