#include "kernel/fs/proc/settings.h"

#include <algorithm>
#include <map>

#include "enclave/host.h"
#include "kernel/boot/libos.h"
#include "kernel/boot/release.h"
#include "kernel/fs/proc/settings_table.h"
#include "kernel/fs/proc/text.h"
#include "kernel/task/pid_table.h"
#include "kernel/tty/tty.h"

namespace occlum::kernel {
namespace settings_table {
namespace {

// 8-4-4-4-12 hexadecimal digits, version 4.
std::string random_id() {
    std::array<u8, 16> bytes;
    enclave::random_bytes(bytes);
    bytes[6] = static_cast<u8>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<u8>((bytes[8] & 0x3f) | 0x80);
    std::string text;
    for (size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += hexadecimal(bytes.at(i), 2);
    }
    return text;
}
constexpr size_t kLongestName = 64;

}  // namespace

std::string boot_id() {
    [[clang::no_destroy]] static const std::string id = random_id();
    return id;
}
std::string fresh_id() { return random_id(); }
std::string domain_name() { return libos_options().domain_name; }
std::string host_name() { return libos_options().hostname; }
std::string largest_pid() { return std::to_string(PidTable::kMaxPid); }
std::string last_pid() { return std::to_string(pid_table().last()); }
std::string system_release() { return std::string(kSystemRelease); }
std::string system_version() { return std::string(kSystemVersion); }
std::string terminals_open() { return std::to_string(terminals().all().size()); }
void set_domain_name(std::string_view text) { libos_options().domain_name = text.substr(0, kLongestName); }
void set_host_name(std::string_view text) { libos_options().hostname = text.substr(0, kLongestName); }

}  // namespace settings_table

namespace {

using settings_table::Kind;
using settings_table::kLines;
using settings_table::Line;

/// What has been written, by line; the others are as at boot.
std::map<size_t, std::string>& written() {
    [[clang::no_destroy]] static std::map<size_t, std::string> all;
    return all;
}

std::string value_of(size_t number) {
    const Line& line = kLines.at(number);
    if (line.live != nullptr) return line.live();
    const auto found = written().find(number);
    return found == written().end() ? std::string(line.at_boot) : found->second;
}

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == 0; }

/// Takes the next word off a text; empty at its end.
std::string_view next_word(std::string_view& text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    const auto end = std::ranges::find_if(text, is_blank);
    const std::string_view word = text.substr(0, static_cast<size_t>(end - text.begin()));
    text.remove_prefix(word.size());
    return word;
}

/// Decimal digits. EINVAL: others, or more than 64 bits.
Result<u64> magnitude(std::string_view word) {
    if (word.empty()) return err(Errno::Einval);
    u64 value = 0;
    for (const char c : word) {
        const u64 digit = static_cast<u64>(c - '0');
        if (c < '0' || c > '9' || value > (~u64{0} - digit) / 10) return err(Errno::Einval);
        value = value * 10 + digit;
    }
    return value;
}

Result<void> check_number(const Line& line, std::string_view word) {
    constexpr u64 kMost = ~u64{0} >> 1;
    if (!word.starts_with('-')) {
        const u64 value = TRY(magnitude(word));
        const bool low_enough = line.low < 0 || value >= static_cast<u64>(line.low);
        return low_enough && value <= line.high ? Result<void>() : err(Errno::Einval);
    }
    const u64 value = TRY(magnitude(word.substr(1)));
    return value <= kMost && -static_cast<i64>(value) >= line.low ? Result<void>() : err(Errno::Einval);
}

/// New numbers replace the first ones. EINVAL.
Result<std::string> with_numbers(const Line& line, const std::string& before, std::string_view text) {
    std::string_view old = before;
    std::string after;
    bool any = false;
    for (std::string_view kept = next_word(old); !kept.empty(); kept = next_word(old)) {
        const std::string_view wanted = next_word(text);
        if (!wanted.empty()) {
            TRY(check_number(line, wanted));
            any = true;
        }
        after += (after.empty() ? "" : "\t") + std::string(wanted.empty() ? kept : wanted);
    }
    if (!any) return err(Errno::Einval);
    return after;
}

Result<void> change_setting(const ProcSubject& subject, std::string_view text) {
    const size_t number = subject.line;
    const Line& line = kLines.at(number);
    if (line.kind == Kind::Trigger) return {};
    if (line.kind == Kind::Numbers) {
        written()[number] = TRY(with_numbers(line, value_of(number), text));
        return {};
    }
    constexpr size_t kLongest = 127;
    text = text.substr(0, std::min({text.find('\n'), text.find('\0'), kLongest}));
    if (line.change != nullptr)
        line.change(text);
    else
        written()[number] = text;
    return {};
}

Result<std::string> setting_text(const ProcSubject& subject) { return value_of(subject.line) + "\n"; }

// Numbers below those of processes, above those of other files of the system.
constexpr u64 kFileIndex = 1 << 20, kDirectoryIndex = 1 << 21;

u32 mode_of(const Line& line) {
    constexpr u32 kRead = 0444, kReadWrite = 0644, kWrite = 0200;
    if (line.kind == Kind::Trigger) return kTypeRegular | kWrite;
    return kTypeRegular | (line.kind == Kind::Fixed ? kRead : kReadWrite);
}

class SettingFile final : public ProcInode {
public:
    explicit SettingFile(size_t number)
        : ProcInode(mode_of(kLines.at(number)), {}, proc_number({}, kFileIndex + number)), number_(number) {}
    Result<Ref<OpenFile>> open(u32 flags) override {
        const Kind kind = kLines.at(number_).kind;
        const u32 access = flags & kOpenAccessMask;
        // Not even the superuser.
        if ((kind == Kind::Fixed && access != kOpenReadOnly) ||
            (kind == Kind::Trigger && access != kOpenWriteOnly))
            return err(Errno::Eacces);
        return make_proc_text_file(flags, setting_text, change_setting, {.line = static_cast<u32>(number_)});
    }

private:
    size_t number_;
};

class SettingDirectory final : public ProcInode {
public:
    /// `prefix`: of the paths below, with a slash at its end.
    explicit SettingDirectory(std::string_view prefix)
        : ProcInode(kTypeDirectory | 0555, {}, number_of(prefix)), prefix_(prefix) {}

    Result<Ref<Inode>> lookup(std::string_view name) override {
        for (size_t i = 0; i < kLines.size(); ++i) {
            const std::string_view path = kLines.at(i).path;
            if (child_of(path) != name) continue;
            const size_t end = prefix_.size() + name.size();
            if (path.size() == end) return Ref<Inode>(make_ref<SettingFile>(i));
            return Ref<Inode>(make_ref<SettingDirectory>(path.substr(0, end + 1)));
        }
        return err(Errno::Enoent);
    }

    Result<void> read_directory(u64 cookie, DirectorySink& sink) override {
        constexpr u64 kFirst = 3;
        std::string_view last;
        for (size_t i = 0; i < kLines.size(); ++i) {
            const std::string_view path = kLines.at(i).path, name = child_of(path);
            if (name.empty() || name == last) continue;
            last = name;
            if (i + kFirst <= cookie) continue;
            const size_t end = prefix_.size() + name.size();
            const bool file = path.size() == end;
            if (!sink.take(
                    {.name = name,
                     .inode = file ? proc_number({}, kFileIndex + i) : number_of(path.substr(0, end + 1)),
                     .type = directory_entry_type(file ? kTypeRegular : kTypeDirectory),
                     .next_cookie = i + kFirst}))
                break;
        }
        return {};
    }

private:
    /// The name in this directory by which a path goes on; empty: it is not below it.
    std::string_view child_of(std::string_view path) const {
        if (!path.starts_with(prefix_)) return {};
        path.remove_prefix(prefix_.size());
        return path.substr(0, path.find('/'));
    }
    static u64 number_of(std::string_view prefix) {
        const auto first =
            std::ranges::find_if(kLines, [&](const Line& line) { return line.path.starts_with(prefix); });
        const auto line = static_cast<u64>(first - kLines.begin());
        const auto depth = static_cast<u64>(std::ranges::count(prefix, '/'));
        return proc_number({}, kDirectoryIndex + line * 8 + depth);
    }

    std::string_view prefix_;
};

}  // namespace

u64 setting(Setting which, size_t field) {
    const auto line = std::ranges::find(kLines, which, &Line::setting);
    const std::string text = value_of(static_cast<size_t>(line - kLines.begin()));
    std::string_view rest = text;
    for (; field != 0; --field) next_word(rest);
    return magnitude(next_word(rest)).value_or(0);
}

Ref<Inode> settings_directory(const ProcSubject&) { return make_ref<SettingDirectory>(std::string_view()); }

}  // namespace occlum::kernel
