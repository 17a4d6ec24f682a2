// The runtime with an honest host: what the attacks stand on.
#include <unistd.h>

#include <filesystem>

#include "tests/attack/boundary/enclave_fixture.h"

namespace occlum::boundary {

namespace {

class Runtime : public EnclaveTest {};

TEST_F(Runtime, prints_and_exits) { EXPECT_EQ(run("hello"), 0); }
TEST_F(Runtime, heap) { EXPECT_EQ(run("heap"), 0); }
TEST_F(Runtime, pages) { EXPECT_EQ(run("pages"), 0); }
TEST_F(Runtime, commit_speed) { EXPECT_EQ(run("commit-speed"), 0); }
TEST_F(Runtime, faults) { EXPECT_EQ(run("faults"), 0); }
TEST_F(Runtime, ticks) { EXPECT_EQ(run("ticks"), 0); }
TEST_F(Runtime, time) { EXPECT_EQ(run("time"), 0); }
TEST_F(Runtime, random) { EXPECT_EQ(run("random"), 0); }
TEST_F(Runtime, vectors_survive_host_calls) { EXPECT_EQ(run("vectors"), 0); }

TEST_F(Runtime, files) {
    std::string pattern = testing::TempDir() + "occlum-runtime-XXXXXX";
    const std::string directory = mkdtemp(pattern.data());
    EXPECT_EQ(run<host::Services>("files",
                                  [&](host::Services& services) {
                                      ASSERT_TRUE(services.files().add_mount(directory, false));
                                  }),
              0);
    std::filesystem::remove_all(directory);
}

TEST_F(Runtime, two_vcpus_at_once) {
    build(2);
    auto options = service_options();
    options.on_finish = [](int status) { _exit(status); };  // the other vCPU stays inside
    host::Services services(*enclave_, boot("vcpus"), options, 2);
    EXPECT_EXIT(host::run_enclave(*enclave_, services, image_->tcs_offsets()), testing::ExitedWithCode(0),
                "");
}

TEST_F(Runtime, panics_are_reported) {
    EXPECT_EQ(run("panic"), 125);
    EXPECT_NE(aborted_.find("as asked"), std::string::npos);
    EXPECT_NE(aborted_.find("(occlum::enclave::libos_main"), std::string::npos) << aborted_;
}

TEST_F(Runtime, unknown_faults_are_reported) {
    EXPECT_EQ(run("stray-fault"), 125);
    EXPECT_NE(aborted_.find("vector 14"), std::string::npos) << aborted_;
    EXPECT_NE(aborted_.find("address 0x1230"), std::string::npos);
    EXPECT_NE(aborted_.find("(occlum::boundary::fault_unhandled"), std::string::npos);
}

}  // namespace

}  // namespace occlum::boundary
