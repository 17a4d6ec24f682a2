// capabilities(7).
#pragma once

#include "base/types.h"

namespace occlum::kernel {

enum class Capability : u8 {
    Chown = 0,
    DacOverride = 1,
    DacReadSearch = 2,
    FileOwner = 3,
    FileSetId = 4,
    Kill = 5,
    SetGid = 6,
    SetUid = 7,
    SetCapabilities = 8,
    LockMemory = 14,
    OwnIpc = 15,
    ChangeRoot = 18,
    Trace = 19,
    Administer = 21,
    Nice = 23,
    Resource = 24,
    MakeNode = 27,
    WakeAlarm = 35,
    Last = 40,
};

class Capabilities {
public:
    constexpr Capabilities() = default;
    constexpr explicit Capabilities(u64 bits) : bits_(bits & kEvery) {}
    static constexpr Capabilities all() { return Capabilities(kEvery); }
    constexpr u64 bits() const { return bits_; }
    constexpr bool has(Capability which) const { return has_number(static_cast<u32>(which)); }
    constexpr bool has_number(u32 number) const { return (bits_ >> number) & 1; }
    constexpr bool contains(Capabilities other) const { return (other.bits_ & ~bits_) == 0; }
    constexpr void add(u32 number) { bits_ |= u64{1} << number; }
    constexpr void remove(u32 number) { bits_ &= ~(u64{1} << number); }
    constexpr Capabilities operator|(Capabilities other) const { return Capabilities(bits_ | other.bits_); }
    constexpr Capabilities operator&(Capabilities other) const { return Capabilities(bits_ & other.bits_); }
    constexpr Capabilities operator~() const { return Capabilities(~bits_); }
    constexpr bool operator==(const Capabilities&) const = default;

private:
    static constexpr u64 kEvery = (u64{2} << static_cast<u32>(Capability::Last)) - 1;
    u64 bits_ = 0;
};

/// What an fsuid other than 0 gives up (capabilities(7), "Effect of user ID changes").
inline constexpr Capabilities kFileCapabilities{0b1'1111 | u64{1} << 9 | u64{1} << 27 | u64{1} << 32};

/// prctl(PR_SET_SECUREBITS).
enum SecureBit : u32 {
    kNoRoot = 1,
    kNoSetUidFixup = 4,
    kKeepCapabilities = 16,
    kNoAmbientRaise = 64,
    kSecureLocks = 0b1010'1010,
    kSecureAll = 0xff,
};

}  // namespace occlum::kernel
