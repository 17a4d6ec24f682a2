// execve(2): another program in the same process.
#include <algorithm>
#include <utility>

#include "enclave/host.h"
#include "kernel/sched/scheduler.h"
#include "kernel/sched/vcpu_state.h"
#include "kernel/task/futex.h"
#include "kernel/task/lifecycle.h"
#include "kernel/task/pid_table.h"

namespace occlum::kernel {

namespace {

AddressSpace::Limits memory_limits(const ResourceLimits& limits) {
    return {limits.of(Resource::AddressSpace).soft, limits.of(Resource::Data).soft,
            limits.of(Resource::Stack).soft, limits.of(Resource::LockedMemory).soft};
}

/// Ends the other threads and takes over the process's number.
Result<void> become_only_task(Task& task) {
    Process& process = task.process();
    if (process.tasks.size() > 1) {
        if (process.executing) return err(Errno::Eagain);
        process.executing = &task;
        for (Task* other : process.tasks) {
            if (other == &task) continue;
            other->must_exit = true;
            interrupt_for_signal(*other);
        }
        process.resumed.wake_all();
        const auto alone = [&] { return process.tasks.size() == 1; };
        while (!alone()) (void)wait_until(process.task_ended, alone, std::nullopt, Sleep::Uninterruptible);
        process.executing = nullptr;
    }
    if (task.must_exit) return err(Errno::Eintr);
    if (task.tid != process.pid) {
        const Ref<Task> keep(task);
        pid_table().remove(task);
        for (Process* child : process.children)
            if (child->parent_tid == task.tid) child->parent_tid = process.pid;
        task.tid = process.pid;
        pid_table().add(task);
    }
    return {};
}

void set_program_identity(Task& task, const LoadedProgram& program) {
    Process& process = task.process();
    const Credentials& old = task.credentials();
    Credentials who = old;
    if (program.set_uid) who.euid = *program.set_uid;
    if (program.set_gid) who.egid = *program.set_gid;
    who.suid = who.fsuid = who.euid;
    who.sgid = who.fsgid = who.egid;
    who.adjust_to_exec();
    // What runs with more rights than its caller may not be looked into.
    const bool gained =
        who.euid != old.euid || who.egid != old.egid || !old.permitted.contains(who.permitted);
    process.dumpable = who.euid == who.uid && who.egid == who.gid;
    if (gained) task.parent_death_signal = 0;
    task.set_credentials(std::move(who));
}

/// Gives the task its new program. The old memory goes.
void install(Task& task, LoadedProgram program) {
    Process& process = task.process();
    const u32 gain = process.memory ? process.memory->execute_gain() : 0;
    process.memory = std::move(program.memory);
    if (!(gain & AddressSpace::kGainOfChildren)) process.memory->forbid_execute_gain(gain);
    process.executable = program.executable;
    process.name = program.name;
    process.profiled_as = 0;
    process.command_line = std::move(program.command_line);
    process.environment = std::move(program.environment);
    process.auxiliary = std::move(program.auxiliary);
    task.name = std::move(program.name);
    task.context = program.context;
    task.guest_fs = task.guest_gs = 0;
    reset_vector_state();
    load_guest_state(task);
    ++life_stats().programs;
}

void add_first_task(Process& process, Task& task, void (*entry)()) {
    task.files = std::move(process.first_files);
    task.view = std::move(process.first_view);
    process.tasks.push_back(&task);
    pid_table().add(task);
    ++life_stats().tasks;
    task.ref();  // the task's own, which finish_switch() drops when it has ended
    start_task(task, entry);
}

}  // namespace

Result<void> execute(Ref<OpenFile> file, std::string_view path, std::vector<std::string> arguments,
                     std::vector<std::string> environment) {
    Task& task = current_task();
    Process& process = task.process();
    LoadedProgram program =
        TRY(load_program(*task.view, task.credentials(), std::move(file), path, std::move(arguments),
                         std::move(environment), memory_limits(process.limits)));
    const u32 old_tid = task.tid;
    TRY(become_only_task(task));
    release_thread(task);
    set_program_identity(task, program);
    if (task.files->ref_count() > 1) task.files = task.files->clone();
    if (process.actions->ref_count() > 1) process.actions = process.actions->clone();
    task.files->close_all_on_exec();
    process.actions->reset_handlers();
    process.timers.clear();
    process.executed = true;
    task.alternate_stack = {};
    task.call_number = 0;
    install(task, std::move(program));
    if (std::exchange(process.vfork_pending, false)) process.vfork_done.wake_all();
    if (task.trace) trace_exec(task, old_tid);
    return {};
}

Result<Ref<Process>> create_process(Process* parent, Ref<FsContext> fs, Ref<FdTable> files,
                                    const Credentials& who) {
    auto process = make_ref<Process>(TRY(pid_table().allocate()), make_ref<SharedCredentials>(who));
    process->group = process->session = process->pid;
    process->first_view = std::move(fs);
    process->first_files = std::move(files);
    process->actions = make_ref<SignalActions>();
    process->exit_signal = parent ? kSigChld : 0;
    process->start_ns = enclave::monotonic_ns();
    process->own_timers();
    process->parent = parent;
    if (parent) {
        parent->children.push_back(process.get());
        process->parent_tid = parent->pid;
    }
    pid_table().add(*process);
    ++life_stats().processes;
    return process;
}

void discard_process(Process& process) {
    if (process.parent) std::erase(process.parent->children, &process);
    pid_table().remove(process);
}

Result<void> start_process(Process& process, LoadedProgram program) {
    auto task =
        make_ref<Task>(process.pid, process, process.shared_credentials(), TRY(KernelStack::create()));
    process.memory = std::move(program.memory);
    process.executable = program.executable;
    process.name = task->name = program.name;
    process.command_line = std::move(program.command_line);
    process.environment = std::move(program.environment);
    process.auxiliary = std::move(program.auxiliary);
    task->context = program.context;
    reset_vector_state();
    save_vector_state(task->vectors);
    ++life_stats().programs;
    add_first_task(process, *task, task_main);
    return {};
}

Result<void> start_server(Process& process, void (*entry)()) {
    auto task =
        make_ref<Task>(process.pid, process, process.shared_credentials(), TRY(KernelStack::create()));
    process.memory = TRY(AddressSpace::create());
    process.is_server = true;
    process.name = task->name = "init";
    reset_vector_state();
    save_vector_state(task->vectors);
    add_first_task(process, *task, entry);
    return {};
}

}  // namespace occlum::kernel
