#include "kernel/task/memory_report.h"

#include <algorithm>

#include "enclave/page_budget.h"
#include "kernel/mm/domain.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/process.h"
#include "sfi/dialect.h"

namespace occlum::kernel {

MemoryReport memory_report() {
    const enclave::PageUse use = enclave::page_use();
    const u64 total = std::min(use.limit, sfi::kDomainSize);
    const u64 free = std::min(use.limit - std::min(use.committed, use.limit), total);
    const u64 available = std::min(free + domain_pool().kept_bytes(), total);
    u64 resident = 0;
    for (const auto& [pid, process] : pid_table().processes())
        if (process->memory) resident += process->memory->usage().resident_bytes;
    return {total, free, available, std::min(resident, total - free)};
}

}  // namespace occlum::kernel
