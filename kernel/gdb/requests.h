// What gdb asks a stopped program for, and the answers.
#pragma once

#include "kernel/gdb/packet.h"
#include "kernel/gdb/tracer.h"

namespace occlum::kernel::gdb {

struct Request {
    enum class Kind : u8 { Answer, Resume, Detach, Kill };
    Kind kind = Kind::Answer;
    std::string reply = {};  ///< empty: gdb does without it
    std::vector<Action> actions = {};
};

class Requests {
public:
    explicit Requests(Tracer& tracer) : tracer_(tracer) {}

    Request handle(std::string_view payload);
    /// The thread that gdb means when it names none.
    void stopped_at(const Stop& stop);
    std::string describe(const Stop& stop);

private:
    std::string answer(std::string_view payload);
    std::string query(Scanner text);
    std::string set_thread(Scanner text);
    std::string thread_list();
    std::string transfer(Scanner text);
    std::string object(std::string_view name, bool& known);
    std::string read_registers();
    std::string write_registers(Scanner text);
    std::string read_memory(Scanner text);
    std::string write_memory(Scanner text, bool binary);
    std::string breakpoint(Scanner text, bool insert);
    Request resume(Scanner text);

    RefPtr<Task> chosen() const { return tracer_.thread(thread_); }
    std::string executable();

    Tracer& tracer_;
    Stop last_;
    u32 thread_ = 0;
};

}  // namespace occlum::kernel::gdb
