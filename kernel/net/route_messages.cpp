// rtnetlink(7): what there is of the network, for those who ask. Nothing can be changed.
#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "kernel/net/interfaces.h"
#include "kernel/net/loopback.h"

namespace occlum::kernel {
namespace {

struct Header {
    u32 size;
    u16 type, flags;
    u32 sequence, port;
};

enum Type : u16 {
    kNoop = 1,
    kError = 2,
    kDone = 3,
    kNewLink = 16,
    kGetLink = 18,
    kNewAddress = 20,
    kGetAddress = 22,
    kFirstRoute = 16,
    kLastRoute = 127,
};
enum Flag : u16 { kRequest = 1, kMulti = 2, kAcknowledge = 4, kDump = 0x300 };
/// Of four types that belong together: new, delete, get, set.
constexpr u16 kGetOfFour = 2;
constexpr u8 kInet = 2, kInet6 = 10;

class Message {
public:
    Message(u16 type, u16 flags, u32 sequence, u32 port) { put(Header{0, type, flags, sequence, port}); }
    template <typename T>
    Message& put(const T& value) {
        const auto raw = std::bit_cast<std::array<u8, sizeof(T)>>(value);
        bytes_.insert(bytes_.end(), raw.begin(), raw.end());
        return *this;
    }
    Message& bytes(std::span<const u8> more) {
        bytes_.insert(bytes_.end(), more.begin(), more.end());
        return *this;
    }
    /// struct rtattr; padded to 4 bytes.
    Message& attribute(u16 type, std::span<const u8> value) {
        put(static_cast<u16>(4 + value.size())).put(type).bytes(value);
        bytes_.resize((bytes_.size() + 3) / 4 * 4);
        return *this;
    }
    Message& attribute(u16 type, u32 value) {
        return attribute(type, std::bit_cast<std::array<u8, 4>>(value));
    }
    Message& attribute(u16 type, std::string_view text) {
        std::vector<u8> value(text.begin(), text.end());
        value.push_back(0);
        return attribute(type, value);
    }
    std::vector<u8> take() {
        const auto size = std::bit_cast<std::array<u8, 4>>(static_cast<u32>(bytes_.size()));
        std::ranges::copy(size, bytes_.begin());
        return std::move(bytes_);
    }

private:
    std::vector<u8> bytes_;
};

template <typename T>
std::optional<T> read_front(std::span<const u8> bytes) {
    if (bytes.size() < sizeof(T)) return std::nullopt;
    std::array<u8, sizeof(T)> raw{};
    std::ranges::copy(bytes.first(sizeof(T)), raw.begin());
    return std::bit_cast<T>(raw);
}

/// struct ifinfomsg.
struct LinkInfo {
    u8 family = 0, padding = 0;
    u16 hardware = 0;
    i32 index = 0;
    u32 flags = 0, change = 0;
};
/// struct ifaddrmsg.
struct AddressInfo {
    u8 family, prefix, flags, scope;
    u32 index;
};

std::vector<u8> link_message(const Header& asked, u16 flags, u32 port) {
    enum : u16 {
        kAddress = 1,
        kBroadcast,
        kName,
        kMtu,
        kQueueing = 6,
        kQueueLength = 13,
        kState = 16,
        kMode,
        kGroup = 27
    };
    constexpr std::array<u8, 6> kNoAddress{};
    constexpr std::array<u8, 1> kUnknown{0};
    Message message(kNewLink, flags, asked.sequence, port);
    message
        .put(LinkInfo{.hardware = kLoopbackHardware,
                      .index = static_cast<i32>(kLoopbackIndex),
                      .flags = kLoopbackFlags})
        .attribute(kName, kLoopbackName)
        .attribute(kQueueLength, kLoopbackQueue)
        .attribute(kState, kUnknown)
        .attribute(kMode, kUnknown)
        .attribute(kMtu, kLoopbackMtu)
        .attribute(kGroup, u32{0})
        .attribute(kQueueing, std::string_view("noqueue"))
        .attribute(kAddress, kNoAddress)
        .attribute(kBroadcast, kNoAddress);
    return message.take();
}

std::vector<u8> address_message(const Header& asked, u8 family, u32 port) {
    enum : u16 { kAddress = 1, kLocal, kLabel, kLifetime = 6, kFlags = 8 };
    constexpr u8 kPermanent = 0x80, kHostScope = 254;
    constexpr std::array<u8, 16> kSix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    constexpr std::array<u32, 4> kForEver{~u32{0}, ~u32{0}, 0, 0};
    const bool four = family == kInet;
    Message message(kNewAddress, kMulti, asked.sequence, port);
    message.put(AddressInfo{family, static_cast<u8>(four ? 8 : 128), kPermanent, kHostScope, kLoopbackIndex});
    if (four)
        message.attribute(kAddress, kLoopbackAddress)
            .attribute(kLocal, kLoopbackAddress)
            .attribute(kLabel, kLoopbackName);
    else
        message.attribute(kAddress, kSix);
    message.attribute(kLifetime, std::bit_cast<std::array<u8, 16>>(kForEver));
    message.attribute(kFlags, u32{kPermanent});
    return message.take();
}

std::vector<u8> done_message(const Header& asked, u32 port) {
    return Message(kDone, kMulti, asked.sequence, port).put(u32{0}).take();
}

/// Repeats the request, as much of it as there is.
std::vector<u8> error_message(const Header& asked, std::span<const u8> request, Errno code, u32 port) {
    Message message(kError, 0, asked.sequence, port);
    message.put(-static_cast<i32>(code));
    message.bytes(code == Errno{} ? request.first(sizeof(Header)) : request);
    return message.take();
}

std::vector<u8> joined(std::initializer_list<std::vector<u8>> messages) {
    std::vector<u8> all;
    for (const auto& message : messages) all.insert(all.end(), message.begin(), message.end());
    return all;
}

using Answers = std::vector<std::vector<u8>>;

void dump(const Header& asked, u8 family, u32 port, Answers& answers) {
    if (asked.type == kGetLink) answers.push_back(link_message(asked, kMulti, port));
    if (asked.type == kGetAddress && family == 0)
        answers.push_back(
            joined({address_message(asked, kInet, port), address_message(asked, kInet6, port)}));
    else if (asked.type == kGetAddress && (family == kInet || family == kInet6))
        answers.push_back(address_message(asked, family, port));
    answers.push_back(done_message(asked, port));
}

/// One link, by its number or its name.
Errno find_link(std::span<const u8> body) {
    constexpr u16 kName = 3;
    const auto info = read_front<LinkInfo>(body);
    if (!info) return Errno::Einval;
    if (info->index != 0) return static_cast<u32>(info->index) == kLoopbackIndex ? Errno{} : Errno::Enodev;
    body = body.subspan(sizeof(LinkInfo));
    while (const auto head = read_front<std::array<u16, 2>>(body)) {
        const size_t size = (*head)[0];
        if (size < sizeof *head || size > body.size()) break;
        const auto value = body.subspan(sizeof *head, size - sizeof *head);
        if ((*head)[1] == kName) {
            constexpr std::array<u8, 2> kLo{'l', 'o'};
            const bool ours = value.size() >= 2 && std::ranges::equal(value.first(2), kLo) &&
                              (value.size() == 2 || value[2] == 0);
            return ours ? Errno{} : Errno::Enodev;
        }
        body = body.subspan(std::min((size + 3) / 4 * 4, body.size()));
    }
    return Errno::Einval;
}

/// What the sender is told in the end, when it is not a dump.
Errno answer_single(const Header& asked, std::span<const u8> body, u32 port, Answers& answers) {
    if (asked.type < kFirstRoute || asked.type > kLastRoute) return Errno::Eopnotsupp;
    if (asked.type % 4 != kGetOfFour) return Errno::Eperm;
    if (asked.type != kGetLink) return Errno::Eopnotsupp;
    const Errno found = find_link(body);
    if (found == Errno{}) answers.push_back(link_message(asked, 0, port));
    return found;
}

void answer(const Header& asked, std::span<const u8> request, u32 port, Answers& answers) {
    const auto body = request.subspan(sizeof(Header));
    const bool routes = asked.type >= kFirstRoute && asked.type <= kLastRoute;
    if (routes && asked.type % 4 == kGetOfFour && (asked.flags & kDump) != 0)
        return dump(asked, body.empty() ? u8{0} : body[0], port, answers);
    const size_t before = answers.size();
    const Errno outcome = answer_single(asked, body, port, answers);
    const bool acknowledges = (asked.flags & kAcknowledge) != 0;
    if (outcome != Errno{} || acknowledges || answers.size() == before)
        answers.push_back(error_message(asked, request, outcome, port));
}

}  // namespace

std::vector<std::vector<u8>> answer_route_messages(std::span<const u8> datagram, u32 port) {
    Answers answers;
    while (const auto asked = read_front<Header>(datagram)) {
        if (asked->size < sizeof(Header) || asked->size > datagram.size()) break;
        if (asked->type > kDone && (asked->flags & kRequest) != 0)
            answer(*asked, datagram.first(asked->size), port, answers);
        datagram = datagram.subspan(std::min<size_t>((asked->size + 3) / 4 * 4, datagram.size()));
    }
    return answers;
}

}  // namespace occlum::kernel
