// The memory file system, alone and over a host directory, against the host's own file system.
#include "enclave/hosted/hosted.h"
#include "kernel/fs/host/host_tree.h"
#include "tests/unit/kernel_fs/random_operations.h"

namespace occlum::kernel::test {
namespace {

class Model : public testing::TestWithParam<u32> {
protected:
    void SetUp() override { ::umask(022); }
};

void run(RandomOperations& operations, int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(operations.step()) << "operation " << i;
    operations.compare_all();
}

TEST_P(Model, MemoryFileSystemActsAsTheHosts) {
    HostSide host;
    auto fs = make_ref<TreeFileSystem>("tmpfs", u64{1}, u64{1} << 30, nullptr, false);
    OurSide ours(*TreeFileSystem::make_root(fs, 0755, test_user()));
    RandomOperations operations(GetParam(), host, ours);
    run(operations, 3000);
}

// The lower tree is made by one run of operations; then both a copy of it and the overlay see another.
TEST_P(Model, OverlayActsAsACopy) {
    HostSide lower, copy;
    {
        auto scratch = make_ref<TreeFileSystem>("tmpfs", u64{1}, u64{1} << 30, nullptr, false);
        OurSide ours(*TreeFileSystem::make_root(scratch, 0755, test_user()));
        RandomOperations operations(GetParam(), lower, ours);
        for (int i = 0; i < 600; ++i) operations.step();
    }
    std::string command = "cp -a " + lower.home() + "/. " + copy.home() + "/";
    ASSERT_EQ(std::system(command.c_str()), 0);
    std::string before = "cp -a " + lower.top() + " " + copy.top() + "/snapshot";
    ASSERT_EQ(std::system(before.c_str()), 0);
    u32 mount = enclave::hosted::add_mount(lower.top(), true);
    auto fs = make_ref<TreeFileSystem>("overlay", u64{2}, u64{1} << 30,
                                       RefPtr<LowerTree>(make_ref<HostTree>(mount)), false);
    OurSide ours(*TreeFileSystem::make_root(fs, 0755, test_user()), false);
    for (int i = 0; i < HostSide::kDepth; ++i) ours.enter();
    RandomOperations operations(GetParam() + 1000, copy, ours);
    run(operations, 2000);
    // diff cannot compare FIFOs and says so.
    std::string unchanged =
        "! diff -r --no-dereference " + lower.top() + " " + copy.top() + "/snapshot | grep -v 'is a fifo'";
    EXPECT_EQ(std::system(unchanged.c_str()), 0) << "the lower tree must stay as it is";
}

INSTANTIATE_TEST_SUITE_P(Seeds, Model, testing::Range(0u, 12u));

}  // namespace
}  // namespace occlum::kernel::test
