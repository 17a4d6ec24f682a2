// Where in which program: what samples of guest code and of the LibOS are counted by. Under the kernel lock,
// but for count_libos_place().
#pragma once

#include <span>
#include <string>
#include <vector>

#include "kernel/fs/inode.h"
#include "kernel/profile/sample_table.h"

namespace occlum::kernel {
class Process;
class Task;
}  // namespace occlum::kernel

namespace occlum::kernel::profile {

/// What code comes from: a file, or the memory of one process.
struct CodeSource {
    RefPtr<Inode> inode;  ///< null: not a file
    u32 pid = 0;          ///< not a file: whose memory
    std::string name;
};

/// Sources that are too many are one, number 0.
inline constexpr size_t kMostSources = 1024;
inline constexpr u64 kPlaceBits = 48;

/// A key of the sample table: the source's number + 1 above, the offset in the file or the address below.
constexpr u64 place_key(u64 source, u64 offset) {
    return (source + 1) << kPlaceBits | (offset & ((u64{1} << kPlaceBits) - 1));
}
constexpr u64 source_of(u64 key) { return (key >> kPlaceBits) - 1; }
constexpr u64 offset_of(u64 key) { return key & ((u64{1} << kPlaceBits) - 1); }

/// The task was in guest code: counts its exact place there.
void count_place(Task& task);
/// The LibOS was at this offset of its image.
void count_libos_place(u64 offset);

/// Below kPrograms.
u16 number_of_program(Process& process);

std::span<const CodeSource> code_sources();
std::span<const std::string> program_names();
const SampleTable& program_places();
const SampleTable& libos_places();

/// Makes the tables: before the first sample.
void prepare_places();

}  // namespace occlum::kernel::profile
