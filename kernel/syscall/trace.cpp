#include "kernel/syscall/trace.h"

#include <charconv>

#include "enclave/host.h"
#include "kernel/mm/user_memory.h"

namespace occlum::kernel {

namespace {

constexpr size_t kLongestString = 64;

constinit bool trace_on = false;

void append_number(std::string& text, u64 value, int base) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), value, base).ptr;
    text.append(digits.begin(), end);
}

void append_signed(std::string& text, i64 value) {
    if (value < 0) text += '-';
    append_number(text, value < 0 ? u64{0} - static_cast<u64>(value) : static_cast<u64>(value), 10);
}

void append_string(std::string& text, u64 address) {
    if (address == 0) {
        text += "NULL";
        return;
    }
    const auto value = copy_in_string(GuestAddr{address}, 4096);
    if (!value) {
        text += "0x";
        append_number(text, address, 16);
        return;
    }
    text += '"';
    for (const char c : std::string_view(*value).substr(0, kLongestString)) {
        if (c == '\n')
            text += "\\n";
        else
            text += c >= ' ' && c < 0x7f ? c : '?';
    }
    text += value->size() > kLongestString ? "\"..." : "\"";
}

void append_argument(std::string& text, char kind, u64 value) {
    constexpr u64 kAtFdCwd = 0xffff'ff9c;
    switch (kind) {
        case 'd':
            append_signed(text, static_cast<i32>(static_cast<u32>(value)));
            return;
        case 'u':
            append_number(text, value, 10);
            return;
        case 'f':
            if (static_cast<u32>(value) == kAtFdCwd)
                text += "AT_FDCWD";
            else
                append_signed(text, static_cast<i32>(static_cast<u32>(value)));
            return;
        case 'o':
            text += '0';
            append_number(text, value, 8);
            return;
        case 's':
            append_string(text, value);
            return;
        case 'a':
        case 'w':
        case 'p':
            if (value == 0) {
                text += "NULL";
                return;
            }
            [[fallthrough]];
        default:
            text += "0x";
            append_number(text, value, 16);
    }
}

std::string_view name_of(Errno code) {
    switch (code) {
        case Errno::Eperm:
            return "EPERM";
        case Errno::Enoent:
            return "ENOENT";
        case Errno::Esrch:
            return "ESRCH";
        case Errno::Eintr:
            return "EINTR";
        case Errno::Eio:
            return "EIO";
        case Errno::E2big:
            return "E2BIG";
        case Errno::Enoexec:
            return "ENOEXEC";
        case Errno::Ebadf:
            return "EBADF";
        case Errno::Echild:
            return "ECHILD";
        case Errno::Eagain:
            return "EAGAIN";
        case Errno::Enomem:
            return "ENOMEM";
        case Errno::Eacces:
            return "EACCES";
        case Errno::Efault:
            return "EFAULT";
        case Errno::Ebusy:
            return "EBUSY";
        case Errno::Eexist:
            return "EEXIST";
        case Errno::Enotdir:
            return "ENOTDIR";
        case Errno::Eisdir:
            return "EISDIR";
        case Errno::Einval:
            return "EINVAL";
        case Errno::Emfile:
            return "EMFILE";
        case Errno::Enotty:
            return "ENOTTY";
        case Errno::Espipe:
            return "ESPIPE";
        case Errno::Erofs:
            return "EROFS";
        case Errno::Epipe:
            return "EPIPE";
        case Errno::Erange:
            return "ERANGE";
        case Errno::Enosys:
            return "ENOSYS";
        case Errno::Enotempty:
            return "ENOTEMPTY";
        case Errno::Eloop:
            return "ELOOP";
        case Errno::Enametoolong:
            return "ENAMETOOLONG";
        case Errno::Etimedout:
            return "ETIMEDOUT";
        case Errno::Erestartsys:
            return "ERESTARTSYS";
        case Errno::Erestartnointr:
            return "ERESTARTNOINTR";
        case Errno::Erestartnohand:
            return "ERESTARTNOHAND";
        case Errno::Erestart_restartblock:
            return "ERESTART_RESTARTBLOCK";
        default:
            return {};
    }
}

void append_result(std::string& text, const Result<u64>& result) {
    if (result) {
        constexpr u64 kLargestDecimal = 1 << 20;
        if (*result > kLargestDecimal) {
            text += "0x";
            append_number(text, *result, 16);
        } else {
            append_number(text, *result, 10);
        }
        return;
    }
    text += "-1 ";
    if (const auto name = name_of(result.error()); !name.empty())
        text += name;
    else
        append_number(text, static_cast<u64>(result.error()), 10);
}

}  // namespace

bool tracing() { return trace_on; }
void set_tracing(bool on) { trace_on = on; }

void log_signal(const Task& task, const SigInfo& info) {
    std::string line;
    append_number(line, task.tid, 10);
    line += " --- signal ";
    append_signed(line, info.signal);
    line += " {si_code=";
    append_signed(line, info.code);
    line += kSynchronous.has(info.signal) ? ", si_addr=0x" : ", sender=0x";
    append_number(line, kSynchronous.has(info.signal) ? info.words[0] : info.words[0] & 0xffff'ffff, 16);
    line += "} at 0x";
    append_number(line, task.context.rip, 16);
    line += " ---\n";
    enclave::host_log(line);
}

std::string describe_call(u64 number, const SyscallEntry* entry, const SyscallArgs& args) {
    std::string text;
    if (!entry) {
        text = "call_";
        append_number(text, number, 10);
        return text += "()";
    }
    text = entry->name;
    text += '(';
    const std::string_view kinds(entry->arguments);
    for (size_t i = 0; i < kinds.size() && i < args.size(); ++i) {
        if (i > 0) text += ", ";
        append_argument(text, kinds[i], args[i]);
    }
    return text += ')';
}

void trace_result(const Task& task, std::string_view call, const SyscallEntry* entry,
                  const Result<u64>& result) {
    std::string line;
    append_number(line, task.tid, 10);
    line += ' ';
    line += call;
    line += " = ";
    append_result(line, result);
    if (!entry || !entry->handler) {
        line += " (";
        line += entry ? entry->missing : "no such call";
        line += ')';
    }
    line += '\n';
    enclave::host_log(line);
}

}  // namespace occlum::kernel
