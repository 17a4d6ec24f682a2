// Makes small ELF files, sound or not.
#pragma once

#include <cstring>
#include <vector>

#include "kernel/exec/elf.h"

namespace occlum::kernel {

struct BuiltSegment {
    u32 type = 1, flags = 5;
    u64 offset = 0, address = 0, file_size = 0, memory_size = 0, alignment = 0x1000;
};

struct ElfBuilder {
    u16 type = 2, machine = 62;
    u64 entry = 0x40'1000;
    std::vector<BuiltSegment> segments{
        {.offset = 0, .address = 0x40'0000, .file_size = 0x2000, .memory_size = 0x2000}};
    size_t size = 0x3000;

    std::vector<u8> build() const {
        std::vector<u8> bytes(size);
        auto put = [&](size_t offset, u64 value, size_t width) {
            if (offset + width <= bytes.size()) std::memcpy(&bytes[offset], &value, width);
        };
        put(0, 0x0001'0102'464c'457f, 8);
        put(16, type, 2);
        put(18, machine, 2);
        put(20, 1, 4);
        put(24, entry, 8);
        put(32, 64, 8);
        put(54, 56, 2);
        put(56, segments.size(), 2);
        for (size_t i = 0; i < segments.size(); ++i) {
            const size_t at = 64 + i * 56;
            const BuiltSegment& s = segments[i];
            put(at, s.type, 4);
            put(at + 4, s.flags, 4);
            put(at + 8, s.offset, 8);
            put(at + 16, s.address, 8);
            put(at + 32, s.file_size, 8);
            put(at + 40, s.memory_size, 8);
            put(at + 48, s.alignment, 8);
        }
        return bytes;
    }
};

class BytesSource final : public ElfSource {
public:
    explicit BytesSource(std::span<const u8> bytes) : bytes_(bytes) {}
    u64 size() const override { return bytes_.size(); }
    Result<void> read(u64 offset, std::span<u8> out) const override {
        if (offset > bytes_.size() || out.size() > bytes_.size() - offset) return err(Errno::Enoexec);
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
        return {};
    }

private:
    std::span<const u8> bytes_;
};

}  // namespace occlum::kernel
