// The running task and its process.
#pragma once

namespace occlum::kernel {

class Task;
class Process;
class FdTable;
class FsContext;
struct Credentials;

Task& current_task();
Process& current_process();
FdTable& current_files();
FsContext& current_view();                 ///< of the file tree
const Credentials& current_credentials();  ///< last until the task itself changes them
/// Gives the current task these, with what else follows from the change.
void change_credentials(Credentials changed);

}  // namespace occlum::kernel
