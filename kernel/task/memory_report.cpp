#include "kernel/task/memory_report.h"

#include <algorithm>

#include "kernel/task/pid_table.h"
#include "kernel/task/process.h"

namespace occlum::kernel {

u64 reported_memory_use() {
    u64 used = 0;
    for (const auto& [pid, process] : pid_table().processes())
        if (process->memory) used += process->memory->usage().resident_bytes;
    return std::min(used, kReportedMemory / 2);
}

}  // namespace occlum::kernel
