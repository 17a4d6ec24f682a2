// Columns of the report.
#pragma once

#include <string>
#include <string_view>

#include "base/types.h"

namespace occlum::kernel::profile {

inline constexpr size_t kColumnWidth = 10, kPercentWidth = 7;

std::string decimal(u64 value);
std::string hexadecimal(u64 value);  ///< with 0x
void put_count(std::string& text, u64 count);
/// With one decimal.
void put_milliseconds(std::string& text, u64 ns);
/// Of a whole, with one decimal.
void put_percent(std::string& text, u64 part, u64 whole);
/// The name, which ends the line.
void put_end(std::string& text, std::string_view name);

}  // namespace occlum::kernel::profile
