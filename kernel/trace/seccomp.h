// seccomp(2): which system calls a task may make. Filters are classic BPF programs over the call.
#pragma once

#include <array>
#include <vector>

#include "base/ref.h"
#include "base/result.h"

namespace occlum::kernel {

class Task;

struct FilterInstruction {
    u16 code;
    u8 if_true, if_false;
    u32 operand;
};

/// A program and those installed before it, which all are asked.
class SeccompFilter : public RefCounted {
public:
    /// EINVAL: not a program that seccomp takes.
    static Result<Ref<SeccompFilter>> create(std::vector<FilterInstruction> program,
                                             RefPtr<SeccompFilter> before);
    SeccompFilter(std::vector<FilterInstruction> program, RefPtr<SeccompFilter> before);  ///< for create()
    ~SeccompFilter() override;
    /// SECCOMP_RET_*: the strictest of all programs.
    u32 decide(const std::array<u32, 16>& call) const;
    bool descends_from(const SeccompFilter* other) const;
    size_t total() const { return total_; }

private:
    std::vector<FilterInstruction> program_;
    RefPtr<SeccompFilter> before_;
    size_t total_;  ///< instructions in all
};

enum class SeccompMode : u8 { None, Strict, Filter };

enum SeccompAction : u32 {
    kSeccompKillProcess = 0x8000'0000,
    kSeccompKillThread = 0,
    kSeccompTrap = 0x0003'0000,
    kSeccompError = 0x0005'0000,
    kSeccompTrace = 0x7ff0'0000,
    kSeccompLog = 0x7ffc'0000,
    kSeccompAllow = 0x7fff'0000,
    kSeccompActionMask = 0xffff'0000,
};

/// prctl(PR_SET_SECCOMP).
Result<u64> set_seccomp(u64 mode, u64 address);
/// Before the current task's call, whose number and arguments are in its registers: false when it is not to
/// be made, rax being its result.
bool seccomp_allows(Task& task);

}  // namespace occlum::kernel
