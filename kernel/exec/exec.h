// Program loading: ELF (ET_EXEC, ET_DYN static or with an interpreter) and #! scripts, to a fresh address
// space and the first context.
#pragma once

#include <string>
#include <vector>

#include "kernel/fs/fs_context.h"
#include "kernel/mm/address_space.h"
#include "sfi/gate/gate.h"

namespace occlum::kernel {

struct LoadedProgram {
    Ref<AddressSpace> memory;
    sfi::GuestContext context;            ///< rip, rsp at the entry, as the System V ABI wants them
    Ref<OpenFile> executable;             ///< for /proc/self/exe
    std::string name;                     ///< comm, at most 15 bytes
    std::vector<u8> command_line;         ///< NUL-separated, for /proc/self/cmdline
    std::vector<u8> environment;          ///< the same, for /proc/self/environ
    std::vector<u8> auxiliary;            ///< for /proc/self/auxv
    std::optional<u32> set_uid, set_gid;  ///< from the file's mode bits
};

/// Errors as execve(2): ENOENT, EACCES, ENOEXEC, ELOOP, E2BIG, ENOMEM, EINVAL. The caller's address space is
/// not touched. The new one is settled and has `limits`; vector registers are the caller's to reset.
Result<LoadedProgram> load_program(FsContext& fs, const Credentials& who, Ref<OpenFile> file,
                                   std::string_view path, std::vector<std::string> arguments,
                                   std::vector<std::string> environment,
                                   const AddressSpace::Limits& limits = {});

}  // namespace occlum::kernel
