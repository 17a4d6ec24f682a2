// What a vCPU holds of the task that runs on it, apart from the vector registers.
#pragma once

namespace occlum::kernel {

class Task;

/// Domain, dispatch table and segment bases of `task`. When the domain changes, the scratch slots are
/// cleared: nothing of another process stays where guest code can read it.
void load_guest_state(Task& task);
/// Segment bases alone, after the task has changed them.
void load_segment_bases(Task& task);

}  // namespace occlum::kernel
