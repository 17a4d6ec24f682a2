#include "abi/boot_config.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace occlum::abi {

namespace {

constexpr size_t kHeader = 8;
constexpr size_t kMaxRecords = 65536;

void put(std::vector<u8>& out, u64 value, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<u8>(value >> (8 * i)));
}

u64 get(std::span<const u8> bytes) {
    u64 value = 0;
    for (size_t i = bytes.size(); i-- > 0;) value = (value << 8) | bytes[i];
    return value;
}

void record(std::vector<u8>& out, BootRecord kind, std::span<const u64> words, std::string_view text) {
    put(out, static_cast<u32>(kind), 4);
    put(out, words.size() * 8 + text.size(), 4);
    for (u64 word : words) put(out, word, 8);
    for (char c : text) out.push_back(static_cast<u8>(c));
    while (out.size() % 8 != 0) out.push_back(0);
}

/// Strings go on to C programs: a NUL inside would cut them differently here and there.
std::optional<std::string> text_of(std::span<const u8> bytes) {
    std::string text;
    text.reserve(bytes.size());
    for (u8 byte : bytes) {
        if (byte == 0) return std::nullopt;
        text.push_back(static_cast<char>(byte));
    }
    return text;
}

Result<std::pair<std::string, std::string>> split(std::string text) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) return err(Errno::Einval);
    return std::pair{text.substr(0, equals), text.substr(equals + 1)};
}

constexpr u64 kStoreCreate = 1, kStoreCounter = 2, kStoreKey = 4;

Result<void> add_store(BootConfig& config, std::span<const u8> payload) {
    if (config.mounts.empty() || payload.size() < 8) return err(Errno::Einval);
    const u64 flags = get(payload.first(8));
    if (flags > (kStoreCreate | kStoreCounter | kStoreKey)) return err(Errno::Einval);
    payload = payload.subspan(8);
    BootStore store{
        .file = {}, .create = (flags & kStoreCreate) != 0, .counter = (flags & kStoreCounter) != 0};
    if ((flags & kStoreKey) != 0) {
        store.key.emplace();
        if (payload.size() < store.key->size()) return err(Errno::Einval);
        std::ranges::copy(payload.first(store.key->size()), store.key->begin());
        payload = payload.subspan(store.key->size());
    }
    auto file = text_of(payload);
    if (!file || file->empty()) return err(Errno::Einval);
    store.file = std::move(*file);
    config.mounts.back().store = std::move(store);
    return {};
}

void store_record(std::vector<u8>& out, const BootStore& store) {
    std::vector<u64> words{u64{store.create} * kStoreCreate | u64{store.counter} * kStoreCounter |
                           u64{store.key.has_value()} * kStoreKey};
    if (store.key)
        for (size_t at = 0; at < store.key->size(); at += 8)
            words.push_back(get(std::span(*store.key).subspan(at, 8)));
    record(out, BootRecord::Store, words, store.file);
}

Result<void> add(BootConfig& config, BootRecord kind, std::span<const u8> payload) {
    if (kind == BootRecord::Store) return add_store(config, payload);
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
        if (flags > 3) return err(Errno::Einval);
        mount.read_only = (flags & 1) != 0;
        mount.overlay_root = (flags & 2) != 0;
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
        const std::array<u64, 1> flags{u64{mount.read_only} | u64{mount.overlay_root} << 1};
        record(out, BootRecord::Mount, flags, mount.guest_path);
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
        if (blob.size() < kHeader) return err(Errno::Einval);
        const auto kind = static_cast<BootRecord>(get(blob.first(4)));
        const size_t length = get(blob.subspan(4, 4));
        const size_t padded = (length + 7) & ~size_t{7};
        if (padded > blob.size() - kHeader) return err(Errno::Einval);
        TRY(add(config, kind, blob.subspan(kHeader, length)));
        blob = blob.subspan(kHeader + padded);
    }
    return config;
}

}  // namespace occlum::abi
