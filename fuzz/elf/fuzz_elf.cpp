// The first reader of files from outside: ELF headers and "#!" lines. An image that is accepted must keep the
// rules on which the loader relies (kernel/exec/elf.h).
#include <algorithm>

#include "kernel/exec/elf.h"
#include "kernel/exec/script.h"

namespace {

using namespace occlum;
using namespace occlum::kernel;

class BytesSource final : public ElfSource {
public:
    explicit BytesSource(std::span<const u8> bytes) : bytes_(bytes) {}
    u64 size() const override { return bytes_.size(); }
    Result<void> read(u64 offset, std::span<u8> out) const override {
        if (offset > bytes_.size() || out.size() > bytes_.size() - offset) __builtin_trap();
        std::ranges::copy(bytes_.subspan(offset, out.size()), out.begin());
        return {};
    }

private:
    std::span<const u8> bytes_;
};

void demand(bool rule) {
    if (!rule) __builtin_trap();
}

void check(const ElfImage& image, u64 size) {
    u64 end = 0;
    demand(!image.segments.empty());
    for (const ElfSegment& segment : image.segments) {
        demand(segment.address >= end && segment.file_size <= segment.memory_size);
        demand(segment.offset <= size && segment.file_size <= size - segment.offset);
        demand(segment.offset % kPageSize == segment.address % kPageSize);
        end = segment.end();
    }
    demand(end <= (u64{1} << 32) && end == image.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, size_t size) {
    const std::span<const u8> bytes(data, size);
    if (const auto image = read_elf(BytesSource(bytes))) check(*image, size);
    if (const auto line = read_script_line(bytes.first(std::min(size, kScriptLineSize))); line && *line)
        demand(!(*line)->interpreter.empty());
    return 0;
}
