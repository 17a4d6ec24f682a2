#include "kernel/ipc/shared_segment.h"

#include "kernel/fs/anonymous_inode.h"
#include "kernel/fs/proc/text.h"

namespace occlum::kernel {
namespace {

class SegmentFile final : public OpenFile {
public:
    SegmentFile(u32 flags, Ref<SharedMemory> memory) : OpenFile(flags), memory_(std::move(memory)) {}
    u32 poll(PollTable*) override { return kPollFileReady; }
    RefPtr<SharedMemory> shared_memory() override { return RefPtr<SharedMemory>(memory_); }

private:
    Ref<SharedMemory> memory_;
};

}  // namespace

IpcTable<SharedSegment>& shared_segments() {
    [[clang::no_destroy]] static IpcTable<SharedSegment> all(Setting::SegmentsMax);
    return all;
}

Ref<OpenFile> SharedSegment::open(u32 flags) {
    Ref<OpenFile> file = make_ref<SegmentFile>(flags, memory);
    std::string name = "/SYSV" + hexadecimal(static_cast<u32>(key), 8);
    Ref<Dentry> dentry = anonymous_dentry(std::move(name), anonymous_inode());
    dentry->mark_unlinked();
    file->dentry = RefPtr<Dentry>(dentry);
    return file;
}

void drop_unused_segments() {
    std::vector<int> unused;
    for (const auto& [id, segment] : shared_segments().all())
        if (segment->removed && segment->attachments() == 0) unused.push_back(id);
    for (int id : unused) shared_segments().erase(id);
}

}  // namespace occlum::kernel
