#include "kernel/fs/anonymous_inode.h"

#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/fs/open_file.h"

namespace occlum::kernel {
namespace {

class AnonymousInode final : public Inode {
public:
    AnonymousInode() : Inode(0), device_(next_device_number()) {}
    Result<Attributes> attributes() override {
        return Attributes{.device = device_, .inode = 1, .mode = 0600, .links = 1};
    }
    Result<void> change(const AttributeChange&) override { return err(Errno::Eperm); }
    Result<Ref<OpenFile>> open(u32) override { return err(Errno::Enxio); }

private:
    u64 device_;
};

}  // namespace

Ref<Inode> anonymous_inode() {
    static Ref<Inode> inode = make_ref<AnonymousInode>();
    return inode;
}

}  // namespace occlum::kernel
