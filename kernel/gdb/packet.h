// gdb's remote serial protocol, the part that is only bytes: `$payload#checksum`, what stands between
// packets, hexadecimal numbers and data, and the escapes of binary data.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace occlum::kernel::gdb {

inline constexpr size_t kMaxPacket = 0x8000;  ///< of payload

/// What has come in: bytes in, packets out. What is not the protocol is skipped.
class PacketReader {
public:
    struct Event {
        enum class Kind : u8 { Packet, Interrupt, Damaged };
        Kind kind = Kind::Packet;
        std::string payload;
    };
    void add(std::span<const u8> bytes);
    /// Nothing: more bytes are needed.
    std::optional<Event> next();

private:
    std::string bytes_;
};

/// `$payload#checksum`; the payload has its escapes already.
std::string frame(std::string_view payload);

/// Escapes what a payload must not contain; at most `limit` bytes of output. `taken`: bytes of data in it.
std::string escape(std::string_view data, size_t limit, size_t& taken);
std::string unescape(std::string_view data);

std::string hex(std::span<const u8> bytes);
std::string hex(u64 number);
std::string hex_of_text(std::string_view text);
/// Nothing: an odd number of digits, or no digits.
std::optional<std::vector<u8>> bytes_of(std::string_view hex);

/// Reads a payload from its front.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}
    /// Takes the prefix off when it is there.
    bool skip(std::string_view prefix);
    /// At least one hexadecimal digit.
    std::optional<u64> number();
    /// Up to the separator, which goes too, or to the end.
    std::string_view until(char separator);
    std::string_view rest() const { return text_; }
    bool done() const { return text_.empty(); }

private:
    std::string_view text_;
};

/// gdb has numbers of its own for signals.
u32 gdb_signal(u32 linux_signal);
/// 0: no signal that Linux has.
u32 linux_signal(u64 gdb_signal);

/// The reply to `qXfer:…:read:ANNEX:OFFSET,LENGTH`: `m` or `l` and a piece of the whole.
std::string piece_of(std::string_view whole, u64 offset, u64 length);

}  // namespace occlum::kernel::gdb
