// The file calls: from call areas to HostFiles.
#include <algorithm>
#include <cstring>

#include "host/services/services.h"

namespace occlum::host {

namespace {

i64 number_of(Errno code) { return -static_cast<i64>(code); }
i64 reply(const Result<void>& result) { return result ? 0 : number_of(result.error()); }
template <typename T>
i64 reply(const Result<T>& result) {
    return result ? static_cast<i64>(*result) : number_of(result.error());
}

/// `size` bytes of text at `offset`, or as many as there are.
std::string_view text(std::span<const u8> data, u64 offset, u64 size) {
    if (offset > data.size()) return {};
    const auto part = data.subspan(offset, std::min(size, data.size() - offset));
    return {reinterpret_cast<const char*>(part.data()), part.size()};
}

}  // namespace

i64 Services::file_call(abi::HostCall number, std::span<const u64, 6> args, std::span<u8> data) {
    using enum abi::HostCall;
    const auto window = [&](u64 size) { return data.first(std::min(size, data.size())); };
    switch (number) {
        case FileClose:
            return reply(files_.close(args[0]));
        case FileRead:
            return reply(files_.read(args[0], args[1], window(args[2])));
        case FileWrite:
            return reply(files_.write(args[0], args[1], window(args[2])));
        case FileTruncate:
            return reply(files_.truncate(args[0], args[1]));
        case FileSync:
            return reply(files_.sync(args[0]));
        default:
            return path_call(number, args, data);
    }
}

i64 Services::path_call(abi::HostCall number, std::span<const u64, 6> args, std::span<u8> data) {
    using enum abi::HostCall;
    const u64 mount = args[0], length = args[1];
    const std::string_view path = text(data, 0, length);
    const auto mode = static_cast<u32>(args[2]);
    switch (number) {
        case FileStat: {
            const auto result = files_.stat(mount, path);
            if (!result) return number_of(result.error());
            std::memcpy(data.data(), &*result, sizeof *result);
            return 0;
        }
        case FileOpen:
            return reply(files_.open(mount, path, args[2]));
        case DirRead:
            return dir_read(args, data);
        case LinkRead: {
            const auto result = files_.link_read(mount, path);
            if (!result) return number_of(result.error());
            std::copy(result->begin(), result->end(), data.begin());
            return static_cast<i64>(result->size());
        }
        case MakeFile:
            return reply(files_.make_file(mount, path, mode));
        case MakeDir:
            return reply(files_.make_dir(mount, path, mode));
        case MakeSymlink:
            return reply(files_.make_symlink(mount, path, text(data, length, args[2])));
        case MakeLink:
            return reply(files_.make_link(mount, path, text(data, length, args[2])));
        case Unlink:
            return reply(files_.unlink(mount, path, args[2] != 0));
        case Rename:
            return reply(files_.rename(mount, path, text(data, length, args[2])));
        case SetAttributes: {
            abi::SetAttributesWire wire{};
            const u64 at = (length + 7) & ~u64{7};
            if (at > data.size() - sizeof wire) return number_of(Errno::Einval);
            std::memcpy(&wire, data.data() + at, sizeof wire);
            return reply(files_.set_attributes(mount, path, wire));
        }
        default:
            return number_of(Errno::Enosys);
    }
}

i64 Services::dir_read(std::span<const u64, 6> args, std::span<u8> data) {
    const auto items = files_.dir_read(args[0], text(data, 0, args[1]), args[2], data.size());
    if (!items) return number_of(items.error());
    size_t used = 0;
    for (const auto& item : *items) {
        const size_t size = abi::dir_entry_size(item.name.size());
        if (used + size > data.size()) break;
        std::memset(data.data() + used, 0, size);
        std::memcpy(data.data() + used, &item.wire, sizeof item.wire);
        std::memcpy(data.data() + used + sizeof item.wire, item.name.data(), item.name.size());
        used += size;
    }
    return static_cast<i64>(used);
}

}  // namespace occlum::host
