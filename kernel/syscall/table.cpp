// The system-call table: calls.inc as data, found by number in one step.
#include "kernel/syscall/table.h"

#include <utility>

#include "kernel/syscall/handlers.h"

namespace occlum::kernel {

namespace {

constexpr auto kEntries = std::to_array<SyscallEntry>({
#define FULL(number, name, arguments) {number, #name, sys_##name, Support::Full, "", arguments},
#define PARTIAL(number, name, arguments, missing) \
    {number, #name, sys_##name, Support::Partial, missing, arguments},
#define ABSENT(number, name, arguments, reason) {number, #name, nullptr, Support::Absent, reason, arguments},
#include "kernel/syscall/calls.inc"
#undef FULL
#undef PARTIAL
#undef ABSENT
});

constexpr size_t kNumbers = size_t{kEntries.back().number} + 1;

/// Position in kEntries + 1 of each number, 0 for none.
constexpr auto kIndex = [] {
    std::array<u16, kNumbers> index{};
    for (size_t i = 0; i < kEntries.size(); ++i) index[kEntries[i].number] = static_cast<u16>(i + 1);
    return index;
}();

}  // namespace

std::span<const SyscallEntry> syscall_table() { return kEntries; }

const SyscallEntry* find_syscall(u64 number) {
    if (number >= kNumbers || kIndex[number] == 0) return nullptr;
    return &kEntries[kIndex[number] - 1u];
}

}  // namespace occlum::kernel
