#include "kernel/control/server.h"

#include <algorithm>
#include <map>

#include "enclave/host.h"
#include "kernel/boot/find_program.h"
#include "kernel/control/refusal.h"
#include "kernel/sched/host_poll.h"
#include "kernel/sched/scheduler.h"
#include "kernel/task/lifecycle.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/wait.h"
#include "kernel/tty/host_terminal.h"

namespace occlum::kernel {
namespace {

// A host that always has one more command must not keep the kernel lock for ever.
constexpr int kCommandsAtOnce = 64;

struct Server {
    Admission admission = nullptr;
    std::map<u32, u32> session_of;       // by the pid of its program
    std::optional<u64> kill_at_ns = {};  // set: the instance is to end
    bool killed = false;
};

Server& the_server() {
    static auto& server = *new Server;
    return server;
}

bool wants_terminal(const abi::BootConfig& run) {
    return std::ranges::any_of(
        run.options, [](const auto& option) { return option.first == "tty" && option.second == "1"; });
}

/// The working directory of a program: its own wish, below the server's root.
Result<Ref<FsContext>> context_for(const abi::BootConfig& run, const Credentials& who) {
    Ref<FsContext> fs = current_view().clone();
    if (run.directory.empty()) return fs;
    const Ref<OpenFile> directory =
        TRY(open_path(*fs, who, run.directory, kOpenDirectory | kOpenPath | kOpenCloseOnExec, 0));
    if (!directory->dentry) return err(Errno::Enotdir);
    fs->cwd = Ref<Dentry>(*directory->dentry);
    return fs;
}

Result<void> load_and_start(Process& process, const abi::BootConfig& run,
                            const Ref<ConsoleSession>& session) {
    process.first_files = TRY(open_session_files(process, session, wants_terminal(run)));
    FoundProgram found =
        TRY(find_program(*process.first_view, process.credentials(), run.arguments.front(), run.environment));
    LoadedProgram program = TRY(load_program(*process.first_view, process.credentials(), found.file,
                                             found.path, run.arguments, run.environment));
    return start_process(process, std::move(program));
}

struct Failure {
    std::string subject;
    Errno why;
};

std::optional<Failure> run_program(abi::BootConfig run, u32 session) {
    Server& server = the_server();
    // Whatever happens, it is closed in the end: the caller's descriptors are not kept.
    const Ref<ConsoleSession> console = make_ref<ConsoleSession>(session);
    const Credentials who = current_credentials();
    const std::string name = run.arguments.front();
    if (auto admitted = server.admission(run); !admitted) return Failure{name, admitted.error()};
    auto fs = context_for(run, who);
    if (!fs) return Failure{run.directory, fs.error()};
    auto process = create_process(&current_process(), *fs, make_ref<FdTable>(), who);
    if (!process) return Failure{name, process.error()};
    if (auto started = load_and_start(**process, run, console); !started) {
        detach_host_terminal(session);
        discard_process(**process);
        return Failure{name, started.error()};
    }
    server.session_of.insert_or_assign((*process)->pid, session);
    return std::nullopt;
}

std::optional<u32> program_of(u32 session) {
    for (const auto& [pid, of] : the_server().session_of)
        if (of == session) return pid;
    return std::nullopt;
}

void run_command(abi::Command command) {
    const u32 session = command.session;
    if (program_of(session)) return;  // a lie of the host
    const std::string directory = command.run.directory;
    const auto failed = run_program(std::move(command.run), session);
    if (!failed) return;
    std::string text = failed->subject;
    text += ": ";
    text += failed->subject == directory && failed->why == Errno::Enoent ? "no such directory"
                                                                         : describe_refusal(failed->why);
    enclave::command_done(session, refusal_status(failed->why), text);
}

/// Only what a caller's keyboard or a supervisor would send.
bool may_be_forwarded(u64 signal) {
    constexpr std::array<u64, 8> kForwarded{kSigHup,  kSigInt,  kSigQuit, kSigUsr1,
                                            kSigUsr2, kSigTerm, kSigCont, kSigWinch};
    return std::ranges::find(kForwarded, signal) != kForwarded.end();
}

void signal_session(u32 session, u64 signal) {
    if (const auto pid = program_of(session); pid && may_be_forwarded(signal))
        (void)send_signal_to_group(*pid, SigInfo::kernel(static_cast<int>(signal)));
}

void signal_all(int signal) {
    std::vector<Ref<Process>> all;
    for (const auto& [pid, process] : pid_table().processes())
        if (!process->is_server && !process->zombie) all.push_back(process);
    for (const Ref<Process>& process : all) {
        send_signal(*process, SigInfo::kernel(signal));
        if (signal == kSigTerm) send_signal(*process, SigInfo::kernel(kSigCont));
    }
}

void begin_stop(u64 milliseconds) {
    Server& server = the_server();
    const u64 at = enclave::monotonic_ns() + milliseconds * 1'000'000;
    if (!server.kill_at_ns) signal_all(kSigTerm);
    server.kill_at_ns = std::min(at, server.kill_at_ns.value_or(at));
}

void obey(abi::Command command) {
    switch (command.kind) {
        case abi::CommandKind::Run:
            return run_command(std::move(command));
        case abi::CommandKind::Signal:
            return signal_session(command.session, command.value);
        case abi::CommandKind::Window:
            return measure_host_terminal(command.session);
        case abi::CommandKind::HangUp:
            detach_host_terminal(command.session);
            return signal_session(command.session, kSigHup);
        case abi::CommandKind::Stop:
            return begin_stop(command.value);
    }
}

void take_commands() {
    for (int n = 0; n < kCommandsAtOnce; ++n) {
        auto command = enclave::next_command();
        if (command)
            obey(std::move(*command));
        else if (command.error() != Errno::Einval)
            return;
    }
}

void report_ended() {
    Server& server = the_server();
    for (;;) {
        const auto child = wait_for_child({}, kWaitExited | kWaitNoHang | kWaitAll);
        if (!child || child->pid == 0) return;
        const auto found = server.session_of.find(child->pid);
        if (found == server.session_of.end()) continue;
        const ExitReason& end = child->change;
        const u32 status = end.code == kCldExited ? end.status & 0xff : kStatusSignalled + end.status;
        const u32 session = found->second;
        server.session_of.erase(found);
        detach_host_terminal(session);
        enclave::command_done(session, status, {});
    }
}

bool all_ended() {
    return std::ranges::all_of(pid_table().processes(),
                               [](const auto& entry) { return entry.second->is_server; });
}

/// When the time is up, whoever is left is killed; when nobody is, the enclave ends.
void pursue_stop() {
    Server& server = the_server();
    if (!server.kill_at_ns) return;
    if (all_ended()) {
        begin_exit(current_process(), {kCldExited, 0});
        finish_task();
    }
    if (!server.killed && enclave::monotonic_ns() >= *server.kill_at_ns) {
        server.killed = true;
        signal_all(kSigKill);
    }
}

/// Until a command, the end of a child, or the time to kill.
void wait_for_events() {
    const Server& server = the_server();
    const std::optional<u64> deadline = server.killed ? std::nullopt : server.kill_at_ns;
    (void)block(deadline, Sleep::Uninterruptible);
}

void serve() {
    finish_switch();
    Task& self = current_task();
    Process& process = current_process();
    const WaitEntry commands(commands_waiting(), self);
    const WaitEntry children(process.child_changed, self);
    for (;;) {
        take_commands();
        report_ended();
        pursue_stop();
        wait_for_events();
    }
}

}  // namespace

Result<void> start_command_server(Ref<FsContext> fs, const Credentials& who, Admission admission) {
    the_server().admission = admission;
    const Ref<Process> process = TRY(create_process(nullptr, std::move(fs), make_ref<FdTable>(), who));
    return start_server(*process, serve);
}

}  // namespace occlum::kernel
