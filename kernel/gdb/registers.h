// The registers as gdb numbers them: the target description, and the `g` packet in its order.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/types.h"

namespace occlum::kernel::gdb {

/// Words of struct user_regs_struct, and an XSAVE area in its standard form.
struct RegisterFile {
    std::vector<u64> words;
    std::vector<u8> vectors;
};

/// target.xml.
std::string target_description();
std::vector<u8> pack_registers(const RegisterFile& file);
/// False: not as many bytes as there should be.
bool unpack_registers(std::span<const u8> bytes, RegisterFile& file);

}  // namespace occlum::kernel::gdb
