#include "sgx/measurement.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <string>
#include <vector>

#include "measurement_vectors.h"
#include "sgx/sigstruct.h"

namespace occlum::sgx {

namespace {

struct Page {
    u64 offset;
    u64 flags;
    unsigned seed;
    unsigned step;  ///< measure every step-th chunk; 0: none
};

std::string measure(u32 ssa_pages, u64 size, const std::vector<Page>& pages) {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
    const auto add = [&](std::span<const u8> bytes) {
        EVP_DigestUpdate(context, bytes.data(), bytes.size());
    };
    add(ecreate_record(ssa_pages, size));
    for (const Page& page : pages) {
        add(eadd_record(page.offset, page.flags));
        std::vector<u8> data(4096);
        for (unsigned i = 0; i < data.size(); ++i) data[i] = static_cast<u8>(page.seed + i * 7 + (i >> 8));
        for (unsigned chunk = 0; page.step != 0 && chunk < 16; chunk += page.step) {
            add(eextend_record(page.offset + chunk * kExtendChunk));
            add(std::span(data).subspan(chunk * kExtendChunk, kExtendChunk));
        }
    }
    Hash hash{};
    EVP_DigestFinal_ex(context, hash.data(), nullptr);
    EVP_MD_CTX_free(context);
    std::string text;
    for (u8 byte : hash) {
        text.push_back("0123456789abcdef"[byte >> 4]);
        text.push_back("0123456789abcdef"[byte & 15]);
    }
    return text;
}

TEST(Measurement, agrees_with_independent_vectors) {
    constexpr u64 kSize = u64{1} << 44;
    EXPECT_EQ(measure(1, kSize, {}), vectors::kEmpty);
    EXPECT_EQ(measure(1, kSize, {{0, 0x205, 3, 1}}), vectors::kOneCodePage);
    EXPECT_EQ(measure(2, 1 << 30, {{0x1000, 0x203, 9, 0}}), vectors::kUnmeasuredPage);
    EXPECT_EQ(measure(1, kSize, {{0, 0x205, 1, 1}, {0x1000, 0x203, 2, 3}, {0x20017000, 0x100, 4, 1}}),
              vectors::kThreePages);
}

TEST(SigStruct, signs_the_right_bytes) {
    std::array<u8, sizeof(SigStruct)> bytes{};
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<u8>(i / 100);
    EXPECT_EQ(signed_head(bytes).size(), 128u);
    EXPECT_EQ(signed_body(bytes).front(), 9);
    EXPECT_EQ(signed_body(bytes).back(), 10);
    EXPECT_EQ(kSigHeader[10], 1);
    EXPECT_EQ(kSigHeader2[12], 1);
}

}  // namespace

}  // namespace occlum::sgx
