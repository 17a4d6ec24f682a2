// The only code that writes the code region and the dispatch tables, or reads raw bytes there. Addresses are
// host addresses inside memory that CacheMemory has committed; the callers in sfi/cache/ see to that.
#pragma once

#include <span>

#include "base/types.h"

namespace occlum::sfi {

void write_stubs(u64 code_start);
/// Copies verified bytes to their place.
void copy_code(u64 address, std::span<const u8> code);
/// Re-targets a rel32: one store.
void patch_rel32(u64 address, u32 value);
void fill_table(u64 address, u64 size, u64 entry);
void store_table_entry(u64 address, u64 entry);
u64 load_table_entry(u64 address);
/// Whether these bytes stand at `address`.
bool code_equals(u64 address, std::span<const u8> bytes);

}  // namespace occlum::sfi
