// /proc/<pid>/oom_*: who would go first if memory ran out. It is kept and inherited; nobody is ever chosen,
// for what cannot be had is ENOMEM here.
#include <algorithm>
#include <charconv>

#include "kernel/fs/proc/process_files.h"
#include "kernel/task/current.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/process.h"

namespace occlum::kernel {
namespace {

constexpr i32 kMost = 1000;
// Of the older file, whose numbers end here.
constexpr i32 kOldDisabled = -17, kOldMost = 15;

Result<i32> number_in(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\n";
    const size_t first = std::min(text.find_first_not_of(kBlanks), text.size());
    text = text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
    i32 number = 0;
    const auto [end, error] =
        std::from_chars(std::to_address(text.begin()), std::to_address(text.end()), number);
    if (error != std::errc() || end != std::to_address(text.end())) return err(Errno::Einval);
    return number;
}

// Who may not override limits cannot go below what was set for it.
Result<void> set(Process& process, i32 value) {
    const bool privileged = current_credentials().is_superuser();
    if (value < process.memory_rank.least && !privileged) return err(Errno::Eacces);
    process.memory_rank.value = value;
    if (privileged) process.memory_rank.least = value;
    return {};
}

}  // namespace

Result<std::string> process_oom_score_adj(const ProcSubject& subject) {
    return std::to_string(TRY(process_of(subject))->memory_rank.value) + "\n";
}

Result<void> set_process_oom_score_adj(const ProcSubject& subject, std::string_view text) {
    const Ref<Process> process = TRY(process_of(subject));
    const i32 value = TRY(number_in(text));
    if (value < -kMost || value > kMost) return err(Errno::Einval);
    return set(*process, value);
}

Result<std::string> process_oom_adj(const ProcSubject& subject) {
    const i32 value = TRY(process_of(subject))->memory_rank.value;
    return std::to_string(value == kMost ? kOldMost : value * -kOldDisabled / kMost) + "\n";
}

Result<void> set_process_oom_adj(const ProcSubject& subject, std::string_view text) {
    const Ref<Process> process = TRY(process_of(subject));
    const i32 old = TRY(number_in(text));
    if (old < kOldDisabled || old > kOldMost) return err(Errno::Einval);
    return set(*process, old == kOldMost ? kMost : old * kMost / -kOldDisabled);
}

}  // namespace occlum::kernel
