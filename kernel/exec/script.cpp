#include "kernel/exec/script.h"

#include <string_view>

namespace occlum::kernel {

Result<std::optional<ScriptLine>> read_script_line(std::span<const u8> start) {
    if (start.size() < 2 || start[0] != '#' || start[1] != '!') return std::nullopt;
    std::string text(start.begin() + 2, start.end());
    const size_t newline = text.find('\n');
    // Without a newline the line may go on: it is enough when the interpreter's name is seen to end.
    const bool cut = newline == std::string::npos && start.size() == kScriptLineSize;
    const std::string_view line = std::string_view(text).substr(0, newline);
    constexpr std::string_view kBlank = " \t";
    const size_t name = line.find_first_not_of(kBlank);
    if (name == std::string_view::npos || line[name] == '\0') return err(Errno::Enoexec);
    size_t name_end = line.find_first_of(std::string_view(" \t\0", 3), name);
    if (name_end == std::string_view::npos) {
        if (cut) return err(Errno::Enoexec);
        name_end = line.size();
    }
    ScriptLine answer{.interpreter = std::string(line.substr(name, name_end - name)),
                      .argument = std::nullopt};
    const std::string_view rest = line.substr(name_end, line.find('\0', name_end) - name_end);
    const size_t first = rest.find_first_not_of(kBlank);
    if (first != std::string_view::npos)
        answer.argument = std::string(rest.substr(first, rest.find_last_not_of(kBlank) - first + 1));
    return answer;
}

}  // namespace occlum::kernel
