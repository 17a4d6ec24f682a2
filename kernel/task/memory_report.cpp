#include "kernel/task/memory_report.h"

#include <algorithm>

#include "enclave/page_budget.h"
#include "kernel/mm/domain.h"
#include "kernel/task/current.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/process.h"
#include "sfi/dialect.h"

namespace occlum::kernel {
namespace {

u64 filled(const Process& process) { return process.memory ? process.memory->usage().resident_bytes : 0; }

}  // namespace

MemoryReport memory_report() {
    const enclave::PageUse use = enclave::page_use();
    const u64 total = std::min(use.limit, sfi::kDomainSize);
    // A process cannot have more than its domain: what the asking one fills of it is not free.
    const u64 left = total - std::min(filled(current_process()), total);
    const u64 free = std::min(use.limit - std::min(use.committed, use.limit), left);
    const u64 available = std::min(free + domain_pool().kept_bytes(), left);
    u64 resident = 0;
    for (const auto& [pid, process] : pid_table().processes()) resident += filled(*process);
    return {total, free, available, std::min(resident, total - free)};
}

}  // namespace occlum::kernel
