// The running task and its process.
#pragma once

namespace occlum::kernel {

class Task;
class Process;
struct Credentials;

Task& current_task();
Process& current_process();
const Credentials& current_credentials();  ///< last until the task itself changes them
/// Gives the current task these, with what else follows from the change.
void change_credentials(Credentials changed);

}  // namespace occlum::kernel
