#include "kernel/boot/find_program.h"

#include <string_view>

#include "kernel/fs/open_file.h"

namespace occlum::kernel {

namespace {

std::string_view search_path(const std::vector<std::string>& environment) {
    constexpr std::string_view kVariable = "PATH=";
    for (const std::string& entry : environment)
        if (entry.starts_with(kVariable)) return std::string_view(entry).substr(kVariable.size());
    return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

}  // namespace

Result<FoundProgram> find_program(FsContext& fs, const Credentials& who, const std::string& name,
                                  const std::vector<std::string>& environment) {
    if (name.empty()) return err(Errno::Enoent);
    if (name.contains('/')) return FoundProgram{TRY(open_executable(fs, who, name)), name};
    Errno reason = Errno::Enoent;
    std::string_view rest = search_path(environment);
    for (;;) {
        const size_t colon = rest.find(':');
        const std::string_view directory = rest.substr(0, colon);
        std::string path(directory.empty() ? std::string_view(".") : directory);
        path += '/';
        path += name;
        auto file = open_executable(fs, who, path);
        if (file) return FoundProgram{*file, path};
        if (file.error() == Errno::Eacces) reason = Errno::Eacces;
        if (colon == std::string_view::npos) return err(reason);
        rest.remove_prefix(colon + 1);
    }
}

}  // namespace occlum::kernel
