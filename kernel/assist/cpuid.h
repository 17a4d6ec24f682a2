// What CPUID answers: one fixed x86-64-v3 processor, whatever the host's is, so that programs, their code
// paths and their translations are the same everywhere.
#pragma once

#include "base/types.h"

namespace occlum::kernel {

struct CpuidAnswer {
    u32 eax = 0, ebx = 0, ecx = 0, edx = 0;
    bool operator==(const CpuidAnswer&) const = default;
};

CpuidAnswer cpuid(u32 leaf, u32 subleaf);

}  // namespace occlum::kernel
