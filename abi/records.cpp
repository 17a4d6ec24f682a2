#include "abi/records.h"

namespace occlum::abi {

namespace {

constexpr size_t kHeader = 8;

void put(std::vector<u8>& out, u64 value, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<u8>(value >> (8 * i)));
}

}  // namespace

u64 get_number(std::span<const u8> bytes) {
    u64 value = 0;
    for (size_t i = bytes.size(); i-- > 0;) value = (value << 8) | bytes[i];
    return value;
}

void put_record(std::vector<u8>& out, u32 kind, std::span<const u64> words, std::string_view text) {
    put(out, kind, 4);
    put(out, words.size() * 8 + text.size(), 4);
    for (u64 word : words) put(out, word, 8);
    for (char c : text) out.push_back(static_cast<u8>(c));
    while (out.size() % 8 != 0) out.push_back(0);
}

std::optional<std::string> text_of(std::span<const u8> bytes) {
    std::string text;
    text.reserve(bytes.size());
    for (u8 byte : bytes) {
        if (byte == 0) return std::nullopt;
        text.push_back(static_cast<char>(byte));
    }
    return text;
}

Result<Record> take_record(std::span<const u8>& blob) {
    if (blob.size() < kHeader) return err(Errno::Einval);
    const u64 length = get_number(blob.subspan(4, 4));
    const u64 padded = (length + 7) & ~u64{7};
    if (padded > blob.size() - kHeader) return err(Errno::Einval);
    const Record record{.kind = static_cast<u32>(get_number(blob.first(4))),
                        .payload = blob.subspan(kHeader, length)};
    blob = blob.subspan(kHeader + padded);
    return record;
}

}  // namespace occlum::abi
