#include "abi/measured_config.h"

#include <gtest/gtest.h>

namespace occlum::abi {
namespace {

MeasuredConfig closed_config() {
    MeasuredConfig config;
    config.images.push_back({.root_hash = {1, 2, 3}, .blocks = 77, .encrypted = true, .salt = {9}});
    config.closed = true;
    config.entry_points = {"/bin", "/opt/app/run"};
    config.host_environment = {"LANG"};
    config.fixed.environment = {"HOME=/root", "LANG=C"};
    config.fixed.mounts.push_back({.guest_path = "/", .read_only = true, .overlay_root = true});
    config.fixed.mounts[0].image = BootImage{.file = "unused", .index = 0};
    config.fixed.options = {{"trace", "0"}, {"memory", "1000"}};
    return config;
}

BootConfig host_config() {
    BootConfig host;
    host.arguments = {"/bin/ls", "-l"};
    host.environment = {"LANG=de_DE", "LD_PRELOAD=/evil.so"};
    host.directory = "/tmp";
    host.mounts.push_back({.guest_path = "/", .read_only = true, .overlay_root = true});
    host.mounts[0].image = BootImage{.file = "a.img", .index = 5, .key = BootKey{7}};
    host.options = {{"trace", "1"}, {"memory", "9"}, {"cpus", "2"}};
    host.uid = 1000;
    return host;
}

TEST(MeasuredConfig, SurvivesTheWire) {
    const auto decoded = decode_measured_config(encode_measured_config(closed_config()));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->images, closed_config().images);
    EXPECT_TRUE(decoded->closed);
    EXPECT_EQ(decoded->entry_points, closed_config().entry_points);
    EXPECT_EQ(decoded->host_environment, closed_config().host_environment);
    EXPECT_EQ(decoded->fixed.environment, closed_config().fixed.environment);
    EXPECT_EQ(decoded->fixed.mounts.size(), 1u);
    EXPECT_TRUE(decode_measured_config({})->images.empty());
}

TEST(MeasuredConfig, EveryCutIsRefused) {
    const auto wire = encode_measured_config(closed_config());
    for (size_t size = 1; size < wire.size(); ++size) {
        const auto cut = decode_measured_config(std::span(wire).first(size));
        if (cut) {
            EXPECT_EQ(size % 8, 0u) << size;
        }
    }
}

TEST(MeasuredConfig, ClosedTakesOnlyLittleFromTheHost) {
    const auto merged = admit(closed_config(), host_config());
    ASSERT_TRUE(merged);
    EXPECT_EQ(merged->environment, (std::vector<std::string>{"HOME=/root", "LANG=de_DE"}));
    EXPECT_EQ(merged->uid, 0u);
    ASSERT_EQ(merged->mounts.size(), 1u);
    EXPECT_EQ(merged->mounts[0].image->file, "a.img");
    EXPECT_EQ(merged->mounts[0].image->index, 0u);
    EXPECT_EQ(merged->mounts[0].image->key, BootKey{7});
    const std::vector<std::pair<std::string, std::string>> options{
        {"trace", "0"}, {"memory", "1000"}, {"cpus", "2"}};
    EXPECT_EQ(merged->options, options);
}

TEST(MeasuredConfig, ClosedRefusesOtherProgramsAndMounts) {
    for (const char* program : {"/usr/bin/ls", "ls", "/binary", "/bin/../usr/ls", "/opt/app/runner", "/"}) {
        BootConfig host = host_config();
        host.arguments[0] = program;
        EXPECT_EQ(admit(closed_config(), host).error(), Errno::Eperm) << program;
    }
    BootConfig more = host_config();
    more.mounts.push_back({.guest_path = "/bin"});
    EXPECT_EQ(admit(closed_config(), more).error(), Errno::Eperm);
    BootConfig plain = host_config();
    plain.mounts[0].image.reset();
    EXPECT_EQ(admit(closed_config(), plain).error(), Errno::Eperm);
    BootConfig store = host_config();
    store.mounts[0].store = BootStore{.file = "s"};
    EXPECT_EQ(admit(closed_config(), store).error(), Errno::Eperm);
}

TEST(MeasuredConfig, ClosedLetsTheHostNameNoKeyOfAStore) {
    MeasuredConfig config = closed_config();
    config.fixed.mounts.push_back({.guest_path = "/data"});
    config.fixed.mounts[1].store = BootStore{.file = "unused", .create = true};
    BootConfig host = host_config();
    host.mounts.push_back({.guest_path = "/data"});
    host.mounts[1].store = BootStore{.file = "s", .create = true};
    const auto merged = admit(config, host);
    ASSERT_TRUE(merged);
    EXPECT_EQ(merged->mounts[1].store->file, "s");
    host.mounts[1].store->key = BootKey{7};
    EXPECT_EQ(admit(config, host).error(), Errno::Eperm);
}

TEST(MeasuredConfig, OpenStillFixesTheImages) {
    MeasuredConfig open;
    EXPECT_EQ(admit(open, host_config()).error(), Errno::Eperm);
    open.images.resize(6);
    const auto merged = admit(open, host_config());
    ASSERT_TRUE(merged);
    EXPECT_EQ(merged->environment, host_config().environment);
}

}  // namespace
}  // namespace occlum::abi
