// The secure file system as a mounted one: against the host's own, with the operations of model_test.cpp.
#include "enclave/hosted/hosted.h"
#include "kernel/fs/secure/secure_file_system.h"
#include "tests/unit/kernel_fs/random_operations.h"

namespace occlum::kernel::test {
namespace {

class Secure : public testing::TestWithParam<u32> {
protected:
    void SetUp() override { ::umask(022); }
    StoreRequest request() {
        return {.host_mount = mount, .file = "image", .create = true, .owner = test_user()};
    }
    HostSide keeper;
    u32 mount = enclave::hosted::add_mount(keeper.home(), false);
};

TEST_P(Secure, ActsAsTheHosts) {
    HostSide host;
    auto fs = *SecureFileSystem::mount(request());
    OurSide ours(*SecureFileSystem::root(fs));
    RandomOperations operations(GetParam(), host, ours);
    for (int i = 0; i < 3000; ++i) ASSERT_TRUE(operations.step()) << "operation " << i;
    operations.compare_all();
    auto findings = fs->files().check();
    ASSERT_TRUE(findings);
    EXPECT_EQ(*findings, std::vector<std::string>());
    EXPECT_EQ(SecureFileSystem::mount(request()).error(), Errno::Ebusy) << "mounted twice";
}

INSTANTIATE_TEST_SUITE_P(Seeds, Secure, testing::Range(0u, 6u));

}  // namespace
}  // namespace occlum::kernel::test
