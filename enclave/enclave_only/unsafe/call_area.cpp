#include "enclave/enclave_only/unsafe/call_area.h"

#include <atomic>

#include "abi/enclave_map.h"
#include "enclave/enclave_only/unsafe/cpu.h"
#include "enclave/enclave_only/unsafe/thread.h"
#include "enclave/host.h"

namespace occlum::enclave {

namespace {

constexpr u64 kUserEnd = u64{1} << 47;

constinit std::atomic<HostCallObserver> observer{nullptr};

/// M1, M2: only whole, aligned 8-byte words cross, so that no stale bytes of the CPU's buffers come along.
/// SAFETY: callers have checked that `to` lies in the call area, which is outside ELRANGE, and `from` is
/// theirs.
void copy_words(void* to, const void* from, u64 words) {
    asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

void check_place(u64 offset, u64 size) {
    if (offset % 8 != 0 || offset > abi::kCallDataSize || size > abi::kCallDataSize - offset)
        panic("host call: data outside the call area");
    // O2: no speculative use of an unchecked place.
    asm volatile("lfence" : : : "memory");
}

}  // namespace

void observe_host_calls(HostCallObserver told) { observer.store(told, std::memory_order_relaxed); }

bool call_area_good(u64 address) {
    const u64 base = image_base();
    if (!page_aligned(address) || address == 0 || address >= kUserEnd ||
        kUserEnd - address < abi::kCallAreaSize)
        return false;
    // No overflow: both ends are below 2^47.
    return address + abi::kCallAreaSize <= base || address >= base + abi::kElrangeSize;
}

CallArea::CallArea() : data_(this_thread().call_area + abi::kCallDataOffset) {
    if (this_thread().call_area == 0) panic("host call before the call area is known");
}

void CallArea::put(u64 offset, std::span<const u8> bytes) {
    check_place(offset, bytes.size());
    const u64 whole = bytes.size() & ~u64{7};
    copy_words(reinterpret_cast<void*>(data_ + offset), bytes.data(), whole / 8);
    if (whole == bytes.size()) return;
    u64 tail = 0;
    __builtin_memcpy(&tail, bytes.data() + whole, bytes.size() - whole);
    copy_words(reinterpret_cast<void*>(data_ + offset + whole), &tail, 1);
}

void CallArea::put(u64 offset, std::string_view text) {
    put(offset, std::span(reinterpret_cast<const u8*>(text.data()), text.size()));
}

void CallArea::take(u64 offset, std::span<u8> out) const {
    check_place(offset, out.size());
    const u64 whole = out.size() & ~u64{7};
    copy_words(out.data(), reinterpret_cast<const void*>(data_ + offset), whole / 8);
    if (whole == out.size()) return;
    u64 tail = 0;
    copy_words(&tail, reinterpret_cast<const void*>(data_ + offset + whole), 1);
    __builtin_memcpy(out.data() + whole, &tail, out.size() - whole);
}

i64 CallArea::call(abi::HostCall number, std::array<u64, 6> args) {
    abi::CallFrame frame{};
    frame.number = static_cast<u64>(number);
    for (size_t i = 0; i < args.size(); ++i) frame.args[i] = args[i];
    const u64 area = data_ - abi::kCallDataOffset;
    copy_words(reinterpret_cast<void*>(area), &frame, sizeof frame / 8);
    const HostCallObserver told = observer.load(std::memory_order_relaxed);
    const u64 begun = told ? read_tsc() : 0;
    enclave_leave();
    if (told) told(number, read_tsc() - begun);
    i64 result = 0;
    copy_words(&result, reinterpret_cast<const void*>(area + offsetof(abi::CallFrame, result)), 1);
    return result;
}

}  // namespace occlum::enclave
