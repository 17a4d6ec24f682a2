// H and S: exceptions that were none, too many or too deep; identities, reports and keys.
#include "host/model/keys.h"
#include "tests/attack/boundary/raw_vcpu.h"

namespace occlum::boundary {

namespace {

using host::Left;

class Exceptions : public RawTest {
protected:
    void run_to_interrupt() {
        prepare("spin");
        vcpu_->enter(abi::kEnterStart);
        vcpu_->serve(*services_, [&] { return vcpu_->left.by == Left::By::Interrupt; });
        ASSERT_EQ(vcpu_->thread->cssa(), 1u);
        vcpu_->thread->set_tick(0);  // the next one might meet the handler
    }
    void run_to_exception(const std::string& action) {
        prepare(action);
        vcpu_->enter(abi::kEnterStart);
        vcpu_->serve(*services_, [&] { return vcpu_->left.by == Left::By::Exception; });
        ASSERT_EQ(vcpu_->thread->cssa(), 1u);
    }
};

TEST_F(Exceptions, H1_faults_in_the_handler_are_reported_on_another_stack) {
    EXPECT_EQ(run("double-fault"), 125);
    EXPECT_NE(aborted_.find("fault in the exception handler"), std::string::npos) << aborted_;
}

TEST_F(Exceptions, H2_no_exception_entry_before_the_first_start) {
    prepare("hello");
    for (u64 reason : {u64{abi::kEnterException}, u64{abi::kEnterTick}}) {
        vcpu_->enter(reason);
        EXPECT_TRUE(vcpu_->refused());
    }
    vcpu_->enter(abi::kEnterStart);
    EXPECT_EQ(finish(), 0);
}

TEST_F(Exceptions, H3_interruptions_at_every_place_of_the_door) { EXPECT_EQ(run("crossings"), 0); }

TEST_F(Exceptions, H4_H5_an_exception_that_the_cpu_did_not_raise_is_refused) {
    run_to_interrupt();
    vcpu_->enter(abi::kEnterException);
    EXPECT_TRUE(vcpu_->refused());
    for (u64 reason : {u64{abi::kEnterStart}, u64{abi::kEnterReply}, u64{7}}) {
        vcpu_->enter(reason);
        EXPECT_TRUE(vcpu_->refused()) << reason;
    }
    vcpu_->enter(abi::kEnterTick);
    EXPECT_EQ(vcpu_->reason(), abi::kLeaveResume);
    services_->finish(0);
}

TEST_F(Exceptions, H4_a_fault_that_is_announced_as_a_tick_is_still_a_fault) {
    run_to_exception("stray-fault");
    vcpu_->enter(abi::kEnterTick);
    EXPECT_EQ(finish(), 125);
    EXPECT_NE(aborted_.find("vector 14"), std::string::npos);
}

TEST_F(Exceptions, H5_ticks_of_the_hosts_choice_change_nothing) {
    run_to_interrupt();
    for (int i = 0; i < 100; ++i) {
        vcpu_->enter(abi::kEnterTick);
        ASSERT_EQ(vcpu_->reason(), abi::kLeaveResume);
    }
    vcpu_->thread->set_tick(1'000'000);
    vcpu_->left = vcpu_->thread->resume(vcpu_->registers);
    EXPECT_EQ(vcpu_->left.by, Left::By::Interrupt);
    services_->finish(0);
}

TEST_F(Exceptions, H6_one_exception_is_handled_once) {
    run_to_exception("faults");
    vcpu_->enter(abi::kEnterException);
    EXPECT_EQ(vcpu_->reason(), abi::kLeaveResume);
    vcpu_->enter(abi::kEnterException);
    EXPECT_TRUE(vcpu_->refused());
    vcpu_->left = vcpu_->thread->resume(vcpu_->registers);
    EXPECT_EQ(finish(), 0);
}

TEST_F(Exceptions, H7_the_depth_is_limited_by_the_frames) {
    prepare("double-fault");
    vcpu_->enter(abi::kEnterStart);
    vcpu_->serve(*services_, [&] { return vcpu_->left.by == Left::By::Exception; });
    vcpu_->enter(abi::kEnterException);  // faults in the handler
    ASSERT_EQ(vcpu_->thread->cssa(), 2u);
    for (u64 reason : {u64{abi::kEnterStart}, u64{abi::kEnterReply}, u64{abi::kEnterTick}}) {
        vcpu_->enter(reason);
        EXPECT_TRUE(vcpu_->refused()) << reason;
    }
    vcpu_->enter(abi::kEnterException);
    EXPECT_TRUE(vcpu_->wants_call());
    EXPECT_EQ(vcpu_->number(), abi::HostCall::Abort);
    vcpu_->enter(abi::kEnterException);
    EXPECT_TRUE(vcpu_->refused());
    services_->finish(0);
}

TEST_F(Exceptions, H9_resuming_what_was_not_interrupted_is_refused) {
    prepare("hello");
    host::HostRegisters registers;
    EXPECT_EQ(vcpu_->thread->resume(registers).by, Left::By::Refused);
    vcpu_->enter(abi::kEnterStart);
    EXPECT_EQ(finish(), 0);
}

TEST_F(Exceptions, S1_a_debug_enclave_or_a_changed_signature_is_refused) {
    auto image = image::EnclaveImage::read(BOUNDARY_ELF, 1);
    ASSERT_TRUE(image);
    const auto key = image::signing_key(BOUNDARY_ELF);
    const auto good = image->sign(key);
    const auto init = [&](host::EnclaveParameters parameters, const sgx::SigStruct& sigstruct) {
        auto enclave = host::create_model(parameters, {});
        for (const auto& piece : image->pieces()) (void)(*enclave)->add_pages(piece);
        return (*enclave)->init(sigstruct);
    };
    EXPECT_EQ(init(image->parameters(), good), sgx::SgxError::None);
    auto debug = image->parameters();
    debug.attributes.flags |= sgx::kAttributeDebug;
    EXPECT_EQ(init(debug, good), sgx::SgxError::InvalidAttribute);
    auto no_exinfo = image->parameters();
    no_exinfo.misc_select = 0;
    EXPECT_EQ(init(no_exinfo, good), sgx::SgxError::InvalidAttribute);
    for (size_t offset : {0u, 20u, 130u, 512u, 600u, 900u, 930u, 961u, 1024u, 1026u, 1050u, 1430u}) {
        auto bad = good;
        reinterpret_cast<u8*>(&bad)[offset] ^= 1;
        EXPECT_EQ(init(image->parameters(), bad), sgx::SgxError::InvalidSignature) << offset;
    }
}

TEST_F(Exceptions, S2_keys_depend_on_identity_and_versions) {
    host::model::Identity one{};
    one.attributes = {sgx::kAttributeInit | sgx::kAttributeMode64, 7};
    one.mrenclave.fill(1);
    one.mrsigner.fill(2);
    one.isv_svn = 3;
    sgx::KeyRequest request{};
    request.name = sgx::KeyName::Seal;
    request.policy = sgx::kKeyPolicyMrEnclave;
    request.isv_svn = 3;
    const auto key = host::model::derive_key(one, request);
    EXPECT_EQ(key.error, sgx::SgxError::None);
    auto other = one;
    other.mrenclave.fill(9);
    EXPECT_NE(host::model::derive_key(other, request).key, key.key);
    auto debug = one;
    debug.attributes.flags |= sgx::kAttributeDebug;
    EXPECT_NE(host::model::derive_key(debug, request).key, key.key);
    request.isv_svn = 4;
    EXPECT_EQ(host::model::derive_key(one, request).error, sgx::SgxError::InvalidIsvSvn);
    request.isv_svn = 3;
    request.cpu_svn.fill(0xff);
    EXPECT_EQ(host::model::derive_key(one, request).error, sgx::SgxError::InvalidCpuSvn);
    request.cpu_svn = {};
    request.policy = sgx::kKeyPolicyMrSigner;
    EXPECT_EQ(host::model::derive_key(other, request).key, host::model::derive_key(one, request).key);
}

TEST_F(Exceptions, S3_a_report_binds_its_data_for_one_target_only) {
    host::model::Identity one{};
    one.mrenclave.fill(1);
    sgx::TargetInfo target{};
    target.mrenclave.fill(5);
    std::array<u8, 64> data{};
    const auto report = host::model::make_report(one, target, data);
    data[63] = 1;
    const auto changed = host::model::make_report(one, target, data);
    EXPECT_NE(report.mac, changed.mac);
    EXPECT_EQ(changed.body.report_data, data);
    host::model::Identity receiver{};
    receiver.mrenclave = target.mrenclave;
    sgx::KeyRequest request{};
    request.name = sgx::KeyName::Report;
    const auto key = host::model::derive_key(receiver, request);
    const std::span body(reinterpret_cast<const u8*>(&report.body), sizeof report.body);
    EXPECT_EQ(host::aes_cmac(key.key, body), report.mac);
    receiver.mrenclave.fill(6);
    EXPECT_NE(host::aes_cmac(host::model::derive_key(receiver, request).key, body), report.mac);
}

}  // namespace

}  // namespace occlum::boundary
