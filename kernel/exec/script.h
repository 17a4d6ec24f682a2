// "#!" lines.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/result.h"

namespace occlum::kernel {

struct ScriptLine {
    std::string interpreter;
    std::optional<std::string> argument;
};

/// What Linux looks at of a file's start.
inline constexpr size_t kScriptLineSize = 256;

/// From the file's first bytes (at most kScriptLineSize). Nothing: not a script. ENOEXEC: no interpreter, or
/// its name is cut off.
Result<std::optional<ScriptLine>> read_script_line(std::span<const u8> start);

}  // namespace occlum::kernel
