// Both sides of the comparison: a piece of guest code run natively, and the same translated in a domain.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "fuzz/diff/sequence.h"
#include "sfi/gate/hosted/hosted_memory.h"
#include "sfi/gate/hosted/hosted_vcpu.h"

namespace occlum::fuzz {

enum class Ending : u8 {
    Trap,     ///< a processor exception, `vector`
    Assist,   ///< confined only: state.rip is left to the kernel's emulation
    TimeOut,  ///< did not end
    Broken,   ///< the harness or the cache failed: see `note`
};

struct Outcome {
    Ending ending = Ending::Broken;
    u64 vector = 0;
    u64 error = 0;
    u64 address = 0;  ///< of a page fault, as the guest sees it
    MachineState state;
    std::string note;
};

inline constexpr u64 kInt3 = 3, kUndefined = 6, kProtection = 13, kPageFault = 14;

/// The guest's memory, twice: at its own addresses, and in a domain.
class Memory {
public:
    Memory();
    /// Equal random contents, and code at `address` on both sides.
    void reset(u64 seed, u32 address, std::span<const u8> code);
    /// Native code only.
    void patch(u32 address, u8 byte);
    /// First address at which the two differ.
    std::optional<u32> first_difference();
    u8 native_byte(u32 address);
    u8 confined_byte(u32 address);
    u64 domain() const { return domain_.start(); }

private:
    std::span<u8> native(const Area& area);

    sfi::HostedRange domain_;
    std::array<sfi::HostedRange, kAreas.size()> native_;
    std::array<sfi::HostedRange, kCodeBases.size()> native_code_;
};

/// The integer state between two instructions.
struct Step {
    std::array<u64, 16> gpr{};
    u64 rip = 0;
    u64 rflags = 0;
};
inline constexpr size_t kMaxSteps = 2000;

/// Of the page that holds `code_address`: where the code area starts.
u32 code_area(u32 code_address);

/// Runs code at start.rip, on the real processor at the guest's own addresses, until it traps.
class Native {
public:
    explicit Native(sfi::HostedVcpu& vcpu);
    Outcome run(const MachineState& start);
    /// Single-stepped; `steps` gets the state before each instruction (each repetition of a string
    /// instruction).
    Outcome trace(const MachineState& start, std::vector<Step>& steps);
};

class Confined {
public:
    Confined(sfi::HostedVcpu& vcpu, u64 domain);
    ~Confined();
    Outcome run(const MachineState& start, u32 code_address, std::span<const u8> code);
    /// The last code again, with what the first run translated and linked.
    Outcome run_again(const MachineState& start);
    /// The same, single-stepped; `steps` gets what recovery makes of each host instruction boundary in a
    /// unit.
    Outcome trace(const MachineState& start, u32 code_address, std::span<const u8> code,
                  std::vector<Step>& steps);
    /// The next run starts with an empty cache.
    void start_afresh();
    /// Host address of the first unit, and all units in the cache.
    u64 units_start() const;
    std::span<const u8> units() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace occlum::fuzz
