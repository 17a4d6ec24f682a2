// What `--profile` prints at the end.
#pragma once

#include <string>

namespace occlum::kernel {
class FsContext;
}

namespace occlum::kernel::profile {

/// Switches it on: before any program runs.
void start();
/// `names` finds the files /tmp/perf-PID.map.
std::string report(FsContext& names);

}  // namespace occlum::kernel::profile
