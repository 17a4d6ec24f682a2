#include "image/instance/occlum_json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "image/instance/measured.h"

namespace occlum::image {

namespace {

std::string message(std::string_view text) {
    const auto config = parse_occlum_json(text, "Occlum.json");
    return config ? "accepted" : config.error();
}

void expect_message(std::string_view text, std::string_view start) {
    EXPECT_TRUE(message(text).starts_with(start)) << message(text);
}

// All of the published schema at once.
constexpr std::string_view kWhole = R"({
    "resource_limits": {
        "kernel_space_heap_size": "32MB", "kernel_space_heap_max_size": "64MB", "kernel_space_stack_size": "1MB",
        "user_space_size": "1MB", "user_space_max_size": "1.5GB", "max_num_of_threads": 32
    },
    "process": { "default_stack_size": "4MB", "default_heap_size": "16MB", "default_mmap_size": "500MB" },
    "entry_points": [ "/bin", "/usr/lib/jvm/bin" ],
    "env": { "default": [ "OCCLUM=yes", "EMPTY=" ], "untrusted": [ "EXAMPLE" ] },
    "metadata": {
        "product_id": 7, "version_number": 2, "debuggable": false, "enable_kss": true,
        "family_id": { "high": "0x0123456789abcdef", "low": "0x1" }, "ext_prod_id": { "high": "0x2", "low": "0x3" }
    },
    "feature": { "amx": 0, "pkru": 2, "enable_edmm": false, "enable_posix_shm": true },
    "mount": [
        { "target": "/host", "type": "hostfs", "source": "." },
        { "target": "/", "type": "unionfs", "options": { "layers": [
            { "target": "/", "type": "sefs", "source": "./build/mount/__ROOT", "options": { "MAC": "" } },
            { "target": "/", "type": "sefs", "source": "./run/mount/__ROOT" } ] } },
        { "target": "/secret", "type": "sefs", "source": "./run/mount/secret" },
        { "target": "/scratch", "type": "sefs", "options": { "temporary": true } },
        { "target": "/tmp", "type": "ramfs" },
        { "target": "/proc", "type": "procfs" },
        { "target": "/dev", "type": "devfs" }
    ],
    "untrusted_unix_socks": []
})";

TEST(OcclumJson, the_whole_schema) {
    const auto config = parse_occlum_json(kWhole, "Occlum.json");
    ASSERT_TRUE(config) << config.error();
    EXPECT_EQ(config->user_space_size, u64{3} << 29);
    EXPECT_EQ(config->max_threads, 32u);
    EXPECT_EQ(config->stack_size, u64{4} << 20);
    EXPECT_EQ(config->entry_points, (std::vector<std::string>{"/bin", "/usr/lib/jvm/bin"}));
    EXPECT_EQ(config->untrusted_environment, std::vector<std::string>{"EXAMPLE"});
    EXPECT_EQ(config->metadata.product_id, 7);
    EXPECT_EQ(config->metadata.family_id_high, 0x0123456789abcdefu);
    using Kind = InstanceMount::Kind;
    auto mounts = config->mounts;
    ASSERT_EQ(mounts.size(), 6u);
    EXPECT_EQ(mounts[0].kind, Kind::Layered);
    mounts.erase(mounts.begin() + 1);  // its writable layer
    EXPECT_EQ(mounts[1].kind, Kind::HostFolder);
    EXPECT_EQ(mounts[2].kind, Kind::Store);
    EXPECT_EQ(mounts[3].kind, Kind::Memory);
    EXPECT_EQ(mounts[4].kind, Kind::Memory);
}

TEST(OcclumJson, the_default_and_the_empty_one) {
    EXPECT_EQ(message(default_occlum_json()), "accepted");
    const auto config = parse_occlum_json("{}", "Occlum.json");
    ASSERT_TRUE(config) << config.error();
    ASSERT_EQ(config->mounts.size(), 2u);
    EXPECT_EQ(config->mounts[1].kind, InstanceMount::Kind::Store) << "the writable layer lasts";
    EXPECT_EQ(config->mounts[1].target, "/");
    EXPECT_EQ(config->entry_points, std::vector<std::string>{"/bin"});
}

TEST(OcclumJson, messages_name_line_and_key) {
    expect_message("{\n  \"entry_point\": []\n}",
                   "Occlum.json:2: entry_point: there is no such key here; known are: ");
    expect_message("{\n\n  \"resource_limits\": {\n    \"user_space_size\": \"12QB\"\n  }\n}",
                   "Occlum.json:4: resource_limits.user_space_size: \"12QB\" is no size");
    expect_message("{\n  \"resource_limits\": { \"max_num_of_threads\":\n -1\n}}",
                   "Occlum.json:2: resource_limits.max_num_of_threads: want 0 to");
    expect_message("{\n  \"entry_points\": [\n    \"/bin\",\n    \"usr\"\n  ]\n}",
                   "Occlum.json:4: entry_points[1]: \"usr\": want an absolute path");
    expect_message("{\n  \"entry_points\": []\n}", "Occlum.json:2: entry_points: is empty");
    expect_message("{\n  \"env\": { \"default\": [ \"NO_VALUE\" ] }\n}",
                   "Occlum.json:2: env.default[0]: \"NO_VALUE\": want NAME=VALUE");
    expect_message("{\n  \"env\": { \"untrusted\": [ \"A=b\" ] }\n}", "Occlum.json:2: env.untrusted[0]: ");
    expect_message("{\n  \"metadata\": {\n    \"product_id\": 70000\n  }\n}",
                   "Occlum.json:3: metadata.product_id: want 0 to 65535");
    expect_message("{\n  \"metadata\": {\n    \"debuggable\": \"yes\"\n  }\n}",
                   "Occlum.json:3: metadata.debuggable: want true or false, not a string");
    expect_message("{\n  \"metadata\": { \"family_id\": { \"high\": \"xyz\" } } }",
                   "Occlum.json:2: metadata.family_id.high: \"xyz\" is no hexadecimal");
}

TEST(OcclumJson, mounts_that_make_no_sense) {
    const auto mounts = [](std::string_view rest) {
        return std::string(
                   "{ \"mount\": [\n{ \"target\": \"/\", \"type\": \"sefs\", \"source\": \"image\" },\n") +
               std::string(rest) + "\n] }";
    };
    expect_message(mounts("{ \"target\": \"/x\", \"type\": \"ntfs\" }"),
                   "Occlum.json:3: mount[1].type: \"ntfs\" is unknown");
    expect_message(mounts("{ \"target\": \"x\", \"type\": \"ramfs\" }"), "Occlum.json:3: mount[1].target: ");
    expect_message(mounts("{ \"type\": \"ramfs\" }"), "Occlum.json:3: mount[1]: \"target\" is missing");
    expect_message(mounts("{ \"target\": \"/h\", \"type\": \"hostfs\" }"),
                   "Occlum.json:3: mount[1]: \"source\" is missing");
    expect_message(mounts("{ \"target\": \"/\", \"type\": \"ramfs\" }"),
                   "Occlum.json:3: mount[1].target: \"/\" is mounted already, in line 2");
    expect_message(mounts("{ \"target\": \"/p\", \"type\": \"procfs\" }"),
                   "Occlum.json:3: mount[1].target: a procfs is always at /proc");
    expect_message(mounts("{ \"target\": \"/u\", \"type\": \"unionfs\" }"),
                   "Occlum.json:3: mount[1]: \"layers\" belong");
    expect_message("{ \"mount\": [] }", "Occlum.json:1: mount: no mount has the target \"/\"");
}

TEST(OcclumJson, what_is_no_json) {
    expect_message("", "Occlum.json:1: ");
    expect_message("{\n  \"env\": {\n  }\n", "Occlum.json:");
    expect_message("{\n  \"env\": {},\n  \"env\": {}\n}", "Occlum.json:3: \"env\" is there twice");
    expect_message("{\n  \"entry_points\": [ \"/bin\", ]\n}", "Occlum.json:2: syntax error");
    expect_message("[]", "Occlum.json:1: ");
    expect_message(std::string(10000, '['), "Occlum.json:1: nested too deeply");
    expect_message("{} {}", "Occlum.json:1: ");
}

TEST(OcclumJson, damaged_texts_are_accepted_or_refused) {
    std::mt19937 random(7);
    for (int n = 0; n < 20000; ++n) {
        std::string text(kWhole);
        for (u32 edits = 1 + random() % 4; edits > 0; --edits) {
            const size_t at = random() % text.size();
            if (random() % 2 == 0)
                text[at] = static_cast<char>(random());
            else
                text.erase(at, random() % 8);
            if (text.empty()) text = " ";
        }
        const auto config = parse_occlum_json(text, "F");
        if (!config) {
            EXPECT_TRUE(config.error().starts_with("F:")) << config.error();
            continue;
        }
        EXPECT_EQ(config->mounts.front().target, "/");
        EXPECT_TRUE(abi::decode_measured_config(abi::encode_measured_config(measured_config(*config, {}))));
    }
}

TEST(OcclumJson, what_is_measured_is_closed) {
    const auto config = parse_occlum_json(kWhole, "Occlum.json");
    ASSERT_TRUE(config);
    const abi::MeasuredConfig measured = measured_config(*config, {});
    EXPECT_TRUE(measured.closed);
    EXPECT_TRUE(abi::may_start(measured, "/bin/sh"));
    EXPECT_FALSE(abi::may_start(measured, "/sbin/init"));
    EXPECT_FALSE(abi::may_start(measured, "/bin/../sbin/init"));
    const auto environment = abi::admitted_environment(measured, {"EXAMPLE=1", "LD_PRELOAD=x", "OCCLUM=no"});
    EXPECT_TRUE(std::ranges::contains(environment, "EXAMPLE=1"));
    EXPECT_TRUE(std::ranges::contains(environment, "OCCLUM=yes"));
    EXPECT_FALSE(std::ranges::contains(environment, "LD_PRELOAD=x"));
    EXPECT_FALSE(std::ranges::contains(environment, "OCCLUM=no"));
}

}  // namespace
}  // namespace occlum::image
