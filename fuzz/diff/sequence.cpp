#include "fuzz/diff/sequence.h"

#include <bit>

namespace occlum::fuzz {
namespace {

void put32(std::vector<u8>& bytes, size_t at, u32 value) {
    for (const u8 byte : std::bit_cast<std::array<u8, 4>>(value)) bytes[at++] = byte;
}

bool resolve(const Item& item, size_t offset, u32 code, Layout& layout) {
    const u32 next = code + static_cast<u32>(offset) + item.size;
    const size_t field = offset + item.fix_at;
    switch (item.fix) {
        case FixKind::None:
            return true;
        case FixKind::RipData:
            put32(layout.bytes, field, item.target - next);
            return true;
        case FixKind::Abs32:
            put32(layout.bytes, field, layout.address[item.target]);
            return true;
        case FixKind::Rel32:
            put32(layout.bytes, field, layout.address[item.target] - next);
            return true;
        case FixKind::Rel8: {
            const i32 distance = static_cast<i32>(layout.address[item.target] - next);
            layout.bytes[field] = static_cast<u8>(distance);
            return distance >= -128 && distance <= 127;
        }
    }
    return false;
}

}  // namespace

bool lay_out(const Sequence& sequence, Layout& layout) {
    layout.bytes.clear();
    layout.address.clear();
    for (const Item& item : sequence.items) {
        layout.address.push_back(sequence.code + static_cast<u32>(layout.bytes.size()));
        if (!item.dropped)
            layout.bytes.insert(layout.bytes.end(), item.bytes.begin(), item.bytes.begin() + item.size);
    }
    layout.stop = layout.address[sequence.stop];
    for (size_t i = 0; i < sequence.items.size(); ++i)
        if (!sequence.items[i].dropped &&
            !resolve(sequence.items[i], layout.address[i] - sequence.code, sequence.code, layout))
            return false;
    return true;
}

}  // namespace occlum::fuzz
