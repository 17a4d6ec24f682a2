#include "kernel/fs/proc/process_settings.h"

#include "kernel/fs/proc/text.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

constexpr std::string_view kBlanks = " \t\n\0";

/// A number in C's notation, and nothing else but blanks. EINVAL.
Result<i64> number_in(std::string_view text) {
    const size_t start = text.find_first_not_of(kBlanks);
    if (start == std::string_view::npos) return err(Errno::Einval);
    text = text.substr(start, text.find_last_not_of(kBlanks) + 1 - start);
    const bool negative = text.front() == '-';
    if (negative) text.remove_prefix(1);
    const bool hexadecimal = text.starts_with("0x");
    if (hexadecimal) text.remove_prefix(2);
    const i64 base = hexadecimal ? 16 : 10;
    constexpr size_t kMostDigits = 15;
    if (text.empty() || text.size() > kMostDigits) return err(Errno::Einval);
    i64 value = 0;
    for (const char c : text) {
        i64 digit = c - '0';
        if (hexadecimal && c >= 'a' && c <= 'f') digit = c - 'a' + 10;
        if (digit < 0 || digit >= base || (c > '9' && c < 'a')) return err(Errno::Einval);
        value = value * base + digit;
    }
    return negative ? -value : value;
}

/// Whose settings the caller may change. EPERM.
Result<Ref<Process>> own_process(const ProcSubject& subject) {
    Ref<Process> process = TRY(process_of(subject));
    const Credentials& who = current_credentials();
    if (process.get() != &current_process() && who.fsuid != process->credentials().euid &&
        !who.is_superuser())
        return err(Errno::Eperm);
    return process;
}

// The old scale, from -17 (never) to 15.
constexpr i32 kNever = -17, kOldMost = 15, kMostScore = 1000;

/// Who may not override limits cannot go below what was set for the process by one who may.
Result<void> change_kill_score(const ProcSubject& subject, i32 score) {
    KeptSettings& kept = TRY(own_process(subject))->kept;
    const bool privileged = current_credentials().has(Capability::Resource);
    if (score < kept.least_kill_score && !privileged) return err(Errno::Eacces);
    kept.kill_score = score;
    if (privileged) kept.least_kill_score = score;
    return {};
}

}  // namespace

Result<std::string> dumped_mappings(const ProcSubject& subject) {
    return hexadecimal(TRY(process_of(subject))->kept.dumped_mappings, 8) + "\n";
}
Result<void> set_dumped_mappings(const ProcSubject& subject, std::string_view text) {
    constexpr u32 kKnown = 0x1ff;
    const i64 value = TRY(number_in(text));
    TRY(own_process(subject))->kept.dumped_mappings = static_cast<u32>(value) & kKnown;
    return {};
}

Result<std::string> kill_score(const ProcSubject& subject) {
    return std::to_string(TRY(process_of(subject))->kept.kill_score) + "\n";
}
Result<void> set_kill_score(const ProcSubject& subject, std::string_view text) {
    const i64 score = TRY(number_in(text));
    if (score < -kMostScore || score > kMostScore) return err(Errno::Einval);
    return change_kill_score(subject, static_cast<i32>(score));
}
Result<std::string> old_kill_score(const ProcSubject& subject) {
    const i32 score = TRY(process_of(subject))->kept.kill_score;
    return std::to_string(score == kMostScore ? kOldMost : score * -kNever / kMostScore) + "\n";
}
Result<void> set_old_kill_score(const ProcSubject& subject, std::string_view text) {
    const i64 old = TRY(number_in(text));
    if (old < kNever || old > kOldMost) return err(Errno::Einval);
    const auto score = static_cast<i32>(old);
    return change_kill_score(subject, score == kOldMost ? kMostScore : score * kMostScore / -kNever);
}

Result<std::string> timer_slack(const ProcSubject& subject) {
    const RefPtr<Task> task = TRY(task_of(subject));
    return std::to_string(task ? task->timer_slack_ns : 0) + "\n";
}
Result<void> set_timer_slack_of(const ProcSubject& subject, std::string_view text) {
    constexpr u64 kDefault = 50'000;
    const i64 slack = TRY(number_in(text));
    TRY(own_process(subject));
    const RefPtr<Task> task = TRY(task_of(subject));
    if (slack < 0) return err(Errno::Einval);
    if (task) task->timer_slack_ns = slack == 0 ? kDefault : static_cast<u64>(slack);
    return {};
}

Result<std::string> login_uid(const ProcSubject& subject) {
    TRY(process_of(subject));
    return std::string("4294967295");
}
Result<void> keep_nothing(const ProcSubject&, std::string_view) { return {}; }

// Of the one user name space: every number is itself.
Result<std::string> identity_map(const ProcSubject& subject) {
    TRY(process_of(subject));
    return std::string("         0          0 4294967295\n");
}
Result<std::string> group_policy(const ProcSubject& subject) {
    TRY(process_of(subject));
    return std::string("allow\n");
}
Result<void> map_refused(const ProcSubject&, std::string_view) { return err(Errno::Eperm); }

Result<std::string> cpu_set(const ProcSubject& subject) {
    TRY(process_of(subject));
    return std::string("/\n");
}
Result<std::string> process_children(const ProcSubject& subject) {
    Ref<Process> process = TRY(process_of(subject));
    std::string text;
    for (const Process* child : process->children)
        if (subject.tid == 0 || child->parent_tid == subject.tid) text += std::to_string(child->pid) + " ";
    return text;
}
Result<std::string> process_timers(const ProcSubject& subject) {
    TRY(process_of(subject));
    return std::string();
}
Result<std::string> running(const ProcSubject& subject) {
    TRY(process_of(subject));
    return std::string("running\n");
}
Result<std::string> auto_group(const ProcSubject& subject) {
    return "/autogroup-" + std::to_string(TRY(process_of(subject))->session) + " nice 0\n";
}

// The sums of smaps' lines.
Result<std::string> smaps_rollup(const ProcSubject& subject) {
    Ref<Process> process = TRY(process_of(subject));
    const MemoryUsage memory = process->memory ? process->memory->usage() : MemoryUsage{};
    const auto line = [](std::string name, u64 bytes) {
        name.resize(16, ' ');
        return name + padded(bytes / 1024, 8) + " kB\n";
    };
    std::string text = "00400000-ffffffff ---p 00000000 00:00 0                                  [rollup]\n";
    text += line("Rss:", memory.resident_bytes) + line("Pss:", memory.resident_bytes);
    text += line("Shared_Clean:", 0) + line("Shared_Dirty:", 0) + line("Private_Clean:", 0);
    text += line("Private_Dirty:", memory.resident_bytes) + line("Referenced:", memory.resident_bytes);
    return text + line("Anonymous:", memory.resident_bytes) + line("Swap:", 0) + line("Locked:", 0);
}

}  // namespace occlum::kernel
