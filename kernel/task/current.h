// The running task and its process.
#pragma once

namespace occlum::kernel {

class Task;
class Process;

Task& current_task();
Process& current_process();

}  // namespace occlum::kernel
