#include "kernel/net/interfaces.h"

#include <algorithm>
#include <array>
#include <bit>

#include "kernel/net/loopback.h"

namespace occlum::kernel {
namespace {

enum Request : u64 {
    kGetName = 0x8910,
    kGetAll = 0x8912,
    kGetFlags = 0x8913,
    kSetFlags = 0x8914,
    kGetAddress = 0x8915,
    kSetAddress = 0x8916,
    kGetPeerAddress = 0x8917,
    kGetBroadcast = 0x8919,
    kGetMask = 0x891b,
    kSetMask = 0x891c,
    kGetMetric = 0x891d,
    kGetMtu = 0x8921,
    kSetMtu = 0x8922,
    kSetName = 0x8923,
    kSetHardware = 0x8924,
    kGetHardware = 0x8927,
    kGetIndex = 0x8933,
    kGetQueueLength = 0x8942,
    kSetQueueLength = 0x8943,
};

constexpr size_t kNameSize = 16;

/// struct ifreq.
struct InterfaceRequest {
    std::array<u8, kNameSize> name{};
    std::array<u8, 24> value{};
};
/// struct ifconf.
struct InterfaceList {
    i32 size;
    u32 padding;
    u64 requests;
};

void put_word(InterfaceRequest& request, u32 word) {
    std::ranges::copy(std::bit_cast<std::array<u8, 4>>(word), request.value.begin());
}

void put_address(InterfaceRequest& request, std::array<u8, 4> address) {
    constexpr u8 kInet = 2;
    request.value = {kInet, 0, 0, 0, address[0], address[1], address[2], address[3]};
}

bool is_loopback_name(const InterfaceRequest& request) {
    return std::ranges::equal(std::span(request.name).first(kLoopbackName.size() + 1),
                              std::array<u8, 3>{'l', 'o', 0});
}

void put_name(InterfaceRequest& request) {
    request.name = {};
    std::ranges::copy(kLoopbackName, request.name.begin());
}

Result<void> list_all(GuestAddr argument) {
    auto list = TRY(read_user(UserIn<InterfaceList>{argument}));
    InterfaceRequest request;
    put_name(request);
    put_address(request, kLoopbackAddress);
    const bool fits = list.size >= static_cast<i32>(sizeof request);
    if (list.requests != 0 && fits) TRY(write_user(UserOut<InterfaceRequest>{{list.requests}}, request));
    list.size = list.requests == 0 || fits ? static_cast<i32>(sizeof request) : 0;
    return write_user(UserOut<InterfaceList>{argument}, list);
}

Result<void> get_name(GuestAddr argument) {
    auto request = TRY(read_user(UserIn<InterfaceRequest>{argument}));
    std::array<u8, 4> index{};
    std::ranges::copy(std::span(request.value).first(4), index.begin());
    if (std::bit_cast<u32>(index) != kLoopbackIndex) return err(Errno::Enodev);
    put_name(request);
    return write_user(UserOut<InterfaceRequest>{argument}, request);
}

Result<void> fill(InterfaceRequest& answer, u64 request) {
    switch (request) {
        case kGetFlags:
            answer.value = {};
            // A short, so without what came later.
            put_word(answer, kLoopbackFlags & 0xffff);
            return {};
        case kGetAddress:
        case kGetPeerAddress:
            put_address(answer, kLoopbackAddress);
            return {};
        case kGetBroadcast:
            put_address(answer, {});
            return {};
        case kGetMask:
            put_address(answer, {255, 0, 0, 0});
            return {};
        case kGetMetric:
            put_word(answer, 0);
            return {};
        case kGetMtu:
            put_word(answer, kLoopbackMtu);
            return {};
        case kGetHardware:
            answer.value = {};
            put_word(answer, kLoopbackHardware);
            return {};
        case kGetIndex:
            put_word(answer, kLoopbackIndex);
            return {};
        case kGetQueueLength:
            put_word(answer, kLoopbackQueue);
            return {};
        case kSetFlags:
        case kSetAddress:
        case kSetMask:
        case kSetMtu:
        case kSetName:
        case kSetHardware:
        case kSetQueueLength:
            return err(Errno::Eperm);
        default:
            return err(Errno::Enotty);
    }
}

}  // namespace

Result<void> interface_request(u64 request, GuestAddr argument) {
    constexpr u64 kFirst = kGetName, kLast = kSetQueueLength;
    if (request < kFirst || request > kLast) return err(Errno::Enotty);
    if (request == kGetAll) return list_all(argument);
    if (request == kGetName) return get_name(argument);
    InterfaceRequest probe;
    if (const auto known = fill(probe, request); !known && known.error() == Errno::Enotty) return known;
    auto answer = TRY(read_user(UserIn<InterfaceRequest>{argument}));
    if (!is_loopback_name(answer)) return err(Errno::Enodev);
    TRY(fill(answer, request));
    return write_user(UserOut<InterfaceRequest>{argument}, answer);
}

}  // namespace occlum::kernel
