// What the three kinds of System V IPC have in common (sysvipc(7)): keys, numbers, owners, permissions.
#pragma once

#include <map>

#include "base/ref.h"
#include "base/result.h"
#include "kernel/fs/proc/settings.h"
#include "kernel/task/credentials.h"

namespace occlum::kernel {

// Flags of the get and control calls.
inline constexpr u32 kIpcCreate = 01000, kIpcExclusive = 02000, kIpcNoWait = 04000;
inline constexpr u32 kIpcRemove = 0, kIpcSet = 1, kIpcStat = 2, kIpcInfo = 3;
inline constexpr i32 kIpcPrivate = 0;
inline constexpr u32 kIpcMayRead = 4, kIpcMayWrite = 2;

/// struct ipc64_perm.
struct IpcPermissionRecord {
    i32 key;
    u32 uid, gid, creator_uid, creator_gid, mode;
    u16 sequence, padding;
    u32 padding2;
    std::array<u64, 2> unused;
};
static_assert(sizeof(IpcPermissionRecord) == 48);

class IpcObject : public RefCounted {
public:
    IpcObject(i32 new_key, u32 flags, const Credentials& creator)
        : key(new_key),
          uid(creator.euid),
          gid(creator.egid),
          creator_uid(creator.euid),
          creator_gid(creator.egid),
          mode(flags & 0777) {}

    i32 key;
    int id = 0;
    u32 uid, gid, creator_uid, creator_gid, mode;
    bool removed = false;

    Result<void> check_access(const Credentials& who, u32 wanted) const;  ///< EACCES
    Result<void> check_owner(const Credentials& who) const;               ///< EPERM
    IpcPermissionRecord record() const;
    /// IPC_SET.
    void set(const IpcPermissionRecord& wanted);
};

/// Objects of one kind by number.
template <typename T>
class IpcTable {
public:
    /// How many there can be says a field of a setting.
    explicit IpcTable(Setting most, size_t field = 0) : most_(most), field_(field) {}

    /// The get call: the object of the key, or `make()`'s. ENOENT, EEXIST, EACCES, ENOSPC.
    template <typename Make, typename Check>
    Result<int> get(i32 key, u32 flags, const Credentials& who, Make make, Check check) {
        if (key != kIpcPrivate) {
            for (auto& [id, object] : objects_) {
                if (object->key != key || object->removed) continue;
                if ((flags & kIpcCreate) != 0 && (flags & kIpcExclusive) != 0) return err(Errno::Eexist);
                TRY(object->check_access(who, access_of(flags)));
                TRY(check(*object));
                return id;
            }
            if ((flags & kIpcCreate) == 0) return err(Errno::Enoent);
        }
        if (objects_.size() >= setting(most_, field_)) return err(Errno::Enospc);
        Ref<T> object = TRY(make());
        object->id = next_id();
        objects_.emplace(object->id, object);
        return object->id;
    }
    Result<Ref<T>> find(int id) const {
        auto found = objects_.find(id);
        if (found == objects_.end()) return err(Errno::Einval);
        return found->second;
    }
    void erase(int id) { objects_.erase(id); }
    const std::map<int, Ref<T>>& all() const { return objects_; }
    /// The n-th object, for the commands that walk the table.
    Result<Ref<T>> at(int index) const {
        for (const auto& [id, object] : objects_)
            if (index-- == 0) return object;
        return err(Errno::Einval);
    }

private:
    static u32 access_of(u32 flags) { return ((flags >> 6) | (flags >> 3) | flags) & 6; }
    int next_id() {
        do last_ = (last_ + 1) & 0x7fff'ffff;
        while (objects_.contains(last_));
        return last_;
    }

    std::map<int, Ref<T>> objects_;
    Setting most_;
    size_t field_;
    int last_ = 0;  // there are programs that take a zero for an error
};

}  // namespace occlum::kernel
