// ioctl_tty(2).
#include <algorithm>

#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"
#include "kernel/tty/tty.h"

namespace occlum::kernel {
namespace {

template <typename T>
Result<u64> answer(u64 address, const T& value) {
    TRY(write_user(UserOut<T>{{address}}, value));
    return u64{0};
}

bool group_in_session(u32 group, u32 session) {
    for (const auto& [pid, process] : pid_table().processes())
        if (process->group == group && !process->zombie) return process->session == session;
    return false;
}

Termio short_form(const Termios& termios) {
    Termio form{.input = static_cast<u16>(termios.input),
                .output = static_cast<u16>(termios.output),
                .control = static_cast<u16>(termios.control),
                .local = static_cast<u16>(termios.local),
                .line = termios.line,
                .characters = {},
                .padding = 0};
    std::ranges::copy(std::span(termios.characters).first(form.characters.size()), form.characters.begin());
    return form;
}

Termios with_short_form(Termios termios, const Termio& form) {
    auto low = [](u32 old, u16 part) { return (old & 0xffff'0000) | part; };
    termios.input = low(termios.input, form.input);
    termios.output = low(termios.output, form.output);
    termios.control = low(termios.control, form.control);
    termios.local = low(termios.local, form.local);
    termios.line = form.line;
    std::ranges::copy(form.characters, termios.characters.begin());
    return termios;
}

}  // namespace

Result<u64> Tty::ioctl(u32 request, u64 argument) { return terminal_ioctl(request, argument); }

Result<u64> Tty::terminal_ioctl(u32 request, u64 argument) {
    switch (request) {
        case kGetTermios:
        case kGetTermio:
        case kGetTermios2:
        case kSetTermios:
        case kSetTermiosDrain:
        case kSetTermiosFlush:
        case kSetTermio:
        case kSetTermioDrain:
        case kSetTermioFlush:
        case kSetTermios2:
        case kSetTermios2Drain:
        case kSetTermios2Flush:
            return settings_ioctl(request, argument);
        case kGetWindow:
            return answer(argument, window_);
        case kSetWindow:
            set_window(TRY(read_user(UserIn<WindowSize>{{argument}})));
            return u64{0};
        case kInputQueued:
            return answer(argument, static_cast<i32>(line_.available()));
        case kOutputQueued:
            return answer(argument, static_cast<i32>(output().size()));
        case kInjectInput:
            // Refused to everybody (dev.tty.legacy_tiocsti = 0): input is what the user typed.
            return err(Errno::Eio);
        case kExclusive:
        case kNotExclusive:
            exclusive_ = request == kExclusive;
            return u64{0};
        case kGetExclusive:
            return answer(argument, i32{exclusive_});
        case kGetDiscipline:
            return answer(argument, i32{line_.termios.line});
        case kSetDiscipline: {
            i32 wanted = TRY(read_user(UserIn<i32>{{argument}}));
            if (wanted != 0) return err(Errno::Einval);
            return u64{0};
        }
        case kSendBreak:
        case kSendBreakTenths:
        case kFlowControl:
        case kFlush:
            return flush_ioctl(request, argument);
        default:
            return session_ioctl(request, argument);
    }
}

Result<u64> Tty::settings_ioctl(u32 request, u64 argument) {
    auto drains = [&](u32 drain, u32 flush) { return request == drain || request == flush; };
    switch (request) {
        case kGetTermios:
            return answer(argument, line_.termios);
        case kGetTermio:
            return answer(argument, short_form(line_.termios));
        case kGetTermios2:
            return answer(argument, Termios2{line_.termios, input_speed_, output_speed_});
        case kSetTermios:
        case kSetTermiosDrain:
        case kSetTermiosFlush:
            return set_settings(TRY(read_user(UserIn<Termios>{{argument}})), input_speed_, output_speed_,
                                drains(kSetTermiosDrain, kSetTermiosFlush), request == kSetTermiosFlush);
        case kSetTermio:
        case kSetTermioDrain:
        case kSetTermioFlush:
            return set_settings(with_short_form(line_.termios, TRY(read_user(UserIn<Termio>{{argument}}))),
                                input_speed_, output_speed_, drains(kSetTermioDrain, kSetTermioFlush),
                                request == kSetTermioFlush);
        default: {
            Termios2 wanted = TRY(read_user(UserIn<Termios2>{{argument}}));
            return set_settings(wanted.basic, wanted.input_speed, wanted.output_speed,
                                drains(kSetTermios2Drain, kSetTermios2Flush), request == kSetTermios2Flush);
        }
    }
}

Result<u64> Tty::set_settings(const Termios& wanted, u32 speed_in, u32 speed_out, bool drains, bool flushes) {
    TRY(check_change());
    if (drains) TRY(drain());
    if (flushes) line_.flush_input();
    Termios before = std::exchange(line_.termios, wanted);
    line_.termios.line = before.line;
    input_speed_ = speed_in;
    output_speed_ = speed_out;
    line_.settings_changed(before);
    if (before.has(kExternal) || wanted.has(kExternal)) note(kPacketIoctl);
    bool flowed = before.in(kOutputFlow) && before.characters.at(kStop) == 19;
    bool flows = wanted.in(kOutputFlow) && wanted.characters.at(kStop) == 19;
    if (flowed != flows) note(flows ? kPacketDoStop : kPacketNoStop);
    wake_slave();
    return u64{0};
}

Result<void> Tty::drain() {
    while (!hung_up_ && !output().empty() && &output_room() != &writable_) {
        output_added();
        if (output().empty()) break;
        WaitEntry room(output_room(), current_task());
        TRY(block(std::nullopt));
    }
    return {};
}

// TCFLSH's queues: 0 input, 1 output, 2 both.
void Tty::flush(u32 which) {
    if (which != 1) {
        line_.flush_input();
        note(kPacketFlushRead);
        input_taken();
    }
    if (which != 0) {
        output().clear();
        note(kPacketFlushWrite);
        writable_.wake_all();
    }
}

void Tty::set_stopped(bool stopped) {
    line_.set_output_stopped(stopped);
    note(stopped ? kPacketStop : kPacketStart);
    if (!stopped) writable_.wake_all();
}

Result<u64> Tty::flush_ioctl(u32 request, u64 argument) {
    TRY(check_change());
    switch (request) {
        case kFlush:
            if (argument > 2) return err(Errno::Einval);
            flush(static_cast<u32>(argument));
            return u64{0};
        case kFlowControl:
            // TCOOFF, TCOON; TCIOFF and TCION would be sent to the other side.
            if (argument > 3) return err(Errno::Einval);
            if (argument < 2) set_stopped(argument == 0);
            return u64{0};
        default:
            TRY(drain());
            return u64{0};
    }
}

Result<u64> Tty::session_ioctl(u32 request, u64 argument) {
    switch (request) {
        case kGetGroup:
            if (!controls_caller()) return err(Errno::Enotty);
            return answer(argument, foreground_);
        case kSetGroup:
            return set_foreground(argument);
        case kGetSession:
            if (!controls_caller()) return err(Errno::Enotty);
            return answer(argument, session_);
        case kSetControlling:
            return take_control(argument);
        case kGiveUpControlling:
            if (!controls_caller()) return err(Errno::Enotty);
            // Other members of the session keep it: processes do not lose their terminal one by one here.
            if (session_ == current_process().pid) end_session();
            return u64{0};
        default:
            return err(Errno::Enotty);
    }
}

Result<u64> Tty::set_foreground(u64 argument) {
    TRY(check_change());
    if (!controls_caller()) return err(Errno::Enotty);
    i32 group = TRY(read_user(UserIn<i32>{{argument}}));
    if (group < 0) return err(Errno::Einval);
    if (!pid_table().group_exists(static_cast<u32>(group))) return err(Errno::Esrch);
    if (!group_in_session(static_cast<u32>(group), session_)) return err(Errno::Eperm);
    foreground_ = static_cast<u32>(group);
    return u64{0};
}

Result<u64> Tty::take_control(u64 argument) {
    Process& self = current_process();
    if (self.session != self.pid) return err(Errno::Eperm);
    if (session_ == self.session) return u64{0};
    if (terminals().controlling(self)) return err(Errno::Eperm);
    // The superuser may take it from another session.
    if (session_ != 0 && (argument != 1 || !current_credentials().is_superuser())) return err(Errno::Eperm);
    become_controlling(self);
    return u64{0};
}

}  // namespace occlum::kernel
