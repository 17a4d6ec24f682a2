// Texts and links of /proc/<pid>.
#pragma once

#include "kernel/fs/proc/proc_inode.h"

namespace occlum::kernel {

Result<std::string> process_stat(const ProcSubject& subject);
Result<std::string> process_status(const ProcSubject& subject);
Result<std::string> process_statm(const ProcSubject& subject);
Result<std::string> process_cmdline(const ProcSubject& subject);
Result<std::string> process_auxv(const ProcSubject& subject);
Result<std::string> process_comm(const ProcSubject& subject);
Result<void> set_process_comm(const ProcSubject& subject, std::string_view text);
// out_of_memory.cpp
Result<std::string> process_maps(const ProcSubject& subject);
Result<std::string> process_smaps(const ProcSubject& subject);
Result<std::string> process_environ(const ProcSubject& subject);
Result<std::string> process_io(const ProcSubject& subject);
Result<std::string> process_schedstat(const ProcSubject& subject);
Result<std::string> process_mounts(const ProcSubject& subject);
Result<std::string> process_mountinfo(const ProcSubject& subject);
Result<std::string> process_limits(const ProcSubject& subject);
Result<RefPtr<Dentry>> process_exe(const ProcSubject& subject);
Result<RefPtr<Dentry>> process_cwd(const ProcSubject& subject);
Result<RefPtr<Dentry>> process_root(const ProcSubject& subject);

}  // namespace occlum::kernel
