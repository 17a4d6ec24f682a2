// /proc/<pid>/ns: the one name space of each kind, with the numbers of Linux's first ones (namespaces(7)).
#include "kernel/fs/dentry.h"
#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/fs/proc/process_settings.h"
#include "kernel/mm/user_memory.h"

namespace occlum::kernel {
namespace {

enum Kind : u32 { kCgroup, kIpc, kMnt, kNet, kPid, kTime, kUser, kUts, kKinds };

struct Space {
    std::string_view text;
    u64 number;
    i32 clone_flag;
};
constexpr std::array<Space, kKinds> kSpaces{{{"cgroup:[4026531835]", 4026531835, 0x0200'0000},
                                             {"ipc:[4026531839]", 4026531839, 0x0800'0000},
                                             {"mnt:[4026531840]", 4026531840, 0x0002'0000},
                                             {"net:[4026531841]", 4026531841, 0x4000'0000},
                                             {"pid:[4026531836]", 4026531836, 0x2000'0000},
                                             {"time:[4026531834]", 4026531834, 0x80},
                                             {"user:[4026531837]", 4026531837, 0x1000'0000},
                                             {"uts:[4026531838]", 4026531838, 0x0400'0000}}};

u64 space_device() {
    static const u64 device = next_device_number();
    return device;
}

class SpaceFile final : public OpenFile {
public:
    SpaceFile(u32 flags, Kind kind) : OpenFile(flags), kind_(kind) {}
    Result<u64> ioctl(u64 request, u64) override {
        constexpr u64 kUserSpace = 0xb701, kParent = 0xb702, kType = 0xb703;
        if (request == kType) return static_cast<u64>(kSpaces.at(kind_).clone_flag);
        return err(request == kUserSpace || request == kParent ? Errno::Eperm : Errno::Enotty);
    }
    u32 poll(PollTable*) override { return kPollFileReady; }

private:
    Kind kind_;
};

class SpaceInode final : public Inode {
public:
    explicit SpaceInode(Kind kind) : Inode(kTypeRegular), kind_(kind) {}
    Result<Attributes> attributes() override {
        return Attributes{.device = space_device(),
                          .inode = kSpaces.at(kind_).number,
                          .mode = kTypeRegular | 0444,
                          .links = 1};
    }
    Result<void> change(const AttributeChange&) override { return err(Errno::Eperm); }
    FileSystemInfo file_system() override {
        constexpr u64 kMagic = 0x6e73'6673;
        return {.magic = kMagic, .device = space_device(), .type = "nsfs"};
    }
    Result<Ref<OpenFile>> open(u32 flags) override {
        if ((flags & kOpenAccessMask) != kOpenReadOnly) return err(Errno::Eperm);
        return Ref<OpenFile>(make_ref<SpaceFile>(flags, kind_));
    }

private:
    Kind kind_;
};

template <Kind kind>
Result<RefPtr<Dentry>> space(const ProcSubject&) {
    [[clang::no_destroy]] static const Ref<Dentry> dentry =
        anonymous_dentry(std::string(kSpaces.at(kind).text), make_ref<SpaceInode>(kind));
    return RefPtr<Dentry>(dentry);
}

constexpr u32 kLink = kTypeLink | 0777;
constexpr auto kEntries =
    std::to_array<ProcEntry>({{"cgroup", kLink, nullptr, nullptr, space<kCgroup>},
                              {"ipc", kLink, nullptr, nullptr, space<kIpc>},
                              {"mnt", kLink, nullptr, nullptr, space<kMnt>},
                              {"net", kLink, nullptr, nullptr, space<kNet>},
                              {"pid", kLink, nullptr, nullptr, space<kPid>},
                              {"pid_for_children", kLink, nullptr, nullptr, space<kPid>},
                              {"time", kLink, nullptr, nullptr, space<kTime>},
                              {"time_for_children", kLink, nullptr, nullptr, space<kTime>},
                              {"user", kLink, nullptr, nullptr, space<kUser>},
                              {"uts", kLink, nullptr, nullptr, space<kUts>}});

}  // namespace

Ref<Inode> name_space_directory(const ProcSubject& subject) {
    return make_ref<ProcDirectory>(kEntries, subject, proc_number(subject, 1000));
}

}  // namespace occlum::kernel
