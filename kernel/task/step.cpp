#include "kernel/task/step.h"

#include <algorithm>

#include "sfi/translator/decoder.h"

namespace occlum::kernel {
namespace {

constexpr size_t kLongestInstruction = 15;

// The bytes of one instruction, by guest addresses; before and behind them there is no code.
class InstructionBytes final : public sfi::CodeBytes {
public:
    InstructionBytes(u64 offset, std::span<const u8> bytes)
        : offset_(offset), bytes_(bytes.begin(), bytes.end()) {}
    size_t read(u64 offset, std::span<u8> out) const override {
        if (offset < offset_ || offset >= offset_ + bytes_.size()) return 0;
        const auto rest = std::span(bytes_).subspan(offset - offset_);
        const size_t count = std::min(rest.size(), out.size());
        std::ranges::copy(rest.first(count), out.begin());
        return count;
    }

private:
    u64 offset_;
    std::vector<u8> bytes_;
};

}  // namespace

Result<Ref<sfi::CodeSpace>> single_instruction(AddressSpace& memory, GuestAddr rip) {
    std::array<u8, kLongestInstruction> bytes{};
    const size_t count = memory.fetch(rip, bytes);
    sfi::translator::Insn insn;
    const auto decoded = sfi::translator::decode(std::span(bytes).first(count), rip.value, insn);
    if (count == 0 || decoded == sfi::translator::Decoded::Truncated) return err(Errno::Efault);
    const size_t length = decoded == sfi::translator::Decoded::Ok ? insn.length : count;
    const u64 start = page_down(rip.value);
    const u64 size = page_up(rip.value + length) - start;
    const u64 owner = fresh_number();
    const sfi::ExecMapping mapping{
        .start = {start},
        .size = size,
        .bytes = make_ref<InstructionBytes>(rip.value, std::span(bytes).first(length)),
        .offset = start,
        .identity = owner};
    return code_cache().space(std::span(&mapping, 1), owner);
}

}  // namespace occlum::kernel
