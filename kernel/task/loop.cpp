// A task's life: guest code, then whatever made it stop, again and again.
#include "enclave/host.h"
#include "kernel/profile/counters.h"
#include "kernel/sched/errands.h"
#include "kernel/sched/scheduler.h"
#include "kernel/sched/vcpus.h"
#include "kernel/signal/deliver.h"
#include "kernel/syscall/dispatch.h"
#include "kernel/syscall/own_calls.h"
#include "kernel/task/lifecycle.h"
#include "kernel/task/step.h"
#include "kernel/task/trap.h"

namespace occlum::kernel {

namespace {

/// What must happen before guest code runs again.
void prepare_for_guest(Task& task) OCCLUM_REQUIRES(kernel_lock) {
    if (have_errands()) run_errands(&task);
    if (take_tick()) handle_tick();
    give_way_to_woken();
    arrange_tick();
    if (needs_delivery(task)) {
        make_canonical(task);
        deliver_signals(task);
    }
    if (task.must_exit) finish_task();
}

/// No code at rip.
void raise_fetch_fault(Task& task, Errno reason) {
    const GuestAddr rip{task.context.rip};
    FaultOutcome outcome = FaultOutcome::OutOfMemory;
    if (reason != Errno::Enomem) outcome = task.process().address_space().fault(rip, Access::Execute);
    if (outcome == FaultOutcome::Resolved) outcome = FaultOutcome::AccessDenied;
    raise_trap(task, trap_of(outcome, rip, Access::Execute));
}

/// The task's code space, whose table is the vCPU's from now on.
Result<sfi::CodeSpace*> use_code_space(Task& task) {
    const auto space = task.process().address_space().code_space();
    if (space) sfi::this_vcpu().table = (*space)->table();
    return space;
}

/// Where guest code goes on.
struct Landing {
    const sfi::CodeSpace* space;
    u64 address;  ///< in the host; 0: where it was interrupted
};

/// Nothing when a signal was raised instead.
std::optional<Landing> find_landing(Task& task) {
    profile::note(profile::Activity::Cache);
    auto space = use_code_space(task);
    const GuestAddr rip{task.context.rip};
    if (space && task.context.host_pc != 0) return Landing{*space, 0};
    if (space) {
        if (const auto known = code_cache().known(**space, rip)) return Landing{*space, *known};
        task.process().address_space().prefetch_code(rip);
        space = use_code_space(task);
    }
    auto landing = space ? code_cache().resolve(**space, rip) : err(space.error());
    if (!landing && space && landing.error() == Errno::Enomem) {  // the cache is full, or memory is short
        recover_all_tasks();
        code_cache().flush();
        landing = code_cache().resolve(**space, rip);
    }
    if (landing) return Landing{*space, *landing};
    raise_fetch_fault(task, landing.error());
    return std::nullopt;
}

/// Guest code until it wants more than an answer to a call for which no lock is needed. In between, too, the
/// task counts as in guest code: the table it looks into changes only when guests are out, or by one store.
sfi::ExitKind run_without_lock(Task& task, Landing landing) {
    sfi::ExitKind why = sfi::enter_guest(task.context, landing.address);
    while (landing.space && why == sfi::ExitKind::Syscall && answer_own_call(task)) {
        ++task.brief_calls;
        const auto next = code_cache().known(*landing.space, {task.context.rip});
        if (!next) return sfi::ExitKind::Miss;
        why = sfi::enter_guest(task.context, *next);
    }
    return why;
}

/// Without a `landing.space` it comes back at each call.
sfi::ExitKind run_guest(Task& task, Landing landing) OCCLUM_REQUIRES(kernel_lock) {
    Cpu& cpu = this_cpu();
    profile::note(profile::Activity::Gate);
    task.begin_stint();
    if (!may_answer_own_calls(task)) landing.space = nullptr;
    begin_guest(cpu, task.process().address_space());
    const sfi::ExitKind why = run_without_lock(task, landing);
    const bool brief = why == sfi::ExitKind::Syscall && is_brief_call(task.context.gpr[sfi::RAX]);
    const u64 left = brief ? 0 : enclave::cycles();  // what follows may wait for the lock
    end_guest(cpu);
    if (brief)
        ++task.brief_calls;
    else
        task.end_stint(left);
    return why;
}

void run_one_instruction(Task& task) OCCLUM_REQUIRES(kernel_lock);

void handle_exit(Task& task, sfi::ExitKind why) OCCLUM_REQUIRES(kernel_lock) {
    switch (why) {
        case sfi::ExitKind::Syscall:
            handle_system_call(task);
            return;
        case sfi::ExitKind::Miss:
            return;
        case sfi::ExitKind::Link:
            profile::note(profile::Activity::Cache);
            if (const auto space = task.process().address_space().code_space())
                code_cache().link(**space, static_cast<u32>(sfi::this_vcpu().exit_arg));
            return;
        case sfi::ExitKind::Assist:
            profile::note(profile::Activity::Assist);
            if (const auto trap = assist(task.context, {task.guest_fs, task.guest_gs}))
                raise_trap(task, *trap);
            return;
        case sfi::ExitKind::Fetch:  // its module has not all of its bytes; others may
            run_one_instruction(task);
            return;
        case sfi::ExitKind::Interrupt:
            profile::note(profile::Activity::Fault);
            handle_interrupt(task);
            return;
        case sfi::ExitKind::Preempted:
            return;
    }
}

void run_one_instruction(Task& task) {
    const GuestAddr start{task.context.rip};
    const auto space = single_instruction(task.process().address_space(), start);
    const auto landing = space ? code_cache().resolve(**space, start) : err(space.error());
    if (!landing) {
        raise_fetch_fault(task, landing.error());
        return;
    }
    sfi::this_vcpu().table = (*space)->table();
    const sfi::ExitKind why = run_guest(task, {nullptr, *landing});
    // What it jumps to is not executable in this space, whatever it is.
    if (why != sfi::ExitKind::Fetch && why != sfi::ExitKind::Link) handle_exit(task, why);
    make_canonical(task);
}

}  // namespace

void step_guest(Task& task) {
    make_canonical(task);
    const u64 start = task.context.rip;
    const SigSet before = task.pending.set();
    run_one_instruction(task);
    // Interrupted before it was done, or ended by a signal of its own.
    if (task.context.rip == start || !task.trace || task.pending.set() != before) return;
    force_signal(task, SigInfo::fault(kSigTrap, kTrapTrace, task.context.rip));
}

void task_main() {
    finish_switch();
    kernel_lock.assert_held();
    Task& task = current_task();
    for (;;) {
        profile::note_program(task);
        prepare_for_guest(task);
        if (task.trace && task.trace->steps) {
            step_guest(task);
            continue;
        }
        if (const auto landing = find_landing(task)) handle_exit(task, run_guest(task, *landing));
    }
}

}  // namespace occlum::kernel
