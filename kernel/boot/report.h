// --stats: what the run was made of.
#pragma once

#include <string>

namespace occlum::kernel {

std::string statistics_report();

}  // namespace occlum::kernel
