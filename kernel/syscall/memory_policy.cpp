// numa(7) on a machine of one node: policies are checked and kept, pages are where they are.
#include "kernel/syscall/handlers.h"
#include "kernel/task/pid_fd.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

constexpr u64 kOnlyNode = 1;  // as a set
enum Mode : u32 { kDefault, kPreferred, kBind, kInterleave, kLocal, kPreferredMany };
constexpr u32 kStaticNodes = 1 << 15, kRelativeNodes = 1 << 14;
constexpr u32 kModeFlags = kStaticNodes | kRelativeNodes;
constexpr u32 kStrict = 1, kMove = 2, kMoveAll = 4;

// A set of nodes, as long as the caller says, plus one.
Result<u64> nodes_argument(u64 address, u64 bits) {
    constexpr u64 kMostBits = kPageSize * 8;
    if (bits <= 1 || address == 0) return u64{0};
    --bits;
    if (bits > kMostBits) return err(Errno::Einval);
    u64 nodes = 0;
    for (u64 word = 0; word * 64 < bits; ++word) {
        u64 value = TRY(read_user(UserIn<u64>{{address + word * 8}}));
        const u64 left = bits - word * 64;
        if (left < 64) value &= (u64{1} << left) - 1;
        if (word == 0)
            nodes = value;
        else if (value != 0)
            return err(Errno::Einval);
    }
    return nodes;
}

Result<void> give_nodes(u64 address, u64 bits, u64 nodes) {
    const u64 bytes = (bits - 1 + 63) / 64 * 8;
    if (bytes > kPageSize) return err(Errno::Einval);
    if (bytes == 0) return {};
    if (bytes > 8) TRY(fill_user({address + 8}, 0, bytes - 8));
    return write_user(UserOut<u64>{{address}}, nodes);
}

Result<MemoryPolicy> policy_argument(u64 mode_and_flags, u64 address, u64 bits) {
    const u32 mode = as_u32(mode_and_flags) & ~kModeFlags, flags = as_u32(mode_and_flags) & kModeFlags;
    if (mode > kPreferredMany || flags == kModeFlags) return err(Errno::Einval);
    const u64 nodes = TRY(nodes_argument(address, bits));
    if (mode == kDefault || mode == kLocal) {
        if (nodes != 0 || (mode == kLocal && flags != 0)) return err(Errno::Einval);
        return MemoryPolicy{mode == kDefault ? u32{kDefault} : mode, 0};
    }
    if (nodes == 0) {
        if (mode != kPreferred || flags != 0) return err(Errno::Einval);
        return MemoryPolicy{kLocal, 0};
    }
    if ((nodes & kOnlyNode) == 0) return err(Errno::Einval);
    return MemoryPolicy{mode | flags, nodes & kOnlyNode};
}

Result<Ref<Process>> process_argument(u64 pid) {
    if (as_u32(pid) == 0) return Ref<Process>(current_process());
    const auto task = pid_table().task(as_u32(pid));
    if (!task || !task->process().memory) return err(Errno::Esrch);
    TRY(check_inspection(*task, AccessBy::RealNumbers));
    return Ref<Process>(task->process());
}

Result<void> check_move_all(u32 flags) {
    if ((flags & kMoveAll) != 0 && !current_credentials().has(Capability::Nice)) return err(Errno::Eperm);
    return {};
}

// Where a page is: the node, or why there is none.
i32 page_status(const AddressSpace& space, u64 address) {
    const auto resident = space.resident({page_down(address)}, kPageSize);
    if (!resident) return -static_cast<i32>(Errno::Efault);
    return (*resident)[0] != 0 ? 0 : -static_cast<i32>(Errno::Enoent);
}

}  // namespace

Result<u64> sys_set_mempolicy(const SyscallArgs& args) {
    current_task().memory_policy = TRY(policy_argument(args[0], args[1], args[2]));
    return u64{0};
}

Result<u64> sys_get_mempolicy(const SyscallArgs& args) {
    constexpr u64 kNode = 1, kAddress = 2, kAllowed = 4;
    const auto [mode, nodes, bits, address, flags, unused] = args;
    const MemoryPolicy& policy = current_task().memory_policy;
    if ((flags & ~(kNode | kAddress | kAllowed)) != 0 || (nodes != 0 && bits < 1)) return err(Errno::Einval);
    if ((flags & kAllowed) != 0) {
        if ((flags & (kNode | kAddress)) != 0) return err(Errno::Einval);
        if (mode != 0) TRY(write_user(UserOut<u32>{{mode}}, 0u));
        if (nodes != 0) TRY(give_nodes(nodes, bits, kOnlyNode));
        return u64{0};
    }
    u32 value = policy.mode;
    if ((flags & kAddress) != 0) {
        if (!current_address_space().resident({page_down(address)}, kPageSize)) return err(Errno::Efault);
        value = (flags & kNode) != 0 ? 0 : u32{kDefault};
    } else if (address != 0) {
        return err(Errno::Einval);
    } else if ((flags & kNode) != 0) {
        if ((policy.mode & ~kModeFlags) != kInterleave) return err(Errno::Einval);
        value = 0;
    }
    if (mode != 0) TRY(write_user(UserOut<u32>{{mode}}, value));
    if (nodes != 0) TRY(give_nodes(nodes, bits, (flags & kAddress) != 0 ? 0 : policy.nodes));
    return u64{0};
}

Result<u64> sys_mbind(const SyscallArgs& args) {
    const auto [start, size, mode, nodes, bits, flags] = args;
    if ((as_u32(flags) & ~(kStrict | kMove | kMoveAll)) != 0) return err(Errno::Einval);
    TRY(check_move_all(as_u32(flags)));
    if (!page_aligned(start)) return err(Errno::Einval);
    TRY(policy_argument(mode, nodes, bits));
    const u64 end = start + page_up(size);
    if (end < start) return err(Errno::Einval);
    if (end == start) return u64{0};
    if (!current_address_space().resident({start}, end - start)) return err(Errno::Efault);
    return u64{0};
}

Result<u64> sys_migrate_pages(const SyscallArgs& args) {
    TRY(nodes_argument(args[2], args[1]));
    const u64 to = TRY(nodes_argument(args[3], args[1]));
    TRY(process_argument(args[0]));
    if ((to & ~kOnlyNode) != 0 || to == 0) return err(Errno::Einval);
    return u64{0};
}

Result<u64> sys_move_pages(const SyscallArgs& args) {
    const auto [pid, count, pages, nodes, status, flags] = args;
    if ((as_u32(flags) & ~(kMove | kMoveAll)) != 0) return err(Errno::Einval);
    TRY(check_move_all(as_u32(flags)));
    const Ref<Process> process = TRY(process_argument(pid));
    const Ref<AddressSpace> space(*process->memory);
    for (u64 i = 0; i < count; ++i) {
        const u64 page = TRY(read_user(UserIn<u64>{{pages + i * sizeof(u64)}}));
        if (nodes != 0 && TRY(read_user(UserIn<i32>{{nodes + i * sizeof(i32)}})) != 0)
            return err(Errno::Enodev);
        TRY(write_user(UserOut<i32>{{status + i * sizeof(i32)}}, page_status(*space, page)));
    }
    return u64{0};
}

}  // namespace occlum::kernel
