// Host files: enclave/host.h's faces of them. Contents, sizes and times are the host's word.
#include <algorithm>

#include "enclave/enclave_only/reply.h"
#include "enclave/enclave_only/unsafe/call_area.h"
#include "enclave/host.h"

namespace occlum::enclave {

namespace {

using abi::HostCall;
constexpr u64 kNoLimit = ~u64{0} >> 1;

Result<void> done(i64 reply) {
    TRY(checked_reply(reply, 0));
    return {};
}

Result<void> fits(std::string_view path) {
    if (path.size() >= abi::kMaxPath) return err(Errno::Enametoolong);
    return {};
}

/// Two strings, the second right behind the first.
Result<void> call_with_two(HostCall number, u32 mount, std::string_view first, std::string_view second) {
    TRY(fits(first));
    TRY(fits(second));
    std::string both(first);
    both += second;
    CallArea area;
    area.put(0, both);
    return done(area.call(number, {mount, first.size(), second.size()}));
}

Result<void> call_with_path(HostCall number, u32 mount, std::string_view path, u64 argument) {
    TRY(fits(path));
    CallArea area;
    area.put(0, path);
    return done(area.call(number, {mount, path.size(), argument}));
}

bool good_name(std::string_view name) {
    return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
           name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

}  // namespace

Result<abi::FileStatReply> file_stat(u32 mount, std::string_view path) {
    TRY(fits(path));
    CallArea area;
    area.put(0, path);
    TRY(done(area.call(HostCall::FileStat, {mount, path.size()})));
    const auto reply = area.take_struct<abi::FileStatReply>(0);
    constexpr u64 kBillion = 1'000'000'000;
    if (reply.atime_ns >= kBillion || reply.mtime_ns >= kBillion || reply.ctime_ns >= kBillion ||
        reply.size > kNoLimit || reply.mode > 0177777)
        return err(Errno::Eio);
    return reply;
}

Result<u64> file_open(u32 mount, std::string_view path, abi::FileOpenFlags flags) {
    TRY(fits(path));
    CallArea area;
    area.put(0, path);
    return checked_reply(area.call(HostCall::FileOpen, {mount, path.size(), flags}), kNoLimit);
}

void file_close(u64 handle) { CallArea().call(HostCall::FileClose, {handle}); }

Result<size_t> file_read(u64 handle, u64 offset, std::span<u8> out) {
    CallArea area;
    const u64 size = std::min<u64>(out.size(), abi::kCallDataSize);
    const u64 got = TRY(checked_reply(area.call(HostCall::FileRead, {handle, offset, size}), size));
    area.take(0, out.first(got));
    return got;
}

Result<size_t> file_write(u64 handle, u64 offset, std::span<const u8> bytes) {
    CallArea area;
    const u64 size = std::min<u64>(bytes.size(), abi::kCallDataSize);
    area.put(0, bytes.first(size));
    return checked_reply(area.call(HostCall::FileWrite, {handle, offset, size}), size);
}

Result<void> file_truncate(u64 handle, u64 size) {
    return done(CallArea().call(HostCall::FileTruncate, {handle, size}));
}
Result<void> file_sync(u64 handle) { return done(CallArea().call(HostCall::FileSync, {handle})); }

Result<std::vector<HostDirEntry>> dir_read(u32 mount, std::string_view path, u64 cookie) {
    TRY(fits(path));
    CallArea area;
    area.put(0, path);
    const i64 reply = area.call(HostCall::DirRead, {mount, path.size(), cookie});
    std::vector<u8> bytes(TRY(checked_reply(reply, abi::kCallDataSize)));
    area.take(0, bytes);
    std::vector<HostDirEntry> entries;
    std::span<const u8> rest = bytes;
    const auto word = [&rest](size_t at, size_t size) {
        u64 value = 0;
        for (size_t i = size; i-- > 0;) value = value << 8 | rest[at + i];
        return value;
    };
    while (!rest.empty()) {
        if (rest.size() < sizeof(abi::DirEntryWire)) return err(Errno::Eio);
        HostDirEntry entry{{}, word(0, 8), word(8, 8), static_cast<u32>(word(16, 4))};
        const u64 length = word(20, 4);
        const u64 padded = (length + 7) & ~u64{7};
        rest = rest.subspan(sizeof(abi::DirEntryWire));
        if (padded > rest.size()) return err(Errno::Eio);
        for (u8 c : rest.first(length)) entry.name.push_back(static_cast<char>(c));
        if (!good_name(entry.name)) return err(Errno::Eio);
        rest = rest.subspan(padded);
        entries.push_back(std::move(entry));
    }
    return entries;
}

Result<std::string> link_read(u32 mount, std::string_view path) {
    TRY(fits(path));
    CallArea area;
    area.put(0, path);
    const i64 reply = area.call(HostCall::LinkRead, {mount, path.size()});
    std::vector<u8> bytes(TRY(checked_reply(reply, abi::kMaxPath)));
    area.take(0, bytes);
    std::string target;
    for (u8 c : bytes) {
        if (c == 0) return err(Errno::Eio);
        target.push_back(static_cast<char>(c));
    }
    return target;
}

Result<void> make_file(u32 mount, std::string_view path, u32 mode) {
    return call_with_path(HostCall::MakeFile, mount, path, mode);
}
Result<void> make_dir(u32 mount, std::string_view path, u32 mode) {
    return call_with_path(HostCall::MakeDir, mount, path, mode);
}
Result<void> make_symlink(u32 mount, std::string_view path, std::string_view target) {
    return call_with_two(HostCall::MakeSymlink, mount, path, target);
}
Result<void> make_link(u32 mount, std::string_view old_path, std::string_view new_path) {
    return call_with_two(HostCall::MakeLink, mount, old_path, new_path);
}
Result<void> unlink(u32 mount, std::string_view path, bool directory) {
    return call_with_path(HostCall::Unlink, mount, path, directory ? 1 : 0);
}
Result<void> rename(u32 mount, std::string_view old_path, std::string_view new_path) {
    return call_with_two(HostCall::Rename, mount, old_path, new_path);
}

Result<void> set_attributes(u32 mount, std::string_view path, const abi::SetAttributesWire& attributes) {
    TRY(fits(path));
    CallArea area;
    area.put(0, path);
    area.put_struct((path.size() + 7) & ~u64{7}, attributes);
    return done(area.call(HostCall::SetAttributes, {mount, path.size()}));
}

}  // namespace occlum::enclave
