#include "abi/measured_config.h"

#include <algorithm>

#include "abi/records.h"

namespace occlum::abi {

namespace {

constexpr u64 kEncrypted = 1;
constexpr size_t kMostImages = 64, kMostRecords = 65536;

std::string_view as_text(std::span<const u8> bytes, std::string& room) {
    room.clear();
    for (u8 byte : bytes) room.push_back(static_cast<char>(byte));
    return room;
}

Result<void> add_image(MeasuredConfig& config, std::span<const u8> payload) {
    MeasuredImage image;
    if (payload.size() != 16 + image.root_hash.size() + image.salt.size()) return err(Errno::Einval);
    if (config.images.size() == kMostImages) return err(Errno::E2big);
    const u64 flags = get_number(payload.first(8));
    if (flags > kEncrypted) return err(Errno::Einval);
    image.encrypted = (flags & kEncrypted) != 0;
    image.blocks = get_number(payload.subspan(8, 8));
    std::ranges::copy(payload.subspan(16, image.root_hash.size()), image.root_hash.begin());
    std::ranges::copy(payload.last(image.salt.size()), image.salt.begin());
    config.images.push_back(image);
    return {};
}

Result<void> add(MeasuredConfig& config, const Record& record) {
    const auto kind = static_cast<MeasuredRecord>(record.kind);
    switch (kind) {
        case MeasuredRecord::Image:
            return add_image(config, record.payload);
        case MeasuredRecord::Closed:
            if (!record.payload.empty()) return err(Errno::Einval);
            config.closed = true;
            return {};
        case MeasuredRecord::EntryPoint:
        case MeasuredRecord::Environment: {
            auto text = text_of(record.payload);
            if (!text || text->empty()) return err(Errno::Einval);
            auto& list = kind == MeasuredRecord::EntryPoint ? config.entry_points : config.host_environment;
            list.push_back(std::move(*text));
            return {};
        }
        case MeasuredRecord::Fixed:
            config.fixed = TRY(decode_boot_config(record.payload));
            return {};
    }
    return err(Errno::Einval);
}

/// Without empty components, "." and ".."; nothing when it leaves the root.
std::vector<std::string_view> components(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const std::string_view part = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(part.size() + 1, path.size()));
        if (part.empty() || part == ".") continue;
        if (part != "..")
            parts.push_back(part);
        else if (!parts.empty())
            parts.pop_back();
    }
    return parts;
}

// What the host says of a mount is where its files are, and the key of an image.
Result<void> adopt_files(BootMount& fixed, BootMount& host) {
    if (fixed.image.has_value() != host.image.has_value() ||
        fixed.store.has_value() != host.store.has_value() || fixed.guest_path != host.guest_path)
        return err(Errno::Eperm);
    if (fixed.image) {
        fixed.image->file = std::move(host.image->file);
        fixed.image->key = host.image->key;
    }
    if (fixed.store) {
        // A host that may name the key could read what is written under it.
        if (host.store->key) return err(Errno::Eperm);
        fixed.store->file = std::move(host.store->file);
        fixed.store->create = host.store->create;
    }
    return {};
}

void adopt_options(BootConfig& merged, const BootConfig& host) {
    constexpr std::array<std::string_view, 5> kLimits{"memory", "cpus", "code-cache", "tty", "serve"};
    for (const auto& [name, value] : host.options) {
        const auto same = [&](const auto& option) { return option.first == name; };
        const bool known = std::ranges::find(kLimits, name) != kLimits.end();
        if (known && std::ranges::none_of(merged.options, same)) merged.options.emplace_back(name, value);
    }
}

}  // namespace

std::vector<u8> encode_measured_config(const MeasuredConfig& config) {
    std::vector<u8> out;
    std::string room;
    for (const MeasuredImage& image : config.images) {
        std::vector<u64> words{u64{image.encrypted} * kEncrypted, image.blocks};
        std::string text(as_text(image.root_hash, room));
        text += as_text(image.salt, room);
        put_record(out, static_cast<u32>(MeasuredRecord::Image), words, text);
    }
    if (config.closed) put_record(out, static_cast<u32>(MeasuredRecord::Closed), {}, {});
    for (const auto& path : config.entry_points)
        put_record(out, static_cast<u32>(MeasuredRecord::EntryPoint), {}, path);
    for (const auto& name : config.host_environment)
        put_record(out, static_cast<u32>(MeasuredRecord::Environment), {}, name);
    put_record(out, static_cast<u32>(MeasuredRecord::Fixed), {},
               as_text(encode_boot_config(config.fixed), room));
    return out;
}

Result<MeasuredConfig> decode_measured_config(std::span<const u8> blob) {
    if (blob.size() > kMaxMeasuredConfig) return err(Errno::E2big);
    MeasuredConfig config;
    for (size_t records = 0; !blob.empty(); ++records) {
        if (records == kMostRecords) return err(Errno::E2big);
        TRY(add(config, TRY(take_record(blob))));
    }
    return config;
}

bool may_start(const MeasuredConfig& measured, std::string_view program) {
    if (!measured.closed || measured.entry_points.empty()) return true;
    const auto wanted = components(program);
    return program.starts_with('/') && std::ranges::any_of(measured.entry_points, [&](const auto& entry) {
               const auto prefix = components(entry);
               return prefix.size() <= wanted.size() &&
                      std::ranges::equal(prefix, std::span(wanted).first(prefix.size()));
           });
}

std::vector<std::string> admitted_environment(const MeasuredConfig& measured,
                                              const std::vector<std::string>& host) {
    if (!measured.closed) return host;
    std::vector<std::string> all = measured.fixed.environment;
    for (const std::string& setting : host) {
        const std::string_view name = std::string_view(setting).substr(0, setting.find('='));
        if (std::ranges::find(measured.host_environment, name) == measured.host_environment.end()) continue;
        std::erase_if(all, [&](const std::string& old) {
            return old.starts_with(name) && old.substr(name.size()).starts_with('=');
        });
        all.push_back(setting);
    }
    return all;
}

Result<BootConfig> admit(const MeasuredConfig& measured, BootConfig host) {
    BootConfig merged = measured.closed ? measured.fixed : host;
    for (const BootMount& mount : merged.mounts)
        if (mount.image && mount.image->index >= measured.images.size()) return err(Errno::Eperm);
    if (!measured.closed) return merged;
    if (host.mounts.size() != merged.mounts.size()) return err(Errno::Eperm);
    for (size_t i = 0; i < merged.mounts.size(); ++i) TRY(adopt_files(merged.mounts[i], host.mounts[i]));
    merged.environment = admitted_environment(measured, host.environment);
    merged.arguments = std::move(host.arguments);
    if (!merged.arguments.empty() && !may_start(measured, merged.arguments.front())) return err(Errno::Eperm);
    if (!host.directory.empty()) merged.directory = std::move(host.directory);
    adopt_options(merged, host);
    return merged;
}

}  // namespace occlum::abi
