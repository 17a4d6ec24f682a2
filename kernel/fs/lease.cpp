#include "kernel/fs/lease.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "enclave/host.h"
#include "kernel/fs/proc/settings.h"
#include "kernel/signal/signal.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/process.h"

namespace occlum::kernel {
namespace {

struct Held {
    const OpenFile* holder;
    const Inode* inode;
    Lease lease;
    u32 owner;         ///< the process that is told
    u32 fd;            ///< as it knows it
    i32 signal;        ///< F_SETSIG; 0: SIGIO
    Lease left;        ///< what it is to become
    u64 until_ns = 0;  ///< being broken: then it is taken
    bool breaks() const { return left != lease; }
};

std::vector<Held>& leases() {
    static auto& all = *new std::vector<Held>;
    return all;
}

WaitQueue& changed() {
    static auto& queue = *new WaitQueue;
    return queue;
}

Held* held_by(const OpenFile& file) {
    const auto found = std::ranges::find(leases(), &file, &Held::holder);
    return found == leases().end() ? nullptr : std::to_address(found);
}

bool against(const Held& held, const Inode& inode, bool for_writing) {
    return held.inode == &inode && (for_writing || held.lease == Lease::Write);
}

void tell(const Held& held) {
    // As poll would say it: POLL_MSG.
    constexpr i32 kMessage = 3;
    constexpr u64 kBand = 0x441;
    const RefPtr<Process> owner = pid_table().process(held.owner);
    if (!owner) return;
    SigInfo info = SigInfo::kernel(held.signal != 0 ? held.signal : kSigIo);
    if (held.signal != 0) {
        info.code = kMessage;
        info.words[0] = kBand;
        info.words[1] = held.fd;
    }
    send_signal(*owner, info);
}

void begin_break(Held& held, bool for_writing) {
    const Lease left = for_writing ? Lease::None : Lease::Read;
    if (held.breaks()) {
        held.left = std::max(held.left, left);
        return;
    }
    held.left = left;
    held.until_ns = enclave::monotonic_ns() + setting(Setting::LeaseBreakTime) * 1'000'000'000;
    tell(held);
}

/// Those whose time is up.
void take_overdue() {
    const u64 now = enclave::monotonic_ns();
    for (Held& held : leases())
        if (held.breaks() && held.until_ns <= now) held.lease = held.left;
    std::erase_if(leases(), [](const Held& held) { return held.lease == Lease::None; });
}

std::optional<u64> first_deadline(const Inode& inode, bool for_writing) {
    std::optional<u64> first;
    for (const Held& held : leases())
        if (against(held, inode, for_writing) && (!first || held.until_ns < *first)) first = held.until_ns;
    return first;
}

Result<void> remove_lease(const OpenFile& file) {
    if (!held_by(file)) return err(Errno::Eagain);
    drop_lease(file);
    return {};
}

/// Whether the file is open in no other way than the lease allows.
bool may_have(const OpenFile& file, const Inode& inode, Lease lease) {
    if (lease == Lease::Read && inode.users.writing != 0) return false;
    const u32 own_writing = file.writable() ? 1 : 0, own_reading = 1 - own_writing;
    const bool alone = inode.users.writing == own_writing && inode.users.reading == own_reading;
    if (lease == Lease::Write && !alone) return false;
    return std::ranges::none_of(leases(), [&](const Held& held) {
        if (held.inode != &inode || held.holder == &file) return false;
        return lease == Lease::Write || held.lease == Lease::Write || held.breaks();
    });
}

}  // namespace

Result<void> set_lease(OpenFile& file, u32 fd, Lease lease) {
    if (lease == Lease::None) return remove_lease(file);
    const RefPtr<Inode> inode = file.inode();
    if (!may_have(file, *inode, lease)) return err(Errno::Eagain);
    Held* held = held_by(file);
    if (held && held->breaks() && lease != held->left) return err(Errno::Eagain);
    own_if_nobody_does(file.owner);
    const bool group = file.owner.type == SignalOwner::Type::Group;
    const u32 owner = group ? current_process().pid : static_cast<u32>(file.owner.number);
    const Held next{&file, inode.get(), lease, owner, fd, file.owner.signal, lease};
    if (held)
        *held = next;
    else
        leases().push_back(next);
    changed().wake_all();
    return {};
}

Lease lease_of(const OpenFile& file) {
    const Held* held = held_by(file);
    return held ? held->left : Lease::None;
}

void drop_lease(const OpenFile& file) {
    if (std::erase_if(leases(), [&](const Held& held) { return held.holder == &file; }) != 0)
        changed().wake_all();
}

Result<void> break_leases(Inode& inode, bool for_writing, bool non_blocking) {
    if (leases().empty()) return {};
    const Ref<Inode> keep(inode);
    for (;;) {
        take_overdue();
        for (Held& held : leases())
            if (against(held, inode, for_writing)) begin_break(held, for_writing);
        const auto deadline = first_deadline(inode, for_writing);
        if (!deadline) return {};
        if (non_blocking) return err(Errno::Eagain);
        const WaitEntry entry(changed(), current_task());
        const auto slept = block(deadline);
        if (!slept && slept.error() != Errno::Etimedout) return slept;
    }
}

}  // namespace occlum::kernel
