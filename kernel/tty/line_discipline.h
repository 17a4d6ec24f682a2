// The line discipline of terminals (termios(3)), as a machine without any input or output of its own: bytes
// from the keyboard go in; what comes out are bytes for readers, bytes to be shown, and signals.
//
//   keyboard ─receive()─> [ edited line | finished lines ] ─take()─> reader
//                   └─echo─> shown()          writer ─put_output()─> shown()
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "kernel/tty/termios.h"

namespace occlum::kernel {

class LineDiscipline {
public:
    static constexpr size_t kMostInput = 4095;

    Termios termios;
    /// A change of settings: what was typed stays, as Linux keeps it.
    void settings_changed(const Termios& before);

    /// One byte from the keyboard. Answers a signal to raise, or 0.
    int receive(u8 byte);
    /// Whether another byte would be kept.
    bool has_room() const { return input_.size() < kMostInput || termios.canonical(); }

    /// Bytes for a reader: at most a line in canonical mode. Nothing: none to be had. Empty: end of file.
    bool readable() const { return termios.canonical() ? lines_ != 0 : !input_.empty(); }
    std::vector<u8> take(size_t most);
    /// Bytes that FIONREAD counts.
    size_t available() const;
    size_t pending() const { return input_.size(); }
    void flush_input();

    /// Output processing of one byte; what is to be shown goes to shown().
    void put_output(u8 byte);
    /// Bytes to be shown; the owner takes them away.
    std::vector<u8>& shown() { return shown_; }

    bool output_stopped() const { return stopped_; }
    void set_output_stopped(bool stopped) { stopped_ = stopped; }

private:
    struct Cell {
        u8 byte;
        bool ends_line = false;    // a reader stops behind it
        bool end_of_file = false;  // not a byte at all: where EOF was typed
    };

    bool is(ControlCharacter which, u8 byte) const {
        return byte == termios.characters.at(which) && byte != 0;
    }
    bool flow_control(u8 byte);
    int signal_of(u8 byte) const;
    bool edit(u8 byte);
    void erase_one();
    void erase_word();
    void erase_line();
    bool erase_cell();
    void reprint();
    void show(u8 byte) { put_output(byte); }
    void echo(u8 byte);
    void show_visibly(u8 byte);  ///< control characters as ^X
    void rub_out(u8 byte, size_t column_before);
    size_t width_of(u8 byte, size_t column) const;
    size_t column_at_end() const;
    void finish_line(Cell cell);
    void add(u8 byte);
    size_t line_start() const;

    std::deque<Cell> input_;
    size_t lines_ = 0;  // finished ones in input_
    bool literal_ = false;
    bool stopped_ = false;
    bool printing_erased_ = false;         // ECHOPRT: between '\' and '/'
    size_t column_ = 0, line_column_ = 0;  // of the cursor; where the edited line began
    std::vector<u8> shown_;
};

}  // namespace occlum::kernel
