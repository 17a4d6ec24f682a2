#include "image/instance/occlum_json.h"

#include <algorithm>
#include <array>

#include "image/instance/reader.h"

namespace occlum::image {

namespace {

constexpr u64 kMostThreads = 1 << 20, kMostShort = 0xffff;

bool is_absolute(const std::string& path) { return path.starts_with('/'); }

void read_limits(const Reader& limits, InstanceConfig& config) {
    if (!limits.there()) return;
    limits.expect_members({"kernel_space_heap_size", "kernel_space_heap_max_size", "kernel_space_stack_size",
                           "user_space_size", "user_space_init_size", "user_space_max_size",
                           "max_num_of_threads"});
    for (const char* own : {"kernel_space_heap_size", "kernel_space_heap_max_size", "kernel_space_stack_size",
                            "user_space_init_size"})
        (void)limits.member(own).size();
    const auto size = limits.member("user_space_size").size(),
               most = limits.member("user_space_max_size").size();
    if (size && most && *most < *size)
        limits.member("user_space_max_size").refuse("is less than user_space_size");
    config.user_space_size = most ? most : size;
    constexpr u64 kLeast = u64{32} << 20;
    // Older files name what is mapped at first; less than a program needs is no limit to keep.
    if (config.user_space_size && *config.user_space_size < kLeast) config.user_space_size = kLeast;
    if (const auto threads = limits.member("max_num_of_threads").integer(kMostThreads)) {
        if (*threads == 0) limits.member("max_num_of_threads").refuse("want 1 or more");
        config.max_threads = static_cast<u32>(*threads);
    }
}

void read_process(const Reader& process, InstanceConfig& config) {
    if (!process.there()) return;
    process.expect_members({"default_stack_size", "default_heap_size", "default_mmap_size"});
    config.stack_size = process.member("default_stack_size").size();
    config.heap_size = process.member("default_heap_size").size();
    config.mmap_size = process.member("default_mmap_size").size();
}

void read_environment(const Reader& env, InstanceConfig& config) {
    if (!env.there()) return;
    env.expect_members({"default", "untrusted"});
    const auto read_list = [&](const char* name, bool settings, std::vector<std::string>& list) {
        const Reader all = env.member(name);
        if (!all.there()) return;
        all.for_each([&](const Reader& item) {
            const auto text = item.text();
            if (!text) return;
            const size_t equals = text->find('=');
            if (settings && (equals == std::string::npos || equals == 0))
                item.refuse("\"" + *text + "\": want NAME=VALUE");
            if (!settings && (equals != std::string::npos || text->empty()))
                item.refuse("\"" + *text + "\": want a name, without a value");
            list.push_back(*text);
        });
    };
    read_list("default", true, config.default_environment);
    read_list("untrusted", false, config.untrusted_environment);
}

void read_identity(const Reader& id, u64& high, u64& low) {
    if (!id.there()) return;
    id.expect_members({"high", "low"});
    high = id.member("high").hexadecimal().value_or(0);
    low = id.member("low").hexadecimal().value_or(0);
}

void read_metadata(const Reader& reader, InstanceMetadata& metadata) {
    if (!reader.there()) return;
    reader.expect_members(
        {"product_id", "version_number", "debuggable", "enable_kss", "family_id", "ext_prod_id"});
    metadata.product_id = static_cast<u16>(reader.member("product_id").integer(kMostShort).value_or(0));
    metadata.version_number =
        static_cast<u16>(reader.member("version_number").integer(kMostShort).value_or(0));
    metadata.debuggable = reader.member("debuggable").truth().value_or(true);
    metadata.enable_kss = reader.member("enable_kss").truth().value_or(false);
    read_identity(reader.member("family_id"), metadata.family_id_high, metadata.family_id_low);
    read_identity(reader.member("ext_prod_id"), metadata.ext_prod_id_high, metadata.ext_prod_id_low);
}

void read_feature(const Reader& feature) {
    if (!feature.there()) return;
    feature.expect_members({"amx", "pkru", "enable_edmm", "enable_posix_shm", "io_uring"});
    for (const char* name : {"amx", "pkru", "enable_edmm", "enable_posix_shm", "io_uring"})
        feature.member(name).expect_switch();
}

struct MountOptions {
    bool temporary = false;
    bool layered = false;
    bool memory_layer = false;  ///< what is writable ends with the enclave
};

void read_layers(const Reader& layers, MountOptions& found) {
    size_t count = 0;
    layers.for_each([&](const Reader& layer) {
        layer.expect_members({"target", "type", "source", "options"});
        const auto type = layer.member("type").text();
        if (type && *type != "sefs" && *type != "async_sfs" && *type != "ramfs")
            layer.member("type").refuse("a layer is of type sefs (or async_sfs, ramfs), not " + *type);
        if (!layer.member("type").there()) layer.refuse("\"type\" is missing");
        const Reader options = layer.member("options");
        const bool temporary = options.there() && options.member("temporary").truth().value_or(false);
        found.memory_layer = type == "ramfs" || temporary;  // the last one counts
        ++count;
    });
    constexpr size_t kLayers = 2;
    if (count != kLayers) layers.refuse("want two layers: the image, then what is writable");
}

MountOptions read_mount_options(const Reader& options) {
    if (!options.there()) return {};
    options.expect_members({"layers", "MAC", "integrity_only", "temporary", "cache_size",
                            "async_sfs_total_size", "autokey_policy", "page_cache_size", "total_size"});
    MountOptions found;
    if (options.member("layers").there()) {
        found.layered = true;
        read_layers(options.member("layers"), found);
    }
    if (options.member("MAC").there()) (void)options.member("MAC").text();
    if (options.member("integrity_only").there()) (void)options.member("integrity_only").truth();
    found.temporary = options.member("temporary").truth().value_or(false);
    for (const char* size : {"cache_size", "async_sfs_total_size", "page_cache_size", "total_size"})
        (void)options.member(size).size();
    if (options.member("autokey_policy").there())
        (void)options.member("autokey_policy").integer(~u64{0} >> 1);
    return found;
}

/// Nothing: of no use here, or refused.
std::optional<InstanceMount> read_mount(const Reader& reader) {
    using Kind = InstanceMount::Kind;
    reader.expect_members({"target", "type", "source", "options"});
    const auto target = reader.member("target").text(), type = reader.member("type").text();
    const MountOptions options = read_mount_options(reader.member("options"));
    if (!reader.member("target").there()) reader.refuse("\"target\" is missing");
    if (!reader.member("type").there()) reader.refuse("\"type\" is missing");
    if (!target || !type) return std::nullopt;
    if (!is_absolute(*target)) reader.member("target").refuse("\"" + *target + "\": want an absolute path");
    InstanceMount mount{.target = *target, .line = reader.line()};
    const bool is_root = *target == "/";
    if (options.layered != (*type == "unionfs"))
        reader.refuse("\"layers\" belong to type unionfs, and it must have them");
    if (*type == "procfs" || *type == "devfs") {
        const std::string place = *type == "procfs" ? "/proc" : "/dev";
        if (*target != place) reader.member("target").refuse("a " + *type + " is always at " + place);
        return std::nullopt;
    }
    if (*type == "unionfs") {
        if (!is_root) reader.member("type").refuse("a unionfs can only be the root");
        mount.kind = Kind::Layered;
        mount.memory_layer = options.memory_layer;
    } else if (*type == "sefs" || *type == "async_sfs") {
        mount.kind = is_root ? Kind::Image : options.temporary ? Kind::Memory : Kind::Store;
    } else if (*type == "hostfs") {
        const auto source = reader.member("source").text();
        if (!reader.member("source").there()) reader.refuse("\"source\" is missing: the host's directory");
        mount.kind = Kind::HostFolder;
        mount.source = source.value_or("");
        if (source && source->empty()) reader.member("source").refuse("is empty");
    } else if (*type == "ramfs") {
        mount.kind = Kind::Memory;
    } else {
        reader.member("type").refuse(
            "\"" + *type +
            "\" is unknown; known are: unionfs, sefs, async_sfs, hostfs, ramfs, procfs, devfs");
    }
    return mount;
}

// The container layer: what the programs change of the root lasts in a store.
void add_layer(InstanceConfig& config) {
    const InstanceMount& root = config.mounts.front();
    if (root.kind != InstanceMount::Kind::Layered || root.memory_layer) return;
    InstanceMount layer{.kind = InstanceMount::Kind::Store, .target = "/", .line = root.line};
    config.mounts.insert(config.mounts.begin() + 1, layer);
}

void read_mounts(const Reader& reader, InstanceConfig& config) {
    if (!reader.there()) {
        config.mounts.push_back({.kind = InstanceMount::Kind::Layered, .target = "/", .source = {}});
        add_layer(config);
        return;
    }
    reader.for_each([&](const Reader& item) {
        const auto mount = read_mount(item);
        if (!mount) return;
        const auto same = std::ranges::find(config.mounts, mount->target, &InstanceMount::target);
        if (same != config.mounts.end())
            item.member("target").refuse("\"" + mount->target + "\" is mounted already, in line " +
                                         std::to_string(same->line));
        config.mounts.push_back(*mount);
    });
    const auto root = std::ranges::find(config.mounts, "/", &InstanceMount::target);
    if (root == config.mounts.end()) return reader.refuse("no mount has the target \"/\"");
    if (root->kind != InstanceMount::Kind::Layered && root->kind != InstanceMount::Kind::Image)
        reader.refuse("the mount of \"/\" must be of type unionfs or sefs");
    std::rotate(config.mounts.begin(), root, root + 1);
    add_layer(config);
}

void read_entry_points(const Reader& reader, InstanceConfig& config) {
    if (!reader.there()) {
        config.entry_points = {"/bin"};
        return;
    }
    reader.for_each([&](const Reader& item) {
        const auto path = item.text();
        if (path && !is_absolute(*path)) item.refuse("\"" + *path + "\": want an absolute path");
        config.entry_points.push_back(path.value_or(""));
    });
    if (config.entry_points.empty()) reader.refuse("is empty: no program could be started");
}

void read_all(const Reader& root, InstanceConfig& config) {
    root.expect_members({"resource_limits", "process", "entry_points", "env", "metadata", "feature", "mount",
                         "untrusted_unix_socks", "disable_log"});
    read_limits(root.member("resource_limits"), config);
    read_process(root.member("process"), config);
    read_entry_points(root.member("entry_points"), config);
    read_environment(root.member("env"), config);
    read_metadata(root.member("metadata"), config.metadata);
    read_feature(root.member("feature"));
    read_mounts(root.member("mount"), config);
    const Reader sockets = root.member("untrusted_unix_socks");
    if (sockets.there())
        sockets.for_each([](const Reader& item) {
            item.expect_members({"host", "libos"});
            item.refuse("UNIX sockets shared with the host are not supported: use a pipe or TCP");
        });
    if (root.member("disable_log").there()) (void)root.member("disable_log").truth();
}

}  // namespace

std::expected<InstanceConfig, std::string> parse_occlum_json(std::string_view text, std::string_view name) {
    const auto failed = [&](const JsonError& error) {
        return std::unexpected(std::string(name) + ":" + std::to_string(error.line) + ": " + error.what);
    };
    const auto tree = parse_json(text);
    if (!tree) return failed(tree.error());
    Findings findings;
    InstanceConfig config;
    read_all(Reader(&*tree, "", findings), config);
    if (findings.first()) return failed(*findings.first());
    return config;
}

std::string_view default_occlum_json() {
    return R"({
    "resource_limits": {
        "user_space_size": "1GB",
        "max_num_of_threads": 4096
    },
    "process": {
        "default_stack_size": "8MB"
    },
    "entry_points": [
        "/bin"
    ],
    "env": {
        "default": [
            "OCCLUM=yes"
        ],
        "untrusted": [
            "TERM"
        ]
    },
    "metadata": {
        "product_id": 0,
        "version_number": 0,
        "debuggable": true
    },
    "mount": [
        {
            "target": "/",
            "type": "unionfs",
            "options": {
                "layers": [
                    {
                        "target": "/",
                        "type": "sefs",
                        "source": "./build/mount/__ROOT"
                    },
                    {
                        "target": "/",
                        "type": "sefs",
                        "source": "./run/mount/__ROOT"
                    }
                ]
            }
        },
        {
            "target": "/host",
            "type": "hostfs",
            "source": "."
        },
        {
            "target": "/proc",
            "type": "procfs"
        },
        {
            "target": "/dev",
            "type": "devfs"
        }
    ]
}
)";
}

}  // namespace occlum::image
