// The form of both configurations (boot_config.h, measured_config.h): records {u32 kind, u32 length, bytes
// padded to 8}.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace occlum::abi {

/// Little-endian, as many bytes as the span has (at most 8).
u64 get_number(std::span<const u8> bytes);
/// Appends a record whose payload is the words, then the text.
void put_record(std::vector<u8>& out, u32 kind, std::span<const u64> words, std::string_view text);
/// Strings go on to C programs: a NUL inside would cut them differently here and there.
std::optional<std::string> text_of(std::span<const u8> bytes);

struct Record {
    u32 kind = 0;
    std::span<const u8> payload;
};
/// Takes the first record off `blob`. EINVAL.
Result<Record> take_record(std::span<const u8>& blob);

}  // namespace occlum::abi
