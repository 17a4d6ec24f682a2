#include "image/instance/measured.h"

#include <algorithm>

namespace occlum::image {

namespace {

abi::BootMount boot_mount(const InstanceMount& mount) {
    using Kind = InstanceMount::Kind;
    abi::BootMount boot{.guest_path = mount.target};
    switch (mount.kind) {
        case Kind::Image:
            boot.read_only = true;
            boot.image = {.file = kRootImageFile};
            break;
        case Kind::Layered:
            boot.overlay_root = true;
            boot.image = {.file = kRootImageFile};
            break;
        case Kind::Store:
            boot.store = {.file = store_file(mount.target), .create = true};
            break;
        case Kind::Memory:
            boot.memory = true;
            break;
        case Kind::HostFolder:
            break;
    }
    return boot;
}

bool sets(const std::vector<std::string>& environment, std::string_view prefix) {
    return std::ranges::any_of(environment, [&](const std::string& old) { return old.starts_with(prefix); });
}

}  // namespace

std::string store_file(const std::string& target) {
    std::string name = target;
    std::ranges::replace(name, '/', '_');
    return "run/store" + name + ".sefs";
}

abi::MeasuredConfig measured_config(const InstanceConfig& config, const abi::MeasuredImage& image) {
    abi::MeasuredConfig measured{.images = {image},
                                 .closed = true,
                                 .entry_points = config.entry_points,
                                 .host_environment = config.untrusted_environment,
                                 .fixed = {}};
    abi::BootConfig& fixed = measured.fixed;
    fixed.environment = config.default_environment;
    for (const char* usual :
         {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"}) {
        const std::string setting = usual;
        if (!sets(fixed.environment, setting.substr(0, setting.find('=') + 1)))
            fixed.environment.push_back(setting);
    }
    fixed.directory = config.directory.empty() ? "/" : config.directory;
    for (const InstanceMount& mount : config.mounts) fixed.mounts.push_back(boot_mount(mount));
    if (config.user_space_size) fixed.options.emplace_back("memory", std::to_string(*config.user_space_size));
    fixed.options.emplace_back("hostname", "occlum");
    return measured;
}

}  // namespace occlum::image
