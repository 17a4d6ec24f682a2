// The task that these tests pretend to be.
#pragma once

#include "kernel/mm/address_space.h"

namespace occlum::kernel {

void set_current_space(RefPtr<AddressSpace> space);
extern int recoveries;  ///< calls of recover_tasks_of()

}  // namespace occlum::kernel
