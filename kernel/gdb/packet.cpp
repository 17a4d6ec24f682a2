#include "kernel/gdb/packet.h"

#include <algorithm>
#include <array>

namespace occlum::kernel::gdb {
namespace {

constexpr char kInterruptByte = 3, kEscape = '}';
constexpr u8 kEscapeBit = 0x20;
constexpr std::string_view kDigits = "0123456789abcdef";

std::optional<u8> digit(char letter) {
    if (letter >= '0' && letter <= '9') return static_cast<u8>(letter - '0');
    if (letter >= 'a' && letter <= 'f') return static_cast<u8>(letter - 'a' + 10);
    if (letter >= 'A' && letter <= 'F') return static_cast<u8>(letter - 'A' + 10);
    return std::nullopt;
}

u8 checksum(std::string_view payload) {
    u32 sum = 0;
    for (const char letter : payload) sum += static_cast<u8>(letter);
    return static_cast<u8>(sum & 0xff);
}

void add_byte(std::string& text, u8 byte) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
}

}  // namespace

void PacketReader::add(std::span<const u8> bytes) {
    for (const u8 byte : bytes) bytes_ += static_cast<char>(byte);
}

std::optional<PacketReader::Event> PacketReader::next() {
    const size_t start = bytes_.find_first_of(std::string_view("$\3"));
    bytes_.erase(0, std::min(start, bytes_.size()));
    if (bytes_.empty()) return std::nullopt;
    if (bytes_.front() == kInterruptByte) {
        bytes_.erase(0, 1);
        return Event{Event::Kind::Interrupt, {}};
    }
    const size_t end = bytes_.find('#');
    if (end == std::string::npos && bytes_.size() > kMaxPacket + 1) {
        bytes_.clear();
        return Event{Event::Kind::Damaged, {}};
    }
    constexpr size_t kChecksum = 3;
    if (end == std::string::npos || bytes_.size() < end + kChecksum) return std::nullopt;
    Event event{Event::Kind::Packet, bytes_.substr(1, end - 1)};
    const auto sent = bytes_of(std::string_view(bytes_).substr(end + 1, 2));
    bytes_.erase(0, end + kChecksum);
    if (!sent || sent->front() != checksum(event.payload)) event.kind = Event::Kind::Damaged;
    return event;
}

std::string frame(std::string_view payload) {
    std::string packet = "$";
    packet += payload;
    packet += '#';
    add_byte(packet, checksum(payload));
    return packet;
}

std::string escape(std::string_view data, size_t limit, size_t& taken) {
    std::string text;
    taken = 0;
    for (const char letter : data) {
        const bool special = letter == '$' || letter == '#' || letter == kEscape || letter == '*';
        if (text.size() + (special ? 2 : 1) > limit) break;
        if (special) text += kEscape;
        text += special ? static_cast<char>(static_cast<u8>(letter) ^ kEscapeBit) : letter;
        ++taken;
    }
    return text;
}

std::string unescape(std::string_view data) {
    std::string plain;
    bool escaped = false;
    for (const char letter : data) {
        if (!escaped && letter == kEscape) {
            escaped = true;
            continue;
        }
        plain += escaped ? static_cast<char>(static_cast<u8>(letter) ^ kEscapeBit) : letter;
        escaped = false;
    }
    return plain;
}

std::string hex(std::span<const u8> bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const u8 byte : bytes) add_byte(text, byte);
    return text;
}

std::string hex(u64 number) {
    std::string text;
    do {
        text.insert(text.begin(), kDigits[number & 15]);
        number >>= 4;
    } while (number != 0);
    return text;
}

std::string hex_of_text(std::string_view text) {
    std::string out;
    for (const char letter : text) add_byte(out, static_cast<u8>(letter));
    return out;
}

std::optional<std::vector<u8>> bytes_of(std::string_view hex) {
    if (hex.size() % 2 != 0) return std::nullopt;
    std::vector<u8> bytes;
    bytes.reserve(hex.size() / 2);
    for (size_t at = 0; at < hex.size(); at += 2) {
        const auto high = digit(hex[at]), low = digit(hex[at + 1]);
        if (!high || !low) return std::nullopt;
        bytes.push_back(static_cast<u8>(*high << 4 | *low));
    }
    return bytes;
}

bool Scanner::skip(std::string_view prefix) {
    if (!text_.starts_with(prefix)) return false;
    text_.remove_prefix(prefix.size());
    return true;
}

std::optional<u64> Scanner::number() {
    u64 value = 0;
    size_t digits = 0;
    while (digits < text_.size()) {
        const auto next = digit(text_[digits]);
        if (!next) break;
        value = value << 4 | *next;
        ++digits;
    }
    text_.remove_prefix(digits);
    return digits == 0 ? std::nullopt : std::optional(value);
}

std::string_view Scanner::until(char separator) {
    const size_t at = text_.find(separator);
    const std::string_view piece = text_.substr(0, at);
    text_.remove_prefix(at == std::string_view::npos ? text_.size() : at + 1);
    return piece;
}

namespace {

/// gdb's numbers of Linux's signals 1 to 31; 143 is its "unknown".
constexpr std::array<u8, 32> kGdbSignals{0,   1,  2,  3,  4,  5,  6,  10, 8,  9,  30, 11, 31, 13, 14, 15,
                                         143, 20, 19, 17, 18, 21, 22, 16, 24, 25, 26, 27, 28, 23, 32, 12};
// The real-time ones lie in three places.
constexpr u32 kFirstRealTime = 32, kLastRealTime = 64;
constexpr u32 kGdbOf32 = 77, kGdbOf33 = 45, kGdbOf64 = 78;

}  // namespace

u32 gdb_signal(u32 linux_signal) {
    if (linux_signal < kFirstRealTime) return kGdbSignals.at(linux_signal);
    if (linux_signal == kFirstRealTime) return kGdbOf32;
    return linux_signal >= kLastRealTime ? kGdbOf64 : kGdbOf33 + linux_signal - kFirstRealTime - 1;
}

u32 linux_signal(u64 signal) {
    for (u32 number = 1; number <= kLastRealTime; ++number)
        if (gdb_signal(number) == signal) return number;
    return 0;
}

std::string piece_of(std::string_view whole, u64 offset, u64 length) {
    if (offset >= whole.size()) return "l";
    size_t taken = 0;
    const std::string_view rest = whole.substr(offset);
    const std::string piece = escape(rest, std::min<u64>(length, kMaxPacket / 2), taken);
    return (taken == rest.size() ? "l" : "m") + piece;
}

}  // namespace occlum::kernel::gdb
