// The code under test is only reached with the kernel lock held, and leaves it for some calls of the host.
#include "kernel/sched/kernel_lock.h"

#include <gtest/gtest.h>

namespace occlum::kernel::test {
namespace {

class WithKernelLock final : public testing::Environment {
public:
    void SetUp() override OCCLUM_ACQUIRE(kernel_lock) { kernel_lock.acquire(); }
    void TearDown() override OCCLUM_RELEASE(kernel_lock) { kernel_lock.release(); }
};

[[maybe_unused]] testing::Environment* const environment =
    testing::AddGlobalTestEnvironment(new WithKernelLock);

}  // namespace
}  // namespace occlum::kernel::test
