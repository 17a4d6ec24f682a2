// Finding the first program, as execvp(3) does.
#pragma once

#include <string>
#include <vector>

#include "kernel/fs/fs_context.h"

namespace occlum::kernel {

struct FoundProgram {
    Ref<OpenFile> file;
    std::string path;
};
/// `name` with a slash is a path; else the directories of PATH are searched. EACCES when one was there that
/// may not be executed, ENOENT when none was.
Result<FoundProgram> find_program(FsContext& fs, const Credentials& who, const std::string& name,
                                  const std::vector<std::string>& environment);

}  // namespace occlum::kernel
