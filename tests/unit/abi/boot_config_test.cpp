#include "abi/boot_config.h"

#include <gtest/gtest.h>

namespace occlum::abi {

namespace {

BootConfig sample() {
    BootConfig config;
    config.arguments = {"/bin/sh", "-c", "", "echo hi"};
    config.environment = {"PATH=/bin", "EMPTY="};
    config.directory = "/tmp";
    config.mounts = {{"/", true, true}, {"/data", false, false}};
    BootStore store{.file = "image", .create = true};
    store.key = std::array<u8, 32>{1, 2, 3};
    config.mounts.push_back({"/secret", false, false, store});
    config.options = {{"trace", "1"}, {"cpus", "2"}};
    config.uid = 1000;
    config.gid = 100;
    return config;
}

TEST(BootConfig, survives_a_round_trip) {
    const auto back = decode_boot_config(encode_boot_config(sample()));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->arguments, sample().arguments);
    EXPECT_EQ(back->environment, sample().environment);
    EXPECT_EQ(back->directory, "/tmp");
    ASSERT_EQ(back->mounts.size(), 3u);
    EXPECT_TRUE(back->mounts[0].read_only && back->mounts[0].overlay_root);
    EXPECT_FALSE(back->mounts[1].read_only || back->mounts[1].overlay_root);
    EXPECT_FALSE(back->mounts[1].store);
    ASSERT_TRUE(back->mounts[2].store);
    EXPECT_EQ(back->mounts[2].store->file, "image");
    EXPECT_TRUE(back->mounts[2].store->create && !back->mounts[2].store->counter);
    EXPECT_EQ(back->mounts[2].store->key, sample().mounts[2].store->key);
    EXPECT_EQ(back->options, sample().options);
    EXPECT_EQ(back->uid, 1000u);
    EXPECT_EQ(back->gid, 100u);
}

TEST(BootConfig, refuses_every_truncation_inside_a_record) {
    const auto blob = encode_boot_config(sample());
    for (size_t size = 0; size < blob.size(); ++size) {
        const auto result = decode_boot_config(std::span(blob).first(size));
        if (size % 8 != 0) EXPECT_FALSE(result) << size;
    }
}

TEST(BootConfig, refuses_unknown_kinds_nul_bytes_and_wild_lengths) {
    const std::vector<u8> unknown{99, 0, 0, 0, 0, 0, 0, 0};
    EXPECT_EQ(decode_boot_config(unknown).error(), Errno::Einval);
    const std::vector<u8> nul{1, 0, 0, 0, 2, 0, 0, 0, 'a', 0, 0, 0, 0, 0, 0, 0};
    EXPECT_EQ(decode_boot_config(nul).error(), Errno::Einval);
    const std::vector<u8> wild{1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
    EXPECT_EQ(decode_boot_config(wild).error(), Errno::Einval);
    const std::vector<u8> huge(kMaxBootBlob + 8);
    EXPECT_EQ(decode_boot_config(huge).error(), Errno::E2big);
    std::vector<u8> empty_records;
    for (int i = 0; i < 70000; ++i) empty_records.insert(empty_records.end(), {1, 0, 0, 0, 0, 0, 0, 0});
    EXPECT_EQ(decode_boot_config(empty_records).error(), Errno::E2big);
}

}  // namespace

}  // namespace occlum::abi
