// The callers' side of a running instance's socket.
#pragma once

#include <string>

#include "host/control/protocol.h"

namespace occlum::cli {

/// Fails when the instance does not run.
host::OwnedFd connect_instance(const std::string& verb, const std::string& directory);
/// Of a log, for messages.
std::string last_lines(const std::string& path);

}  // namespace occlum::cli
