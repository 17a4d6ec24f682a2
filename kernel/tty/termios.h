// termios(3) as the kernel's ABI has it, and the requests of ioctl_tty(2).
#pragma once

#include <array>

#include "base/types.h"

namespace occlum::kernel {

// Indices into Termios::characters.
enum ControlCharacter : size_t {
    kInterrupt = 0,
    kQuit = 1,
    kErase = 2,
    kKill = 3,
    kEndOfFile = 4,
    kReadTime = 5,
    kReadMinimum = 6,
    kStart = 8,
    kStop = 9,
    kSuspend = 10,
    kEndOfLine = 11,
    kReprint = 12,
    kWordErase = 14,
    kLiteralNext = 15,
    kEndOfLine2 = 16,
};

// c_iflag.
inline constexpr u32 kIgnoreBreak = 01, kParityMark = 010, kStrip = 040, kNewlineToReturn = 0100,
                     kIgnoreReturn = 0200, kReturnToNewline = 0400, kLowerCase = 01000, kOutputFlow = 02000,
                     kAnyRestarts = 04000, kInputFlow = 010000, kBellWhenFull = 020000, kUtf8 = 040000;
// c_oflag.
inline constexpr u32 kPostProcess = 01, kUpperCase = 02, kNewlineToReturnNewline = 04,
                     kOutReturnToNewline = 010, kNoReturnAtStart = 020, kNewlineReturns = 040,
                     kTabMask = 014000, kExpandTabs = 014000;
// c_lflag.
inline constexpr u32 kSignals = 01, kCanonical = 02, kEcho = 010, kEchoErase = 020, kEchoKill = 040,
                     kEchoNewline = 0100, kNoFlush = 0200, kStopBackground = 0400, kEchoControl = 01000,
                     kEchoPrint = 02000, kEchoKillErase = 04000, kExtended = 0100000, kExternal = 0200000;

/// struct termios of TCGETS: the defaults are those of a fresh terminal.
struct Termios {
    u32 input = kReturnToNewline | kOutputFlow, output = kPostProcess | kNewlineToReturnNewline,
        control = 0277,
        local = kSignals | kCanonical | kEcho | kEchoErase | kEchoKill | kEchoControl | kEchoKillErase |
                kExtended;
    u8 line = 0;
    std::array<u8, 19> characters{3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0};

    bool in(u32 flag) const { return (input & flag) != 0; }
    bool out(u32 flag) const { return (output & flag) != 0; }
    bool has(u32 flag) const { return (local & flag) != 0; }
    bool canonical() const { return has(kCanonical); }
};
static_assert(sizeof(Termios) == 36);

/// struct termios2 of TCGETS2.
struct Termios2 {
    Termios basic;
    u32 input_speed = 38400, output_speed = 38400;
};
static_assert(sizeof(Termios2) == 44);

/// struct termio of TCGETA: the low halves.
struct Termio {
    u16 input, output, control, local;
    u8 line;
    std::array<u8, 8> characters;
    u8 padding;
};
static_assert(sizeof(Termio) == 18);

struct WindowSize {
    u16 rows = 0, columns = 0, x_pixels = 0, y_pixels = 0;
    bool operator==(const WindowSize&) const = default;
};

enum TerminalRequest : u32 {
    kGetTermios = 0x5401,
    kSetTermios = 0x5402,
    kSetTermiosDrain = 0x5403,
    kSetTermiosFlush = 0x5404,
    kGetTermio = 0x5405,
    kSetTermio = 0x5406,
    kSetTermioDrain = 0x5407,
    kSetTermioFlush = 0x5408,
    kSendBreak = 0x5409,
    kFlowControl = 0x540a,
    kFlush = 0x540b,
    kExclusive = 0x540c,
    kNotExclusive = 0x540d,
    kSetControlling = 0x540e,
    kGetGroup = 0x540f,
    kSetGroup = 0x5410,
    kOutputQueued = 0x5411,
    kInjectInput = 0x5412,
    kGetWindow = 0x5413,
    kSetWindow = 0x5414,
    kInputQueued = 0x541b,
    kPacketMode = 0x5420,
    kGiveUpControlling = 0x5422,
    kSetDiscipline = 0x5423,
    kGetDiscipline = 0x5424,
    kSendBreakTenths = 0x5425,
    kGetSession = 0x5429,
    kGetTermios2 = 0x802c'542a,
    kSetTermios2 = 0x402c'542b,
    kSetTermios2Drain = 0x402c'542c,
    kSetTermios2Flush = 0x402c'542d,
    kGetPtyNumber = 0x8004'5430,
    kSetPtyLock = 0x4004'5431,
    kSendSignal = 0x4004'5436,
    kGetPacketMode = 0x8004'5438,
    kGetPtyLock = 0x8004'5439,
    kGetExclusive = 0x8004'5440,
    kOpenPtyPeer = 0x5441,
};

/// Packet mode's first byte (ioctl_tty(2), TIOCPKT).
enum PacketByte : u8 {
    kPacketData = 0,
    kPacketFlushRead = 1,
    kPacketFlushWrite = 2,
    kPacketStop = 4,
    kPacketStart = 8,
    kPacketNoStop = 16,
    kPacketDoStop = 32,
    kPacketIoctl = 64
};

}  // namespace occlum::kernel
