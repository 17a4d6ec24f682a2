// /dev/pts: a name for each terminal, and ptmx.
#include "enclave/host.h"
#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/fs/regular_file.h"
#include "kernel/fs/time.h"
#include "kernel/tty/pty.h"

namespace occlum::kernel {
namespace {

constexpr u64 kDevptsMagic = 0x1cd1;
constexpr u64 kSlaveMajor = 136;
constexpr u64 kMultiplexer = make_device(5, 2);
constexpr u64 kRootNumber = 1, kMultiplexerNumber = 2, kFirstNumber = 3;

u64 devpts_device() {
    static const u64 device = next_device_number();
    return device;
}

class DevptsInode : public Inode {
public:
    DevptsInode(u32 mode, u64 number, u64 rdev)
        : Inode(mode & kTypeMask), mode_(mode), number_(number), rdev_(rdev), made_(file_time_now()) {}

    Result<Attributes> attributes() override {
        return Attributes{.device = devpts_device(),
                          .inode = number_,
                          .mode = mode_,
                          .links = is_directory() ? 2u : 1u,
                          .rdev = rdev_,
                          .block_size = 1024,
                          .accessed = made_,
                          .modified = made_,
                          .changed = made_,
                          .born = made_};
    }
    Result<void> change(const AttributeChange& change) override {
        if (change.size) return err(Errno::Einval);
        if (change.mode) mode_ = (mode_ & kTypeMask) | (*change.mode & kModeMask);
        return {};
    }
    FileSystemInfo file_system() override {
        return {.magic = kDevptsMagic, .device = devpts_device(), .type = "devpts"};
    }

private:
    u32 mode_;
    u64 number_, rdev_;
    TimeSpec made_;
};

class Multiplexer final : public DevptsInode {
public:
    Multiplexer() : DevptsInode(kTypeCharacter | 0666, kMultiplexerNumber, kMultiplexer) {}
    Result<Ref<OpenFile>> open(u32 flags) override { return open_pty_master(flags); }
};

class SlaveInode final : public DevptsInode {
public:
    explicit SlaveInode(Ref<Tty> tty)
        : DevptsInode(kTypeCharacter | tty->mode, kFirstNumber + tty->number,
                      make_device(kSlaveMajor, tty->number)),
          tty_(std::move(tty)) {}

    Result<Attributes> attributes() override {
        Attributes file = TRY(DevptsInode::attributes());
        file.mode = kTypeCharacter | tty_->mode;
        file.uid = tty_->uid;
        file.gid = tty_->gid;
        return file;
    }
    Result<void> change(const AttributeChange& change) override {
        TRY(DevptsInode::change(change));
        if (change.mode) tty_->mode = *change.mode & kModeMask;
        if (change.uid) tty_->uid = *change.uid;
        if (change.gid) tty_->gid = *change.gid;
        return {};
    }
    Result<Ref<OpenFile>> open(u32 flags) override { return open_tty(tty_, flags); }

private:
    Ref<Tty> tty_;
};

std::optional<u32> parse_number(std::string_view name) {
    if (name.empty() || name.size() > 6 || (name.size() > 1 && name.front() == '0')) return std::nullopt;
    u32 value = 0;
    for (char c : name) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + static_cast<u32>(c - '0');
    }
    return value;
}

class DevptsRoot final : public DevptsInode {
public:
    DevptsRoot() : DevptsInode(kTypeDirectory | 0755, kRootNumber, 0) {}
    bool names_are_stable() const override { return false; }

    Result<Ref<Inode>> lookup(std::string_view name) override {
        if (name == "ptmx") return Ref<Inode>(make_ref<Multiplexer>());
        std::optional<u32> number = parse_number(name);
        RefPtr<Tty> tty = number ? terminals().find(*number) : nullptr;
        if (!tty) return err(Errno::Enoent);
        return Ref<Inode>(make_ref<SlaveInode>(Ref<Tty>(*tty)));
    }
    Result<void> read_directory(u64 cookie, DirectorySink& sink) override {
        constexpr u64 kMultiplexerCookie = 3, kFirstCookie = 4;
        constexpr u8 kType = directory_entry_type(kTypeCharacter);
        if (cookie < kMultiplexerCookie &&
            !sink.take({"ptmx", kMultiplexerNumber, kType, kMultiplexerCookie}))
            return {};
        for (const auto& [number, tty] : terminals().all()) {
            if (number + kFirstCookie <= cookie) continue;
            std::string name = std::to_string(number);
            if (!sink.take({name, kFirstNumber + number, kType, number + kFirstCookie})) break;
        }
        return {};
    }
    Result<Ref<Inode>> create(std::string_view, u32, u64, const Credentials&) override {
        return err(Errno::Eacces);
    }
    Result<void> unlink(std::string_view) override { return err(Errno::Eperm); }
    Result<Ref<OpenFile>> open(u32 flags) override {
        return Ref<OpenFile>(make_ref<DirectoryFile>(flags, Ref<Inode>(*this)));
    }
};

}  // namespace

Ref<Inode> make_devpts_root() { return make_ref<DevptsRoot>(); }

}  // namespace occlum::kernel
