// Images whose seals are right and whose contents make no sense, as only a key's owner can make: errors,
// never more.
#include <gtest/gtest.h>

#include "tests/unit/storage/workload.h"

namespace occlum::storage {

class Forger {
public:
    explicit Forger(FileSystem& fs) : fs_(fs) {}
    void forge(std::mt19937_64& random) {
        switch (random() % 4) {
            case 0:
                return spoil(fs_.inodes_, fs_.volume_->super().inode_count / InodeRecord::kPerBlock + 1,
                             random);
            case 1:
                return spoil(fs_.space_, 1, random);
            case 2: {
                // Any file's contents, directories among them.
                auto node = fs_.node(random() % 40);
                if (!node || !fs_.touch(**node)) return;
                return spoil(random() % 4 == 0 ? (*node)->xattrs : (*node)->data, 3, random);
            }
            default: {
                Superblock& super = fs_.volume_->super();
                u64* fields[] = {&super.inode_count, &super.inodes_used, &super.free_inode, &super.orphans,
                                 &super.reserved};
                *fields[random() % 5] = random() % 3 == 0 ? random() : random() % 100;
            }
        }
    }
    Result<void> commit() { return fs_.commit(); }

private:
    static void spoil(BlockTree& tree, u64 blocks, std::mt19937_64& random) {
        auto block = tree.read(random() % blocks);
        if (!block || !*block) return;
        auto changed = tree.write(random() % blocks, Before::Kept);
        if (!changed) return;
        for (u64 i = random() % 4 + 1; i > 0; --i) {
            size_t at = random() % (random() % 2 == 0 ? 1024 : kBlockSize);
            (*changed)->bytes[at] = static_cast<u8>(random() % 3 == 0 ? 0xff : random());
        }
    }
    FileSystem& fs_;
};

namespace test {
namespace {

TEST(Forged, ImagesMakeErrorsOnly) {
    u64 images = repetitions("FORGED", 400);
    std::mt19937_64 random(repetitions("SEED", 1));
    MemoryStore sound;
    {
        auto fs = *FileSystem::format(test_config(sound), 2048, {.mode = 0755});
        Workload workload(*fs, 11);
        for (int i = 0; i < 150; ++i) workload.step();
        ASSERT_TRUE(fs->sync());
    }
    for (u64 i = 0; i < images; ++i) {
        MemoryStore store;
        store.blocks = sound.blocks;
        Config config = test_config(store);
        {
            auto fs = *FileSystem::mount(config);
            Forger forger(*fs);
            for (u64 changes = random() % 4 + 1; changes > 0; --changes) forger.forge(random);
            static_cast<void>(forger.commit());
        }
        auto fs = FileSystem::mount(config);
        if (!fs) continue;
        static_cast<void>((*fs)->check());
        Workload workload(**fs, random());
        for (int step = 0; step < 60; ++step) workload.step();
        static_cast<void>((*fs)->sync());
        static_cast<void>((*fs)->check());
    }
}

}  // namespace
}  // namespace test
}  // namespace occlum::storage
