#include "kernel/gdb/requests.h"

#include <algorithm>
#include <array>
#include <bit>

#include "kernel/fs/dentry.h"
#include "kernel/gdb/registers.h"
#include "kernel/task/task.h"
#include "kernel/trace/registers.h"

namespace occlum::kernel::gdb {
namespace {

constexpr std::string_view kOk = "OK", kError = "E01";
constexpr std::string_view kSupported =
    "PacketSize=4000;QStartNoAckMode+;swbreak+;vContSupported+;exec-events+;no-resumed+;"
    "qXfer:features:read+;qXfer:auxv:read+;qXfer:exec-file:read+;qXfer:siginfo:read+";
constexpr u64 kLargestRead = 0x1f00;

RegisterFile registers_of(const Task& task) {
    const auto words =
        std::bit_cast<std::array<u64, sizeof(UserRegisters) / sizeof(u64)>>(user_registers(task));
    RegisterFile file;
    file.words.assign(words.begin(), words.end());
    file.vectors.assign(task.vectors.bytes.begin(), task.vectors.bytes.end());
    return file;
}

Result<void> set_registers(Task& task, const RegisterFile& file) {
    std::array<u64, sizeof(UserRegisters) / sizeof(u64)> words{};
    std::ranges::copy(file.words, words.begin());
    TRY(set_user_registers(task, std::bit_cast<UserRegisters>(words)));
    // Bits of MXCSR that there are not would fault when they are loaded.
    constexpr size_t kMxcsrHigh = 26;
    if ((file.vectors[kMxcsrHigh] | file.vectors[kMxcsrHigh + 1]) != 0) return err(Errno::Einval);
    std::ranges::copy(file.vectors, task.vectors.bytes.begin());
    task.last_cpu = ~u32{0};  // what is in a processor's registers is old
    return {};
}

}  // namespace

void Requests::stopped_at(const Stop& stop) {
    last_ = stop;
    if (stop.tid != 0) thread_ = stop.tid;
}

std::string Requests::executable() {
    Process& process = tracer_.target();
    const RefPtr<FsContext> view = process.view();
    if (!process.executable || !process.executable->dentry || !view) return {};
    return path_of(*view, *process.executable->dentry);
}

std::string Requests::describe(const Stop& stop) {
    if (stop.kind == Stop::Kind::NoneLeft) return "N";
    std::string text = "T" + hex(std::array{static_cast<u8>(gdb_signal(stop.signal))});
    if (stop.kind == Stop::Kind::Breakpoint) text += "swbreak:;";
    if (stop.kind == Stop::Kind::Exec) text += "exec:" + hex_of_text(executable()) + ";";
    return text + "thread:" + hex(u64{stop.tid}) + ";";
}

Request Requests::handle(std::string_view payload) {
    Scanner text(payload);
    if (text.skip("vCont;")) return resume(text);
    if (payload == "k" || payload.starts_with("vKill")) return {Request::Kind::Kill, std::string(kOk)};
    if (payload.starts_with('D')) return {Request::Kind::Detach, std::string(kOk)};
    return {.reply = answer(payload)};
}

std::string Requests::answer(std::string_view payload) {
    Scanner text(payload);
    if (text.skip("?")) return describe(last_);
    if (text.skip("vCont?")) return "vCont;c;C;s;S";
    if (text.skip("q")) return query(text);
    if (text.skip("H")) return set_thread(text);
    if (text.skip("T"))
        return std::string(tracer_.thread(static_cast<u32>(text.number().value_or(0))) ? kOk : kError);
    if (text.skip("g")) return read_registers();
    if (text.skip("G")) return write_registers(text);
    if (text.skip("m")) return read_memory(text);
    if (text.skip("M")) return write_memory(text, false);
    if (text.skip("X")) return write_memory(text, true);
    if (text.skip("Z0,")) return breakpoint(text, true);
    if (text.skip("z0,")) return breakpoint(text, false);
    return {};
}

std::string Requests::query(Scanner text) {
    if (text.skip("Supported")) return std::string(kSupported);
    if (text.skip("Xfer:")) return transfer(text);
    if (text.skip("fThreadInfo")) return thread_list();
    if (text.skip("sThreadInfo")) return "l";
    if (text.skip("ThreadExtraInfo,")) {
        const RefPtr<Task> task = tracer_.thread(static_cast<u32>(text.number().value_or(0)));
        return task ? hex_of_text(task->name) : std::string(kError);
    }
    // It was started for gdb: quitting ends it.
    if (text.skip("Attached")) return "0";
    if (text.skip("Symbol:")) return std::string(kOk);
    if (text.done() || text.rest() == "C") return "QC" + hex(u64{thread_});
    return {};
}

std::string Requests::set_thread(Scanner text) {
    if (!text.skip("g")) return std::string(kOk);
    if (text.rest() == "0" || text.rest() == "-1") return std::string(kOk);
    const auto tid = text.number();
    if (!tid || !tracer_.thread(static_cast<u32>(*tid))) return std::string(kError);
    thread_ = static_cast<u32>(*tid);
    return std::string(kOk);
}

std::string Requests::thread_list() {
    std::string text = "m";
    for (const Task* task : tracer_.threads()) {
        if (text.size() > 1) text += ',';
        text += hex(u64{task->tid});
    }
    return text;
}

std::string Requests::object(std::string_view name, bool& known) {
    known = true;
    const auto text_of = [](std::span<const u8> bytes) { return std::string(bytes.begin(), bytes.end()); };
    if (name == "features") return target_description();
    if (name == "auxv") return text_of(tracer_.target().auxiliary);
    if (name == "exec-file") return executable();
    const RefPtr<Task> task = chosen();
    if (name == "siginfo" && task && task->trace)
        return text_of(std::bit_cast<std::array<u8, sizeof(SigInfo)>>(task->trace->info));
    known = false;
    return {};
}

std::string Requests::transfer(Scanner text) {
    const std::string_view name = text.until(':');
    if (text.until(':') != "read") return {};
    (void)text.until(':');  // the annex
    const auto offset = text.number();
    text.skip(",");
    const auto length = text.number();
    if (!offset || !length) return std::string(kError);
    bool known = false;
    const std::string whole = object(name, known);
    return known ? piece_of(whole, *offset, *length) : std::string(kError);
}

std::string Requests::read_registers() {
    const RefPtr<Task> task = chosen();
    return task ? hex(pack_registers(registers_of(*task))) : std::string(kError);
}

std::string Requests::write_registers(Scanner text) {
    const RefPtr<Task> task = chosen();
    const auto bytes = bytes_of(text.rest());
    if (!task || !bytes) return std::string(kError);
    RegisterFile file = registers_of(*task);
    if (!unpack_registers(*bytes, file) || !set_registers(*task, file)) return std::string(kError);
    return std::string(kOk);
}

std::string Requests::read_memory(Scanner text) {
    const auto address = text.number();
    text.skip(",");
    const auto length = text.number();
    const RefPtr<Task> task = chosen();
    if (!address || !length || !task || !task->process().memory) return std::string(kError);
    AddressSpace& space = task->process().address_space();
    std::vector<u8> bytes(std::min(*length, kLargestRead));
    // What lies before the first page that cannot be read is an answer, too.
    while (!bytes.empty() && !tracer_.breakpoints().read(space, *address, bytes)) {
        const u64 end = *address + bytes.size();
        const u64 shorter = page_down(end - 1);
        if (shorter <= *address) return std::string(kError);
        bytes.resize(shorter - *address);
    }
    return hex(bytes);
}

std::string Requests::write_memory(Scanner text, bool binary) {
    const auto address = text.number();
    text.skip(",");
    const auto length = text.number();
    text.skip(":");
    const RefPtr<Task> task = chosen();
    if (!address || !length || !task || !task->process().memory) return std::string(kError);
    std::vector<u8> bytes;
    if (binary) {
        const std::string plain = unescape(text.rest());
        bytes.assign(plain.begin(), plain.end());
    } else {
        bytes = bytes_of(text.rest()).value_or(std::vector<u8>());
    }
    if (bytes.size() != *length) return std::string(kError);
    AddressSpace& space = task->process().address_space();
    return std::string(tracer_.breakpoints().write(space, *address, bytes) ? kOk : kError);
}

std::string Requests::breakpoint(Scanner text, bool insert) {
    const auto address = text.number();
    Process& process = tracer_.target();
    if (!address || !process.memory) return std::string(kError);
    Breakpoints& all = tracer_.breakpoints();
    AddressSpace& space = process.address_space();
    return std::string((insert ? all.insert(space, *address) : all.remove(space, *address)) ? kOk : kError);
}

/// ACTION[:THREAD] and so on: for each thread the first that names it, or all.
Request Requests::resume(Scanner text) {
    Request request{.kind = Request::Kind::Resume};
    while (!text.done()) {
        Scanner one(text.until(';'));
        Action action;
        action.steps = one.rest().starts_with('s') || one.rest().starts_with('S');
        const bool signals = one.rest().starts_with('C') || one.rest().starts_with('S');
        if (!signals && !action.steps && !one.rest().starts_with('c')) return {.reply = std::string(kError)};
        for (const std::string_view letter : {"s", "S", "c", "C"})
            if (one.skip(letter)) break;
        if (signals) action.signal = static_cast<int>(linux_signal(one.number().value_or(0)));
        if (one.skip(":") && !one.skip("-1")) action.tid = static_cast<u32>(one.number().value_or(0));
        request.actions.push_back(action);
    }
    return request;
}

}  // namespace occlum::kernel::gdb
