#include "kernel/gdb/registers.h"

#include <algorithm>
#include <array>

namespace occlum::kernel::gdb {
namespace {

/// Where a register's bytes are: a word of the general ones, or at an offset of the vector state.
enum class Place : u8 { Word, Vector, Tags };

struct Register {
    std::string name;
    u32 bits;
    std::string_view type;
    Place place;
    size_t at;            ///< the word's index, or the offset
    size_t stored_bytes;  ///< as many are in the state; the rest is 0
};

struct Feature {
    std::string_view name;
    std::vector<Register> registers;
};

// Indices in struct user_regs_struct.
enum Word : u8 {
    kR15,
    kR14,
    kR13,
    kR12,
    kRbp,
    kRbx,
    kR11,
    kR10,
    kR9,
    kR8,
    kRax,
    kRcx,
    kRdx,
    kRsi,
    kRdi,
    kOrigRax,
    kRip,
    kCs,
    kFlags,
    kRsp,
    kSs,
    kFsBase,
    kGsBase,
    kDs,
    kEs,
    kFs,
    kGs
};

struct NamedWord {
    std::string_view name;
    Word word;
    u32 bits;
    std::string_view type;
};
constexpr auto kGeneral = std::to_array<NamedWord>({
    {"rax", kRax, 64, "int64"},    {"rbx", kRbx, 64, "int64"},    {"rcx", kRcx, 64, "int64"},
    {"rdx", kRdx, 64, "int64"},    {"rsi", kRsi, 64, "int64"},    {"rdi", kRdi, 64, "int64"},
    {"rbp", kRbp, 64, "data_ptr"}, {"rsp", kRsp, 64, "data_ptr"}, {"r8", kR8, 64, "int64"},
    {"r9", kR9, 64, "int64"},      {"r10", kR10, 64, "int64"},    {"r11", kR11, 64, "int64"},
    {"r12", kR12, 64, "int64"},    {"r13", kR13, 64, "int64"},    {"r14", kR14, 64, "int64"},
    {"r15", kR15, 64, "int64"},    {"rip", kRip, 64, "code_ptr"}, {"eflags", kFlags, 32, "i386_eflags"},
    {"cs", kCs, 32, "int32"},      {"ss", kSs, 32, "int32"},      {"ds", kDs, 32, "int32"},
    {"es", kEs, 32, "int32"},      {"fs", kFs, 32, "int32"},      {"gs", kGs, 32, "int32"},
});

// Of the FXSAVE area, and what XSAVE puts behind it.
constexpr size_t kX87At = 32, kXmmAt = 160, kMxcsrAt = 24, kYmmAt = 576, kSlot = 16, kHeaderAt = 512;
constexpr size_t kTagsAt = 4;

struct NamedControl {
    std::string_view name;
    Place place;
    size_t at, stored_bytes;
};
constexpr auto kControls = std::to_array<NamedControl>({
    {"fctrl", Place::Vector, 0, 2},
    {"fstat", Place::Vector, 2, 2},
    {"ftag", Place::Tags, kTagsAt, 2},
    {"fiseg", Place::Vector, 12, 2},
    {"fioff", Place::Vector, 8, 4},
    {"foseg", Place::Vector, 20, 2},
    {"fooff", Place::Vector, 16, 4},
    {"fop", Place::Vector, 6, 2},
});

Register word_register(std::string_view name, Word word, u32 bits, std::string_view type) {
    return {std::string(name), bits, type, Place::Word, word, bits / 8};
}

Feature core() {
    Feature feature{"org.gnu.gdb.i386.core", {}};
    for (const NamedWord& word : kGeneral)
        feature.registers.push_back(word_register(word.name, word.word, word.bits, word.type));
    for (size_t n = 0; n < 8; ++n)
        feature.registers.push_back(
            {"st" + std::to_string(n), 80, "i387_ext", Place::Vector, kX87At + kSlot * n, 10});
    for (const NamedControl& control : kControls)
        feature.registers.push_back(
            {std::string(control.name), 32, "int", control.place, control.at, control.stored_bytes});
    return feature;
}

Feature vectors(std::string_view feature_name, std::string_view prefix, std::string_view suffix,
                std::string_view type, size_t at) {
    Feature feature{feature_name, {}};
    for (size_t n = 0; n < 16; ++n) {
        std::string name(prefix);
        name += std::to_string(n);
        name += suffix;
        feature.registers.push_back({std::move(name), 128, type, Place::Vector, at + kSlot * n, kSlot});
    }
    return feature;
}

std::vector<Feature> make_features() {
    std::vector<Feature> all;
    all.push_back(core());
    all.push_back(vectors("org.gnu.gdb.i386.sse", "xmm", "", "vec128", kXmmAt));
    all.back().registers.push_back({"mxcsr", 32, "i386_mxcsr", Place::Vector, kMxcsrAt, 4});
    all.push_back({"org.gnu.gdb.i386.linux", {word_register("orig_rax", kOrigRax, 64, "int")}});
    all.push_back(
        {"org.gnu.gdb.i386.segments",
         {word_register("fs_base", kFsBase, 64, "int"), word_register("gs_base", kGsBase, 64, "int")}});
    all.push_back(vectors("org.gnu.gdb.i386.avx", "ymm", "h", "uint128", kYmmAt));
    return all;
}

const std::vector<Feature>& features() {
    static const auto& all = *new std::vector<Feature>(make_features());
    return all;
}

// The types that descriptions have to bring themselves.
constexpr std::string_view kVectorTypes =
    "<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/><vector id=\"v2d\" type=\"ieee_double\" "
    "count=\"2\"/>"
    "<vector id=\"v16i8\" type=\"int8\" count=\"16\"/><vector id=\"v8i16\" type=\"int16\" count=\"8\"/>"
    "<vector id=\"v4i32\" type=\"int32\" count=\"4\"/><vector id=\"v2i64\" type=\"int64\" count=\"2\"/>"
    "<union id=\"vec128\"><field name=\"v4_float\" type=\"v4f\"/><field name=\"v2_double\" type=\"v2d\"/>"
    "<field name=\"v16_int8\" type=\"v16i8\"/><field name=\"v8_int16\" type=\"v8i16\"/>"
    "<field name=\"v4_int32\" type=\"v4i32\"/><field name=\"v2_int64\" type=\"v2i64\"/>"
    "<field name=\"uint128\" type=\"uint128\"/></union>"
    "<flags id=\"i386_mxcsr\" size=\"4\"><field name=\"IE\" start=\"0\" end=\"0\"/></flags>";
constexpr std::string_view kFlagTypes =
    "<flags id=\"i386_eflags\" size=\"4\"><field name=\"CF\" start=\"0\" end=\"0\"/>"
    "<field name=\"\" start=\"1\" end=\"1\"/><field name=\"PF\" start=\"2\" end=\"2\"/>"
    "<field name=\"AF\" start=\"4\" end=\"4\"/><field name=\"ZF\" start=\"6\" end=\"6\"/>"
    "<field name=\"SF\" start=\"7\" end=\"7\"/><field name=\"TF\" start=\"8\" end=\"8\"/>"
    "<field name=\"IF\" start=\"9\" end=\"9\"/><field name=\"DF\" start=\"10\" end=\"10\"/>"
    "<field name=\"OF\" start=\"11\" end=\"11\"/></flags>";

/// All empty, or valid: what the area's one bit a register tells.
u64 full_tags(u8 bits) {
    u64 tags = 0;
    for (u32 n = 0; n < 8; ++n)
        if ((bits >> n & 1) == 0) tags |= u64{3} << (2 * n);
    return tags;
}

u8 short_tags(u64 tags) {
    u32 bits = 0;
    for (u32 n = 0; n < 8; ++n)
        if ((tags >> (2 * n) & 3) != 3) bits |= u32{1} << n;
    return static_cast<u8>(bits);
}

void append(std::vector<u8>& out, u64 value, size_t size) {
    for (size_t n = 0; n < size; ++n) out.push_back(static_cast<u8>(value >> (8 * n) & 0xff));
}

u64 number_of(std::span<const u8> bytes) {
    u64 value = 0;
    for (size_t n = 0; n < bytes.size(); ++n) value |= u64{bytes[n]} << (8 * n);
    return value;
}

void pack(const Register& one, const RegisterFile& file, std::vector<u8>& out) {
    const size_t size = one.bits / 8;
    if (one.place == Place::Word) return append(out, file.words.at(one.at), size);
    if (one.place == Place::Tags) return append(out, full_tags(file.vectors.at(one.at)), size);
    const auto stored = std::span(file.vectors).subspan(one.at, one.stored_bytes);
    out.insert(out.end(), stored.begin(), stored.end());
    append(out, 0, size - one.stored_bytes);
}

void unpack(const Register& one, std::span<const u8> bytes, RegisterFile& file) {
    if (one.place == Place::Word)
        file.words.at(one.at) = number_of(bytes);
    else if (one.place == Place::Tags)
        file.vectors.at(one.at) = short_tags(number_of(bytes));
    else
        std::ranges::copy(bytes.first(one.stored_bytes),
                          std::span(file.vectors).subspan(one.at, one.stored_bytes).begin());
}

}  // namespace

std::string target_description() {
    std::string text =
        "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target>"
        "<architecture>i386:x86-64</architecture><osabi>GNU/Linux</osabi>";
    for (const Feature& feature : features()) {
        text += "<feature name=\"";
        text += feature.name;
        text += "\">";
        if (feature.name.ends_with("core")) text += kFlagTypes;
        if (feature.name.ends_with("sse")) text += kVectorTypes;
        for (const Register& one : feature.registers) {
            text += "<reg name=\"" + one.name + "\" bitsize=\"" + std::to_string(one.bits) + "\" type=\"";
            text += one.type;
            text += "\"/>";
        }
        text += "</feature>";
    }
    return text + "</target>";
}

std::vector<u8> pack_registers(const RegisterFile& file) {
    std::vector<u8> bytes;
    for (const Feature& feature : features())
        for (const Register& one : feature.registers) pack(one, file, bytes);
    return bytes;
}

bool unpack_registers(std::span<const u8> bytes, RegisterFile& file) {
    size_t whole = 0;
    for (const Feature& feature : features())
        for (const Register& one : feature.registers) whole += one.bits / 8;
    if (bytes.size() != whole) return false;
    for (const Feature& feature : features())
        for (const Register& one : feature.registers) {
            unpack(one, bytes.first(one.bits / 8), file);
            bytes = bytes.subspan(one.bits / 8);
        }
    constexpr u8 kAllParts = 7;
    file.vectors.at(kHeaderAt) |= kAllParts;
    return true;
}

}  // namespace occlum::kernel::gdb
