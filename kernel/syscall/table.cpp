// The system-call table: calls.inc as data, found by number in one step.
#include "kernel/syscall/table.h"

#include <string_view>
#include <utility>

#include "kernel/syscall/handlers.h"

namespace occlum::kernel {

namespace {

consteval u8 pointers_in(std::string_view arguments) {
    u8 bits = 0;
    for (size_t i = 0; i < arguments.size(); ++i)
        if (arguments[i] == 'p' || arguments[i] == 'w' || arguments[i] == 's')
            bits = static_cast<u8>(bits | 1u << i);
    return bits;
}

consteval u8 sized_in(std::string_view arguments) {
    u8 bits = 0;
    for (size_t i = 0; i + 1 < arguments.size(); ++i)
        if (arguments[i] == 'p' && arguments[i + 1] == 'u') bits = static_cast<u8>(bits | 1u << i);
    return bits;
}

constexpr auto kEntries = std::to_array<SyscallEntry>({
#define ENTRY(number, name, handler, support, missing, arguments) \
    {number, name, handler, support, missing, arguments, pointers_in(arguments), sized_in(arguments)},
#define FULL(number, name, arguments) ENTRY(number, #name, sys_##name, Support::Full, "", arguments)
#define PARTIAL(number, name, arguments, missing) \
    ENTRY(number, #name, sys_##name, Support::Partial, missing, arguments)
#define ABSENT(number, name, arguments, reason) \
    ENTRY(number, #name, nullptr, Support::Absent, reason, arguments)
#include "kernel/syscall/calls.inc"
#undef FULL
#undef PARTIAL
#undef ABSENT
#undef ENTRY
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
