#include "abi/boot_config.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "abi/records.h"

namespace occlum::abi {

namespace {

constexpr size_t kMaxRecords = 65536;

void record(std::vector<u8>& out, BootRecord kind, std::span<const u64> words, std::string_view text) {
    put_record(out, static_cast<u32>(kind), words, text);
}

u64 get(std::span<const u8> bytes) { return get_number(bytes); }

Result<std::pair<std::string, std::string>> split(std::string text) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) return err(Errno::Einval);
    return std::pair{text.substr(0, equals), text.substr(equals + 1)};
}

constexpr u64 kStoreCreate = 1, kStoreCounter = 2, kStoreKey = 4;
constexpr u64 kImageKey = 1;

Result<void> take_key(std::span<const u8>& payload, std::optional<BootKey>& key) {
    key.emplace();
    if (payload.size() < key->size()) return err(Errno::Einval);
    std::ranges::copy(payload.first(key->size()), key->begin());
    payload = payload.subspan(key->size());
    return {};
}

void put_key(std::vector<u64>& words, const std::optional<BootKey>& key) {
    if (!key) return;
    for (size_t at = 0; at < key->size(); at += 8) words.push_back(get(std::span(*key).subspan(at, 8)));
}

Result<void> add_image(BootConfig& config, std::span<const u8> payload) {
    if (config.mounts.empty() || payload.size() < 16) return err(Errno::Einval);
    const u64 flags = get(payload.first(8));
    const u64 index = get(payload.subspan(8, 8));
    if (flags > kImageKey || index > 0xffff'ffff) return err(Errno::Einval);
    payload = payload.subspan(16);
    BootImage image{.file = {}, .index = static_cast<u32>(index)};
    if ((flags & kImageKey) != 0) TRY(take_key(payload, image.key));
    auto file = text_of(payload);
    if (!file || file->empty()) return err(Errno::Einval);
    image.file = std::move(*file);
    config.mounts.back().image = std::move(image);
    return {};
}

void image_record(std::vector<u8>& out, const BootImage& image) {
    std::vector<u64> words{u64{image.key.has_value()} * kImageKey, image.index};
    put_key(words, image.key);
    record(out, BootRecord::Image, words, image.file);
}

Result<void> add_store(BootConfig& config, std::span<const u8> payload) {
    if (config.mounts.empty() || payload.size() < 8) return err(Errno::Einval);
    const u64 flags = get(payload.first(8));
    if (flags > (kStoreCreate | kStoreCounter | kStoreKey)) return err(Errno::Einval);
    payload = payload.subspan(8);
    BootStore store{
        .file = {}, .create = (flags & kStoreCreate) != 0, .counter = (flags & kStoreCounter) != 0};
    if ((flags & kStoreKey) != 0) TRY(take_key(payload, store.key));
    auto file = text_of(payload);
    if (!file || file->empty()) return err(Errno::Einval);
    store.file = std::move(*file);
    config.mounts.back().store = std::move(store);
    return {};
}

void store_record(std::vector<u8>& out, const BootStore& store) {
    std::vector<u64> words{u64{store.create} * kStoreCreate | u64{store.counter} * kStoreCounter |
                           u64{store.key.has_value()} * kStoreKey};
    put_key(words, store.key);
    record(out, BootRecord::Store, words, store.file);
}

Result<void> add(BootConfig& config, BootRecord kind, std::span<const u8> payload) {
    if (kind == BootRecord::Store) return add_store(config, payload);
    if (kind == BootRecord::Image) return add_image(config, payload);
    if (kind == BootRecord::Identity) {
        if (payload.size() != 16) return err(Errno::Einval);
        config.uid = get(payload.first(8));
        config.gid = get(payload.last(8));
        return {};
    }
    BootMount mount;
    if (kind == BootRecord::Mount) {
        if (payload.size() < 8) return err(Errno::Einval);
        const u64 flags = get(payload.first(8));
        if (flags > 7) return err(Errno::Einval);
        mount.read_only = (flags & 1) != 0;
        mount.overlay_root = (flags & 2) != 0;
        mount.memory = (flags & 4) != 0;
        payload = payload.subspan(8);
    }
    auto text = text_of(payload);
    if (!text) return err(Errno::Einval);
    switch (kind) {
        case BootRecord::Argument:
            config.arguments.push_back(std::move(*text));
            return {};
        case BootRecord::Environment:
            config.environment.push_back(std::move(*text));
            return {};
        case BootRecord::Directory:
            config.directory = std::move(*text);
            return {};
        case BootRecord::Mount:
            mount.guest_path = std::move(*text);
            config.mounts.push_back(std::move(mount));
            return {};
        case BootRecord::Option:
            config.options.push_back(TRY(split(std::move(*text))));
            return {};
        default:
            return err(Errno::Einval);
    }
}

}  // namespace

std::vector<u8> encode_boot_config(const BootConfig& config) {
    std::vector<u8> out;
    for (const auto& argument : config.arguments) record(out, BootRecord::Argument, {}, argument);
    for (const auto& variable : config.environment) record(out, BootRecord::Environment, {}, variable);
    record(out, BootRecord::Directory, {}, config.directory);
    for (const auto& mount : config.mounts) {
        const std::array<u64, 1> flags{u64{mount.read_only} | u64{mount.overlay_root} << 1 |
                                       u64{mount.memory} << 2};
        record(out, BootRecord::Mount, flags, mount.guest_path);
        if (mount.image) image_record(out, *mount.image);
        if (mount.store) store_record(out, *mount.store);
    }
    for (const auto& [name, value] : config.options) record(out, BootRecord::Option, {}, name + "=" + value);
    const std::array<u64, 2> identity{config.uid, config.gid};
    record(out, BootRecord::Identity, identity, {});
    return out;
}

Result<BootConfig> decode_boot_config(std::span<const u8> blob) {
    if (blob.size() > kMaxBootBlob) return err(Errno::E2big);
    BootConfig config;
    for (size_t records = 0; !blob.empty(); ++records) {
        if (records == kMaxRecords) return err(Errno::E2big);
        const Record next = TRY(take_record(blob));
        TRY(add(config, static_cast<BootRecord>(next.kind), next.payload));
    }
    return config;
}

}  // namespace occlum::abi
