#include "kernel/gdb/stub.h"

#include <memory>

#include "kernel/gdb/connection.h"
#include "kernel/gdb/requests.h"
#include "kernel/sched/scheduler.h"
#include "kernel/task/lifecycle.h"

namespace occlum::kernel::gdb {
namespace {

class Stub {
public:
    Stub(Process& self, Process& target) : tracer_(self, target), requests_(tracer_) {}

    void attach(Task& first) { tracer_.attach(first); }
    [[noreturn]] void serve(Process& self);
    void report_end(const ExitReason& reason);

private:
    void reply(std::string_view payload) { connection_.send(frame(payload)); }
    void take(const PacketReader::Event& event);
    void obey(std::string_view payload);
    void go_on(const Request& request);
    void tell(const Stop& stop);
    void leave();
    void take_all();

    Tracer tracer_;
    Requests requests_;
    Connection connection_;
    PacketReader reader_;
    bool acknowledges_ = true;
    bool runs_ = true;  ///< the program does, and gdb waits to hear of it
};

Stub*& the_stub() {
    static Stub* stub = nullptr;
    return stub;
}

void Stub::tell(const Stop& stop) {
    runs_ = false;
    requests_.stopped_at(stop);
    reply(requests_.describe(stop));
}

/// gdb is gone, or wants to be.
void Stub::leave() {
    tracer_.detach();
    connection_.close();
}

void Stub::go_on(const Request& request) {
    runs_ = true;
    tracer_.resume(request.actions);
}

void Stub::obey(std::string_view payload) {
    if (payload == "QStartNoAckMode") {
        reply("OK");
        acknowledges_ = false;
        return;
    }
    const Request request = requests_.handle(payload);
    if (request.kind != Request::Kind::Resume) reply(request.reply);
    if (request.kind == Request::Kind::Resume) go_on(request);
    if (request.kind == Request::Kind::Detach) leave();
    if (request.kind == Request::Kind::Kill) {
        leave();
        begin_exit(tracer_.target(), {kCldKilled, kSigKill});
    }
}

void Stub::take(const PacketReader::Event& event) {
    switch (event.kind) {
        case PacketReader::Event::Kind::Damaged:
            if (acknowledges_) connection_.send("-");
            return;
        case PacketReader::Event::Kind::Interrupt:
            if (!runs_ || !tracer_.attached()) return;
            tracer_.stop_all();
            return tell({Stop::Kind::Signal, tracer_.threads().front()->tid, kSigInt});
        case PacketReader::Event::Kind::Packet:
            if (acknowledges_) connection_.send("+");
            // While the program runs, gdb only interrupts it.
            if (!runs_) obey(event.payload);
            return;
    }
}

void Stub::take_all() {
    connection_.receive(reader_);
    while (connection_.open()) {
        const auto event = reader_.next();
        if (!event) break;
        take(*event);
    }
    if (!connection_.open()) leave();
}

void Stub::serve(Process& self) {
    Task& task = current_task();
    const WaitEntry changes(self.child_changed, task);
    std::optional<WaitEntry> input;
    input.emplace(connection_.readable(), task);
    // The stop before the first instruction is what gdb's first question is answered with.
    while (tracer_.attached() && tracer_.threads().front()->trace->stop == StopKind::None)
        (void)block(std::nullopt, Sleep::Uninterruptible);
    if (tracer_.attached()) {
        tracer_.stop_all();
        requests_.stopped_at({Stop::Kind::Signal, tracer_.threads().front()->tid, kSigTrap});
    }
    runs_ = false;
    for (;;) {
        if (connection_.open()) take_all();
        if (!connection_.open()) input.reset();
        if (runs_ && connection_.open())
            if (const auto stop = tracer_.look()) tell(*stop);
        (void)block(std::nullopt, Sleep::Uninterruptible);
    }
}

void Stub::report_end(const ExitReason& reason) {
    if (!connection_.open()) return;
    std::string text = reason.code == kCldExited ? "W" : "X";
    const u32 status = reason.code == kCldExited ? reason.status & 0xff : gdb_signal(reason.status & 0x7f);
    text += hex(std::array{static_cast<u8>(status)});
    reply(text);
}

void serve() {
    finish_switch();
    the_stub()->serve(current_process());
}

}  // namespace

Result<void> start_stub(Process& program) {
    const Ref<Process> self =
        TRY(create_process(nullptr, program.view()->clone(), make_ref<FdTable>(), program.credentials()));
    the_stub() = std::make_unique<Stub>(*self, program).release();
    TRY(start_server(*self, serve));
    self->name = self->tasks.front()->name = "gdb";
    the_stub()->attach(*program.tasks.front());
    return {};
}

void report_end(const ExitReason& reason) {
    if (the_stub() != nullptr) the_stub()->report_end(reason);
}

}  // namespace occlum::kernel::gdb
