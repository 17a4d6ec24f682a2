// Calls that are answered without the kernel lock, as between two stretches of guest code: they ask for what
// only the task itself ever changes (its ids), or for the time.
#pragma once

namespace occlum::kernel {

class Task;

/// Whether answer_own_call() may be used for the task: nobody watches its calls.
bool may_answer_own_calls(const Task& task);

/// Like handle_system_call(), of a task that counts as in guest code. False: the call wants more, and nothing
/// was done.
bool answer_own_call(Task& task);

}  // namespace occlum::kernel
