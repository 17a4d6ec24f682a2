// Texts of /proc/<pid> that can be written, and small ones; name spaces.
#pragma once

#include "kernel/fs/proc/proc_inode.h"

namespace occlum::kernel {

Result<std::string> dumped_mappings(const ProcSubject& subject);
Result<void> set_dumped_mappings(const ProcSubject& subject, std::string_view text);
Result<std::string> kill_score(const ProcSubject& subject);
Result<void> set_kill_score(const ProcSubject& subject, std::string_view text);
Result<std::string> old_kill_score(const ProcSubject& subject);
Result<void> set_old_kill_score(const ProcSubject& subject, std::string_view text);
Result<std::string> timer_slack(const ProcSubject& subject);
Result<void> set_timer_slack_of(const ProcSubject& subject, std::string_view text);
Result<std::string> login_uid(const ProcSubject& subject);
Result<void> keep_nothing(const ProcSubject& subject, std::string_view text);
Result<std::string> identity_map(const ProcSubject& subject);
Result<std::string> group_policy(const ProcSubject& subject);
Result<void> map_refused(const ProcSubject& subject, std::string_view text);  ///< EPERM
Result<std::string> cpu_set(const ProcSubject& subject);
Result<std::string> process_children(const ProcSubject& subject);
Result<std::string> process_timers(const ProcSubject& subject);
Result<std::string> running(const ProcSubject& subject);
Result<std::string> auto_group(const ProcSubject& subject);
Result<std::string> smaps_rollup(const ProcSubject& subject);

Ref<Inode> name_space_directory(const ProcSubject& subject);

}  // namespace occlum::kernel
