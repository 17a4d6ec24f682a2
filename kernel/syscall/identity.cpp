// Who a task is: user and group numbers, capabilities.
#include <algorithm>

#include "kernel/syscall/handlers.h"
#include "kernel/task/lifecycle.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

constexpr u32 kUnchanged = ~u32{0};

/// One of the two number sets of Credentials, so that the rules are written once.
struct Numbers {
    u32& real;
    u32& effective;
    u32& saved;
    u32& file_system;
    bool privileged;

    bool is_own(u32 number) const { return number == real || number == effective || number == saved; }
    bool may_set(u32 number) const { return privileged || number == kUnchanged || is_own(number); }
};

Numbers user_numbers(Credentials& who) {
    return {who.uid, who.euid, who.suid, who.fsuid, who.has(Capability::SetUid)};
}
Numbers group_numbers(Credentials& who) {
    return {who.gid, who.egid, who.sgid, who.fsgid, who.has(Capability::SetGid)};
}

/// Before the current task becomes this user, unless it is that already.
void note_task_limit(u32 uid) {
    if (uid == current_credentials().uid) return;
    const u64 limit = current_process().limits.of(Resource::Processes).soft;
    current_task().over_task_limit = uid != 0 && limit != kUnlimited && tasks_of_user(uid) > limit;
}

/// Runs one of the calls below on a copy, which holds only when it succeeds.
template <typename Select, typename Change>
Result<u64> change_numbers(Select select, Change change) {
    const Credentials& old = current_credentials();
    Credentials changed = old;
    TRY(change(select(changed)));
    changed.adjust_to_users(old);
    note_task_limit(changed.uid);
    change_credentials(std::move(changed));
    return 0;
}

Result<void> set_one(Numbers numbers, u32 number) {
    if (number == kUnchanged) return err(Errno::Einval);
    if (numbers.privileged)
        numbers.real = numbers.saved = number;
    else if (number != numbers.real && number != numbers.saved)
        return err(Errno::Eperm);
    numbers.effective = numbers.file_system = number;
    return {};
}

Result<void> set_two(Numbers numbers, u32 real, u32 effective) {
    if (!numbers.privileged) {
        if (real != kUnchanged && real != numbers.real && real != numbers.effective) return err(Errno::Eperm);
        if (!numbers.may_set(effective)) return err(Errno::Eperm);
    }
    const u32 old_real = numbers.real;
    if (real != kUnchanged) numbers.real = real;
    if (effective != kUnchanged) numbers.effective = effective;
    if (real != kUnchanged || (effective != kUnchanged && effective != old_real))
        numbers.saved = numbers.effective;
    numbers.file_system = numbers.effective;
    return {};
}

Result<void> set_three(Numbers numbers, u32 real, u32 effective, u32 saved) {
    for (const u32 number : {real, effective, saved})
        if (!numbers.may_set(number)) return err(Errno::Eperm);
    if (real != kUnchanged) numbers.real = real;
    if (effective != kUnchanged) numbers.effective = effective;
    if (saved != kUnchanged) numbers.saved = saved;
    numbers.file_system = numbers.effective;
    return {};
}

Result<u64> get_three(const std::array<u32, 3>& numbers, const SyscallArgs& args) {
    for (size_t i = 0; i < numbers.size(); ++i) TRY(write_user(UserOut<u32>{GuestAddr{args[i]}}, numbers[i]));
    return 0;
}

/// setfsuid(2) reports no errors.
void set_file_system(const Numbers& numbers, u32 number) {
    if (number != kUnchanged && numbers.may_set(number)) numbers.file_system = number;
}

constexpr u32 kCapabilityVersion1 = 0x19980330, kCapabilityVersion2 = 0x20071026,
              kCapabilityVersion3 = 0x20080522;
struct CapabilityHeader {
    u32 version;
    i32 pid;
};
struct CapabilitySet {
    u32 effective, permitted, inheritable;
};

/// How many CapabilitySets the caller's version has; EINVAL (and ours stored) when it is unknown.
Result<size_t> capability_words(const CapabilityHeader& header, GuestAddr where) {
    if (header.version == kCapabilityVersion1) return 1;
    if (header.version == kCapabilityVersion2 || header.version == kCapabilityVersion3) return 2;
    TRY(write_user(UserOut<u32>{where}, kCapabilityVersion3));
    return err(Errno::Einval);
}

/// Of a thread, or of a process whose first thread has ended; 0: the caller.
Result<Ref<const SharedCredentials>> credentials_by_number(u32 number) {
    if (number == 0) return current_task().shared_credentials();
    if (const auto task = pid_table().task(number)) return task->shared_credentials();
    if (const auto process = pid_table().process(number)) return process->shared_credentials();
    return err(Errno::Esrch);
}

}  // namespace

Result<u64> sys_getuid(const SyscallArgs&) { return u64{current_credentials().uid}; }
Result<u64> sys_geteuid(const SyscallArgs&) { return u64{current_credentials().euid}; }
Result<u64> sys_getgid(const SyscallArgs&) { return u64{current_credentials().gid}; }
Result<u64> sys_getegid(const SyscallArgs&) { return u64{current_credentials().egid}; }

Result<u64> sys_setuid(const SyscallArgs& args) {
    return change_numbers(user_numbers, [&](Numbers users) { return set_one(users, as_u32(args[0])); });
}
Result<u64> sys_setgid(const SyscallArgs& args) {
    return change_numbers(group_numbers, [&](Numbers groups) { return set_one(groups, as_u32(args[0])); });
}
Result<u64> sys_setreuid(const SyscallArgs& args) {
    return change_numbers(user_numbers,
                          [&](Numbers users) { return set_two(users, as_u32(args[0]), as_u32(args[1])); });
}
Result<u64> sys_setregid(const SyscallArgs& args) {
    return change_numbers(group_numbers,
                          [&](Numbers groups) { return set_two(groups, as_u32(args[0]), as_u32(args[1])); });
}
Result<u64> sys_setresuid(const SyscallArgs& args) {
    return change_numbers(user_numbers, [&](Numbers users) {
        return set_three(users, as_u32(args[0]), as_u32(args[1]), as_u32(args[2]));
    });
}
Result<u64> sys_setresgid(const SyscallArgs& args) {
    return change_numbers(group_numbers, [&](Numbers groups) {
        return set_three(groups, as_u32(args[0]), as_u32(args[1]), as_u32(args[2]));
    });
}
Result<u64> sys_getresuid(const SyscallArgs& args) {
    const Credentials& who = current_credentials();
    return get_three({who.uid, who.euid, who.suid}, args);
}
Result<u64> sys_getresgid(const SyscallArgs& args) {
    const Credentials& who = current_credentials();
    return get_three({who.gid, who.egid, who.sgid}, args);
}

Result<u64> sys_setfsuid(const SyscallArgs& args) {
    const u32 old = current_credentials().fsuid;
    Credentials changed = current_credentials();
    set_file_system(user_numbers(changed), as_u32(args[0]));
    changed.adjust_to_file_system_user(old);
    if (changed.fsuid != old) change_credentials(std::move(changed));
    return old;
}
Result<u64> sys_setfsgid(const SyscallArgs& args) {
    const u32 old = current_credentials().fsgid;
    Credentials changed = current_credentials();
    set_file_system(group_numbers(changed), as_u32(args[0]));
    if (changed.fsgid != old) change_credentials(std::move(changed));
    return old;
}

Result<u64> sys_getgroups(const SyscallArgs& args) {
    const auto& groups = current_credentials().groups;
    const i32 room = as_int(args[0]);
    if (room < 0) return err(Errno::Einval);
    if (room == 0) return groups.size();
    if (static_cast<size_t>(room) < groups.size()) return err(Errno::Einval);
    GuestAddr where{args[1]};
    for (const u32 group : groups) {
        TRY(write_user(UserOut<u32>{where}, group));
        where = where + sizeof group;
    }
    return groups.size();
}

Result<u64> sys_setgroups(const SyscallArgs& args) {
    constexpr u64 kMost = 65536;
    if (!current_credentials().has(Capability::SetGid)) return err(Errno::Eperm);
    if (as_u32(args[0]) > kMost) return err(Errno::Einval);
    std::vector<u32> groups;
    GuestAddr from{args[1]};
    for (u32 i = 0; i < as_u32(args[0]); ++i) {
        groups.push_back(TRY(read_user(UserIn<u32>{from})));
        from = from + sizeof(u32);
    }
    std::ranges::sort(groups);
    Credentials changed = current_credentials();
    changed.groups = std::move(groups);
    change_credentials(std::move(changed));
    return 0;
}

Result<u64> sys_capget(const SyscallArgs& args) {
    const GuestAddr where{args[0]};
    const auto header = TRY(read_user(UserIn<CapabilityHeader>{where}));
    const auto words = capability_words(header, where);
    if (!words) {
        if (args[1] == 0 && words.error() == Errno::Einval) return 0;
        return err(words.error());
    }
    if (header.pid < 0) return err(Errno::Einval);
    const Ref<const SharedCredentials> held = TRY(credentials_by_number(static_cast<u32>(header.pid)));
    const Credentials& whom = held->value;
    for (size_t i = 0; i < *words && args[1] != 0; ++i) {
        const auto part = [&](Capabilities set) { return static_cast<u32>(set.bits() >> (i * 32)); };
        TRY(write_user(UserOut<CapabilitySet>{GuestAddr{args[1] + i * sizeof(CapabilitySet)}},
                       {part(whom.effective), part(whom.permitted), part(whom.inheritable)}));
    }
    return 0;
}

Result<u64> sys_capset(const SyscallArgs& args) {
    const GuestAddr where{args[0]};
    const auto header = TRY(read_user(UserIn<CapabilityHeader>{where}));
    const size_t words = TRY(capability_words(header, where));
    if (header.pid != 0 && static_cast<u32>(header.pid) != current_task().tid) return err(Errno::Eperm);
    u64 effective = 0, permitted = 0, inheritable = 0;
    for (size_t i = 0; i < words; ++i) {
        const auto set =
            TRY(read_user(UserIn<CapabilitySet>{GuestAddr{args[1] + i * sizeof(CapabilitySet)}}));
        effective |= u64{set.effective} << (i * 32);
        permitted |= u64{set.permitted} << (i * 32);
        inheritable |= u64{set.inheritable} << (i * 32);
    }
    const Credentials& who = current_credentials();
    const Capabilities new_effective(effective), new_permitted(permitted), new_inheritable(inheritable);
    const bool may_inherit_more = who.has(Capability::SetCapabilities);
    if (!may_inherit_more && !(who.inheritable | who.permitted).contains(new_inheritable))
        return err(Errno::Eperm);
    if (!(who.inheritable | who.bounding).contains(new_inheritable)) return err(Errno::Eperm);
    if (!who.permitted.contains(new_permitted) || !new_permitted.contains(new_effective))
        return err(Errno::Eperm);
    Credentials changed = who;
    changed.effective = new_effective;
    changed.permitted = new_permitted;
    changed.inheritable = new_inheritable;
    changed.ambient = who.ambient & new_permitted & new_inheritable;
    change_credentials(std::move(changed));
    return 0;
}

}  // namespace occlum::kernel
