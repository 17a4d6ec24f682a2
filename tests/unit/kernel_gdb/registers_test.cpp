// The registers in gdb's order.
#include "kernel/gdb/registers.h"

#include <gtest/gtest.h>

#include <numeric>

namespace occlum::kernel::gdb {
namespace {

RegisterFile numbered() {
    RegisterFile file;
    file.words.resize(27);
    std::iota(file.words.begin(), file.words.end(), 100);
    file.vectors.resize(832);
    for (size_t n = 0; n < file.vectors.size(); ++n) file.vectors[n] = static_cast<u8>(n * 7 & 0xff);
    return file;
}

TEST(GdbRegisters, TheDescriptionNamesAsMuchAsIsSent) {
    const std::string text = target_description();
    size_t bits = 0;
    for (size_t at = 0; (at = text.find("bitsize=\"", at)) != std::string::npos; ++at)
        bits += std::stoul(text.substr(at + 9));
    EXPECT_EQ(bits / 8, pack_registers(numbered()).size());
}

TEST(GdbRegisters, RaxIsFirstAndRipTheSeventeenth) {
    const std::vector<u8> bytes = pack_registers(numbered());
    EXPECT_EQ(bytes[0], 110);
    EXPECT_EQ(bytes[16 * 8], 116);
}

TEST(GdbRegisters, WhatIsSentComesBack) {
    const RegisterFile file = numbered();
    RegisterFile other = file;
    for (u64& word : other.words) word = 0;
    for (size_t n = 24; n < 512; ++n) other.vectors[n] = 0;
    EXPECT_TRUE(unpack_registers(pack_registers(file), other));
    EXPECT_EQ(pack_registers(other), pack_registers(file));
    EXPECT_EQ(other.vectors[160], file.vectors[160]);
}

TEST(GdbRegisters, TooFewAreRefused) {
    RegisterFile file = numbered();
    std::vector<u8> bytes = pack_registers(file);
    bytes.pop_back();
    EXPECT_FALSE(unpack_registers(bytes, file));
}

}  // namespace
}  // namespace occlum::kernel::gdb
