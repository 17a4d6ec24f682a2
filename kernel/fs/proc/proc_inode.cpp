#include "kernel/fs/proc/proc_inode.h"

#include <algorithm>

#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/fs/regular_file.h"
#include "kernel/fs/time.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

constexpr u64 kProcMagic = 0x9fa0;

u64 proc_device() {
    static const u64 device = next_device_number();
    return device;
}

// A text as it was when the file was opened, or when its beginning was last read again.
class ProcTextFile final : public OpenFile {
public:
    ProcTextFile(u32 flags, std::string text, ProcText again, ProcWrite write, const ProcSubject& subject)
        : OpenFile(flags), text_(std::move(text)), again_(again), write_(write), subject_(subject) {}

    Result<size_t> read(const UserBuffer& to) override {
        size_t got = TRY(read_at(position_, to));
        position_ += got;
        return got;
    }
    Result<size_t> read_at(u64 offset, const UserBuffer& to) override {
        if (offset == 0 && std::exchange(was_read_, true)) TRY(look_again());
        if (offset >= text_.size()) return size_t{0};
        size_t size = std::min<u64>(to.size(), text_.size() - offset);
        std::vector<u8> bytes;
        for (char c : std::string_view(text_).substr(offset, size)) bytes.push_back(static_cast<u8>(c));
        TRY(to.copy_to(0, bytes));
        return size;
    }
    Result<size_t> write(const UserBuffer& from) override {
        constexpr size_t kMost = 4096;
        if (write_ == nullptr) return err(Errno::Eacces);
        std::vector<u8> bytes(std::min(from.size(), kMost));
        TRY(from.copy_from(0, bytes));
        TRY(write_(subject_, std::string(bytes.begin(), bytes.end())));
        return bytes.size();
    }
    Result<size_t> write_at(u64, const UserBuffer& from) override { return write(from); }
    Result<u64> seek(i64 offset, int whence) override {
        if (whence != kSeekSet && whence != kSeekCurrent) return err(Errno::Einval);
        i64 to = offset + (whence == kSeekCurrent ? static_cast<i64>(position_) : 0);
        if (to < 0) return err(Errno::Einval);
        position_ = static_cast<u64>(to);
        return position_;
    }
    u32 poll(PollTable*) override { return kPollFileReady; }
    u64 position() const override { return position_; }

private:
    Result<void> look_again() {
        if (again_ == nullptr) return {};
        Result<std::string> text = again_(subject_);
        if (!text) return err(text.error() == Errno::Enoent ? Errno::Esrch : text.error());
        text_ = std::move(*text);
        return {};
    }

    std::string text_;
    ProcText again_;  // null: it never changes
    ProcWrite write_;
    ProcSubject subject_;
    bool was_read_ = false;
    u64 position_ = 0;
};

class ProcFile final : public ProcInode {
public:
    ProcFile(const ProcEntry& entry, const ProcSubject& subject, u64 number)
        : ProcInode(entry.mode, subject, number), text_(entry.text), write_(entry.write) {}
    Result<Ref<OpenFile>> open(u32 flags) override {
        return make_proc_text_file(flags, text_, write_, subject_);
    }

private:
    ProcText text_;
    ProcWrite write_;
};

class ProcFixedFile final : public ProcInode {
public:
    ProcFixedFile(std::string text, const ProcSubject& subject, u64 number)
        : ProcInode(kTypeRegular | 0444, subject, number), text_(std::move(text)) {}
    Result<Ref<OpenFile>> open(u32 flags) override {
        return Ref<OpenFile>(make_ref<ProcTextFile>(flags, text_, nullptr, nullptr, subject_));
    }

private:
    std::string text_;
};

class ProcLink final : public ProcInode {
public:
    ProcLink(const ProcEntry& entry, const ProcSubject& subject, u64 number)
        : ProcInode(entry.mode, subject, number), text_(entry.text), target_(entry.target) {}
    Result<std::string> read_link() override {
        if (text_ != nullptr) return text_(subject_);
        RefPtr<Dentry> target = TRY(target_(subject_));
        if (!target) return err(Errno::Enoent);
        return path_of(current_view(), *target);
    }
    Result<RefPtr<Dentry>> magic_target() override {
        if (target_ == nullptr) return RefPtr<Dentry>();
        RefPtr<Dentry> target = TRY(target_(subject_));
        if (!target) return err(Errno::Enoent);
        return target;
    }

private:
    ProcText text_;
    ProcTarget target_;
};

}  // namespace

Result<Ref<Process>> process_of(const ProcSubject& subject) {
    RefPtr<Process> process = pid_table().process(subject.pid);
    if (!process) return err(Errno::Enoent);
    return Ref<Process>(*process);
}

Result<RefPtr<Task>> task_of(const ProcSubject& subject) {
    Ref<Process> process = TRY(process_of(subject));
    if (subject.tid != 0) {
        RefPtr<Task> task = pid_table().task(subject.tid);
        if (!task || &task->process() != process.get()) return err(Errno::Enoent);
        return task;
    }
    // A first thread that has ended is a zombie as long as others live.
    return process->leader();
}

Result<RefPtr<FdTable>> files_of(const ProcSubject& subject) {
    const RefPtr<Task> task = TRY(task_of(subject));
    return task ? task->files : nullptr;
}

Result<RefPtr<FsContext>> view_of(const ProcSubject& subject) {
    const RefPtr<Task> task = TRY(task_of(subject));
    return task ? task->view : nullptr;
}

Result<Ref<const SharedCredentials>> credentials_of(const ProcSubject& subject) {
    if (subject.tid == 0) return TRY(process_of(subject))->shared_credentials();
    return TRY(task_of(subject))->shared_credentials();
}

u64 proc_number(const ProcSubject& subject, u64 index) {
    u64 owner = subject.tid != 0 ? u64{subject.tid} | u64{1} << 23 : subject.pid;
    return (owner << 32) + index + 1;
}

Result<Attributes> ProcInode::attributes() {
    Attributes file{
        .device = proc_device(), .inode = number_, .mode = mode_, .links = is_directory() ? 2u : 1u};
    file.block_size = 1024;
    file.accessed = file.modified = file.changed = file.born = file_time_now();
    if (subject_.pid == 0) return file;
    Ref<const SharedCredentials> who = TRY(credentials_of(subject_));
    file.uid = who->value.euid;
    file.gid = who->value.egid;
    return file;
}

Result<void> ProcInode::change(const AttributeChange& change) {
    // O_TRUNC on a file that takes text.
    if (change.size && !change.mode && !change.uid) return {};
    return err(Errno::Eperm);
}

FileSystemInfo ProcInode::file_system() {
    return {.magic = kProcMagic, .device = proc_device(), .type = "proc"};
}

Result<Ref<OpenFile>> ProcInode::open(u32 flags) {
    if (!is_directory()) return err(Errno::Eloop);
    return Ref<OpenFile>(make_ref<DirectoryFile>(flags, Ref<Inode>(*this)));
}

Ref<Inode> make_proc_entry(const ProcEntry& entry, const ProcSubject& subject, size_t index) {
    u64 number = proc_number(subject, index);
    if (entry.build != nullptr) return entry.build(subject);
    if ((entry.mode & kTypeMask) == kTypeLink) return make_ref<ProcLink>(entry, subject, number);
    return make_ref<ProcFile>(entry, subject, number);
}

Ref<Inode> make_proc_text(std::string text, const ProcSubject& subject, u64 number) {
    return make_ref<ProcFixedFile>(std::move(text), subject, number);
}

Result<Ref<OpenFile>> make_proc_text_file(u32 flags, ProcText text, ProcWrite write,
                                          const ProcSubject& subject) {
    return Ref<OpenFile>(make_ref<ProcTextFile>(flags, TRY(text(subject)), text, write, subject));
}

bool offer_entries(std::span<const ProcEntry> entries, const ProcSubject& subject, u64 first, u64 cookie,
                   DirectorySink& sink) {
    for (size_t i = 0; i < entries.size(); ++i) {
        if (first + i <= cookie) continue;
        if (!sink.take({.name = entries[i].name,
                        .inode = proc_number(subject, i),
                        .type = directory_entry_type(entries[i].mode),
                        .next_cookie = first + i}))
            return false;
    }
    return true;
}

Result<Ref<Inode>> ProcDirectory::lookup(std::string_view name) {
    auto found = std::ranges::find(entries_, name, &ProcEntry::name);
    if (found == entries_.end()) return err(Errno::Enoent);
    return make_proc_entry(*found, subject_, static_cast<size_t>(found - entries_.begin()));
}

Result<void> ProcDirectory::read_directory(u64 cookie, DirectorySink& sink) {
    offer_entries(entries_, subject_, 3, cookie, sink);
    return {};
}

Result<std::string> ProcDentryLink::read_link() { return path_of(current_view(), *target_); }

}  // namespace occlum::kernel
