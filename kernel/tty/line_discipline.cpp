#include "kernel/tty/line_discipline.h"

#include "kernel/signal/types.h"

namespace occlum::kernel {
namespace {

constexpr u8 kBell = 7, kBackspace = 8, kTab = 9, kNewline = 10, kReturn = 13, kDelete = 127;

bool is_control(u8 byte) { return byte < 32 || byte == kDelete; }
bool is_continuation(u8 byte) { return (byte & 0xc0) == 0x80; }
bool is_letter(u8 byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '_' || byte >= 0x80;
}
u8 lower(u8 byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<u8>(byte + 32) : byte; }
u8 upper(u8 byte) { return byte >= 'a' && byte <= 'z' ? static_cast<u8>(byte - 32) : byte; }

}  // namespace

int LineDiscipline::signal_of(u8 byte) const {
    if (!termios.has(kSignals)) return 0;
    if (is(kInterrupt, byte)) return kSigInt;
    if (is(kQuit, byte)) return kSigQuit;
    if (is(kSuspend, byte)) return kSigTstp;
    return 0;
}

// XON and XOFF. True: the byte is used up.
bool LineDiscipline::flow_control(u8 byte) {
    if (!termios.in(kOutputFlow)) return false;
    if (is(kStop, byte)) {
        stopped_ = true;
        return true;
    }
    if (is(kStart, byte)) {
        stopped_ = false;
        return true;
    }
    if (termios.in(kAnyRestarts)) stopped_ = false;
    return false;
}

int LineDiscipline::receive(u8 byte) {
    if (termios.in(kStrip)) byte &= 0x7f;
    if (termios.in(kLowerCase) && termios.has(kExtended)) byte = lower(byte);
    if (std::exchange(literal_, false)) {
        if (termios.has(kEcho)) echo(byte);
        add(byte);
        return 0;
    }
    if (flow_control(byte)) return 0;
    if (int signal = signal_of(byte)) {
        if (!termios.has(kNoFlush)) flush_input();
        if (termios.in(kOutputFlow)) stopped_ = false;
        if (termios.has(kEcho)) echo(byte);
        return signal;
    }
    if (byte == kReturn) {
        if (termios.in(kIgnoreReturn)) return 0;
        if (termios.in(kReturnToNewline)) byte = kNewline;
    } else if (byte == kNewline && termios.in(kNewlineToReturn)) {
        byte = kReturn;
    }
    if (termios.canonical() && edit(byte)) return 0;
    if (termios.has(kEcho)) echo(byte);
    if (termios.in(kParityMark) && byte == 0xff) add(byte);
    add(byte);
    return 0;
}

// What canonical mode does with special bytes. True: the byte is used up.
bool LineDiscipline::edit(u8 byte) {
    bool extended = termios.has(kExtended);
    if (is(kErase, byte)) {
        erase_one();
    } else if (is(kWordErase, byte) && extended) {
        erase_word();
    } else if (is(kKill, byte)) {
        erase_line();
    } else if (is(kLiteralNext, byte) && extended) {
        literal_ = true;
        if (termios.has(kEcho) && termios.has(kEchoControl)) {
            show('^');
            show(kBackspace);
        }
    } else if (is(kReprint, byte) && extended && termios.has(kEcho)) {
        reprint();
    } else if (byte == kNewline) {
        if (termios.has(kEcho) || termios.has(kEchoNewline)) echo(byte);
        finish_line({.byte = byte, .ends_line = true});
    } else if (is(kEndOfFile, byte)) {
        finish_line({.byte = 0, .ends_line = true, .end_of_file = true});
    } else if (is(kEndOfLine, byte) || (is(kEndOfLine2, byte) && extended)) {
        if (termios.has(kEcho)) echo(byte);
        finish_line({.byte = byte, .ends_line = true});
    } else {
        return false;
    }
    return true;
}

void LineDiscipline::finish_line(Cell cell) {
    input_.push_back(cell);
    ++lines_;
    line_column_ = column_;
    printing_erased_ = false;
}

void LineDiscipline::add(u8 byte) {
    if (input_.size() >= kMostInput) {
        // In canonical mode room is kept for the end of the line; the rest is lost, as on Linux.
        if (termios.in(kBellWhenFull)) shown_.push_back(kBell);
        return;
    }
    input_.push_back({.byte = byte});
}

// Index of the first cell of the line that is being edited.
size_t LineDiscipline::line_start() const {
    size_t at = input_.size();
    while (at > 0 && !input_[at - 1].ends_line) --at;
    return at;
}

size_t LineDiscipline::width_of(u8 byte, size_t column) const {
    if (byte == kTab) return 8 - column % 8;
    if (is_control(byte)) return termios.has(kEchoControl) ? 2 : 0;
    if (termios.in(kUtf8) && is_continuation(byte)) return 0;
    return 1;
}

size_t LineDiscipline::column_at_end() const {
    size_t column = line_column_;
    for (size_t at = line_start(); at < input_.size(); ++at) column += width_of(input_[at].byte, column);
    return column;
}

// Takes the last character of the edited line away; false when there is none.
bool LineDiscipline::erase_cell() {
    if (input_.empty() || input_.back().ends_line) return false;
    u8 byte = input_.back().byte;
    input_.pop_back();
    if (termios.in(kUtf8)) {
        while (is_continuation(byte) && !input_.empty() && !input_.back().ends_line) {
            byte = input_.back().byte;
            input_.pop_back();
        }
    }
    rub_out(byte, column_at_end());
    return true;
}

// Makes the character that was just taken away vanish from the screen.
void LineDiscipline::rub_out(u8 byte, size_t column_before) {
    if (!termios.has(kEcho)) return;
    if (termios.has(kEchoPrint)) {
        if (!std::exchange(printing_erased_, true)) show('\\');
        show_visibly(byte);
        return;
    }
    if (!termios.has(kEchoErase)) {
        echo(termios.characters.at(kErase));
        return;
    }
    if (byte == kTab) {
        for (size_t n = width_of(byte, column_before); n > 0; --n) show(kBackspace);
        return;
    }
    size_t width = is_control(byte) ? width_of(byte, column_before) : 1;
    for (; width > 0; --width)
        for (u8 shown : {kBackspace, u8{' '}, kBackspace}) show(shown);
}

void LineDiscipline::erase_one() { static_cast<void>(erase_cell()); }

void LineDiscipline::erase_word() {
    bool seen_letter = false;
    while (!input_.empty() && !input_.back().ends_line) {
        bool letter = is_letter(input_.back().byte);
        if (seen_letter && !letter) return;
        seen_letter |= letter;
        static_cast<void>(erase_cell());
    }
}

void LineDiscipline::erase_line() {
    bool visibly = termios.has(kEcho) && termios.has(kEchoKill) && termios.has(kEchoKillErase) &&
                   termios.has(kEchoErase);
    if (visibly) {
        while (erase_cell()) continue;
        return;
    }
    input_.resize(line_start());
    if (!termios.has(kEcho)) return;
    echo(termios.characters.at(kKill));
    if (termios.has(kEchoKill)) show(kNewline);
}

void LineDiscipline::reprint() {
    echo(termios.characters.at(kReprint));
    show(kNewline);
    for (size_t at = line_start(); at < input_.size(); ++at) echo(input_[at].byte);
}

void LineDiscipline::echo(u8 byte) {
    if (std::exchange(printing_erased_, false)) show('/');
    show_visibly(byte);
}

void LineDiscipline::show_visibly(u8 byte) {
    if (is_control(byte) && byte != kNewline && byte != kTab && termios.has(kEchoControl)) {
        show('^');
        show(static_cast<u8>(byte ^ 0x40));
        return;
    }
    show(byte);
}

void LineDiscipline::put_output(u8 byte) {
    if (!termios.out(kPostProcess)) {
        shown_.push_back(byte);
        return;
    }
    switch (byte) {
        case kNewline:
            if (termios.out(kNewlineReturns)) column_ = 0;
            if (termios.out(kNewlineToReturnNewline)) {
                shown_.push_back(kReturn);
                column_ = 0;
            }
            line_column_ = column_;
            break;
        case kReturn:
            if (termios.out(kNoReturnAtStart) && column_ == 0) return;
            if (termios.out(kOutReturnToNewline)) byte = kNewline;
            column_ = line_column_ = 0;
            break;
        case kTab: {
            size_t spaces = 8 - column_ % 8;
            column_ += spaces;
            if ((termios.output & kTabMask) == kExpandTabs) {
                shown_.insert(shown_.end(), spaces, u8{' '});
                return;
            }
            break;
        }
        case kBackspace:
            if (column_ > 0) --column_;
            break;
        default:
            if (termios.out(kUpperCase)) byte = upper(byte);
            if (!is_control(byte) && !(termios.in(kUtf8) && is_continuation(byte))) ++column_;
            break;
    }
    shown_.push_back(byte);
}

std::vector<u8> LineDiscipline::take(size_t most) {
    std::vector<u8> bytes;
    while (!input_.empty() && (bytes.size() < most || input_.front().end_of_file)) {
        Cell cell = input_.front();
        input_.pop_front();
        if (!cell.end_of_file) bytes.push_back(cell.byte);
        if (!cell.ends_line) continue;
        --lines_;
        if (termios.canonical()) break;
    }
    return bytes;
}

size_t LineDiscipline::available() const {
    size_t count = 0, in_lines = 0;
    for (const Cell& cell : input_) {
        if (!cell.end_of_file) ++count;
        if (cell.ends_line) in_lines = count;
    }
    return termios.canonical() ? in_lines : count;
}

void LineDiscipline::flush_input() {
    input_.clear();
    lines_ = 0;
    literal_ = false;
    line_column_ = column_;
}

void LineDiscipline::settings_changed(const Termios& before) {
    literal_ = false;
    if (!termios.in(kOutputFlow) && before.in(kOutputFlow)) stopped_ = false;
    if (before.canonical() == termios.canonical()) return;
    if (termios.canonical()) {
        // What was typed without lines is one, unless something ends it later.
        if (!input_.empty() && !input_.back().ends_line) {
            input_.back().ends_line = true;
            ++lines_;
        }
        line_column_ = column_;
    } else {
        std::erase_if(input_, [](const Cell& cell) { return cell.end_of_file; });
        for (Cell& cell : input_) cell.ends_line = false;
        lines_ = 0;
    }
}

}  // namespace occlum::kernel
