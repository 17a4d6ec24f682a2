// A secure file system laid over a tree that is only read, against a copy of that tree on the host's own file
// system; and over restarts.
#include <sys/wait.h>

#include "enclave/hosted/hosted.h"
#include "kernel/fs/host/host_tree.h"
#include "kernel/fs/layers/layered_file_system.h"
#include "tests/unit/kernel_fs/random_operations.h"

namespace occlum::kernel::test {
namespace {

class Layers : public testing::TestWithParam<u32> {
protected:
    void SetUp() override { ::umask(022); }

    // A lower tree by random operations, and the copy that is to be changed in the same way.
    void make_lower(u32 seed) {
        auto scratch = make_ref<TreeFileSystem>("tmpfs", u64{1}, u64{1} << 30, nullptr, false);
        OurSide ours(*TreeFileSystem::make_root(scratch, 0755, test_user()));
        RandomOperations operations(seed, lower, ours);
        for (int i = 0; i < 600; ++i) operations.step();
        std::string command = "cp -a " + lower.home() + "/. " + copy.home() + "/";
        ASSERT_EQ(std::system(command.c_str()), 0);
    }
    Ref<SecureFileSystem> mount_upper() {
        return *SecureFileSystem::mount(
            {.host_mount = keeper_mount, .file = "image", .create = true, .owner = test_user()});
    }
    Ref<Inode> layered(Ref<SecureFileSystem> upper) {
        u32 mount = enclave::hosted::add_mount(lower.top(), true);
        auto below = make_ref<TreeFileSystem>("image", u64{2}, u64{1} << 30,
                                              RefPtr<LowerTree>(make_ref<HostTree>(mount)), true);
        return *LayeredFileSystem::make_root(upper, *TreeFileSystem::make_root(below, 0755, test_user()));
    }
    static void enter_all(OurSide& ours) {
        for (int i = 0; i < HostSide::kDepth; ++i) ours.enter();
    }

    void one_run(u32 run) {
        auto upper = mount_upper();
        OurSide ours(layered(upper), false);
        enter_all(ours);
        RandomOperations operations(GetParam() * 100 + run, copy, ours);
        operations.compare_all();
        for (int i = 0; i < 300; ++i) ASSERT_TRUE(operations.step()) << "operation " << i;
        operations.compare_all();
        ASSERT_TRUE(upper->files().sync());
    }
    template <typename Function>
    static bool in_a_process(Function function) {
        const pid_t child = ::fork();
        if (child == 0) {
            function();
            ::_exit(HasFailure() ? 1 : 0);
        }
        int status = 1;
        return ::waitpid(child, &status, 0) == child && status == 0;
    }

    HostSide keeper, lower, copy;
    u32 keeper_mount = enclave::hosted::add_mount(keeper.home(), false);
};

TEST_P(Layers, ActAsACopy) {
    make_lower(GetParam());
    std::string before = "cp -a " + lower.top() + " " + copy.top() + "/snapshot";
    ASSERT_EQ(std::system(before.c_str()), 0);
    auto upper = mount_upper();
    OurSide ours(layered(upper), false);
    enter_all(ours);
    RandomOperations operations(GetParam() + 1000, copy, ours);
    for (int i = 0; i < 2000; ++i) ASSERT_TRUE(operations.step()) << "operation " << i;
    operations.compare_all();
    auto findings = upper->files().check();
    ASSERT_TRUE(findings);
    EXPECT_EQ(*findings, std::vector<std::string>());
    std::string unchanged =
        "! diff -r --no-dereference " + lower.top() + " " + copy.top() + "/snapshot | grep -v 'is a fifo'";
    EXPECT_EQ(std::system(unchanged.c_str()), 0) << "the lower tree must stay as it is";
}

// Each run is a process of its own: nothing is left of it but the store.
TEST_P(Layers, LastOverRestarts) {
    make_lower(GetParam() + 100);
    // Names of one file below are told apart after a restart, so there must be none.
    std::string apart = "cd " + copy.home() + " && find . -type f -links +1 -delete && cd " + lower.home() +
                        " && find . -type f -links +1 -delete";
    ASSERT_EQ(std::system(apart.c_str()), 0);
    for (u32 run = 0; run < 6; ++run) ASSERT_TRUE(in_a_process([&] { one_run(run); })) << "run " << run;
}

INSTANTIATE_TEST_SUITE_P(Seeds, Layers, testing::Range(0u, 12u));

}  // namespace
}  // namespace occlum::kernel::test
