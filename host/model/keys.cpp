#include "host/model/keys.h"

#include "host/cryptography.h"
#include "host/model/enclave.h"
#include "host/model/thread.h"

namespace occlum::host::model {

namespace {

/// Stands for the fuses of a CPU. Public on purpose: the model keeps no secrets.
constexpr sgx::Key kRootKey{'o', 'c', 'c', 'l', 'u', 'm', '-', 'm', 'o', 'd', 'e', 'l', '-', 'k', 'e', 'y'};

struct Dependencies {
    sgx::KeyName name;
    u16 isv_prod_id;
    u16 isv_svn;
    u16 policy;
    u32 misc_select;
    u32 misc_mask;
    sgx::Svn cpu_svn;
    sgx::Attributes attributes;
    sgx::Attributes attribute_mask;
    sgx::Hash mrenclave, mrsigner;
    std::array<u8, 32> key_id;
};
static_assert(sizeof(Dependencies) == 160);

sgx::Key derive(const Dependencies& dependencies) {
    return aes_cmac(kRootKey, {reinterpret_cast<const u8*>(&dependencies), sizeof dependencies});
}

sgx::Key report_key(const sgx::Hash& mrenclave, sgx::Attributes attributes, u32 misc_select,
                    const std::array<u8, 32>& key_id) {
    Dependencies from{};
    from.name = sgx::KeyName::Report;
    from.misc_select = misc_select;
    from.cpu_svn = cpu_svn();
    from.attributes = attributes;
    from.mrenclave = mrenclave;
    from.key_id = key_id;
    return derive(from);
}

bool newer(const sgx::Svn& requested) {
    const sgx::Svn current = cpu_svn();
    for (size_t i = 0; i < current.size(); ++i)
        if (requested[i] > current[i]) return true;
    return false;
}

}  // namespace

sgx::Svn cpu_svn() {
    sgx::Svn svn{};
    svn[0] = 1;
    return svn;
}

DerivedKey derive_key(const Identity& identity, const sgx::KeyRequest& request) {
    if (request.name == sgx::KeyName::Report)
        return {sgx::SgxError::None,
                report_key(identity.mrenclave, identity.attributes, identity.misc_select, request.key_id)};
    if (request.name != sgx::KeyName::Seal) return {sgx::SgxError::InvalidKeyName, {}};
    if (newer(request.cpu_svn)) return {sgx::SgxError::InvalidCpuSvn, {}};
    if (request.isv_svn > identity.isv_svn) return {sgx::SgxError::InvalidIsvSvn, {}};

    Dependencies from{};
    from.name = request.name;
    from.policy = request.policy;
    from.isv_svn = request.isv_svn;
    from.cpu_svn = request.cpu_svn;
    // INIT and DEBUG always count: a debug enclave never gets a production enclave's key.
    constexpr u64 kAlways = sgx::kAttributeInit | sgx::kAttributeDebug;
    from.attributes.flags = identity.attributes.flags & (request.attribute_mask.flags | kAlways);
    from.attributes.xfrm = identity.attributes.xfrm & request.attribute_mask.xfrm;
    from.attribute_mask = request.attribute_mask;
    from.misc_select = identity.misc_select & request.misc_mask;
    from.misc_mask = request.misc_mask;
    from.key_id = request.key_id;
    if ((request.policy & sgx::kKeyPolicyMrEnclave) != 0) from.mrenclave = identity.mrenclave;
    if ((request.policy & sgx::kKeyPolicyMrSigner) != 0) from.mrsigner = identity.mrsigner;
    if ((request.policy & sgx::kKeyPolicyNoIsvProdId) == 0) from.isv_prod_id = identity.isv_prod_id;
    return {sgx::SgxError::None, derive(from)};
}

sgx::Report make_report(const Identity& identity, const sgx::TargetInfo& target,
                        const std::array<u8, 64>& report_data) {
    sgx::Report report{};
    report.body.cpu_svn = cpu_svn();
    report.body.misc_select = identity.misc_select;
    report.body.attributes = identity.attributes;
    report.body.mrenclave = identity.mrenclave;
    report.body.mrsigner = identity.mrsigner;
    report.body.isv_prod_id = identity.isv_prod_id;
    report.body.isv_svn = identity.isv_svn;
    report.body.report_data = report_data;
    const sgx::Key key = report_key(target.mrenclave, target.attributes, target.misc_select, report.key_id);
    report.mac = aes_cmac(key, {reinterpret_cast<const u8*>(&report.body), sizeof report.body});
    return report;
}

namespace {

/// Result of a leaf that faults: the address for #PF, all ones for #GP. Error codes are small.
constexpr u64 kProtectionFault = ~u64{0};

/// 0 when the operand may be used.
u64 check(const ModelThread& thread, u64 address, u64 size, u64 alignment, u64 permission) {
    const Epcm& epcm = *thread.epcm;
    if (address % alignment != 0 || !epcm.contains(address) || !epcm.contains(address + size - 1))
        return kProtectionFault;
    const bool good = (epcm.load(address).effective() & permission) == permission &&
                      (epcm.load(address + size - 1).effective() & permission) == permission;
    return good ? 0 : address;
}

template <typename T>
T& at(u64 address) {
    return *reinterpret_cast<T*>(address);
}

}  // namespace

u64 model_key_leaf(ModelThread* thread) {
    const u64 first = thread->gpr[3], second = thread->gpr[1], third = thread->gpr[2];
    if (thread->gpr[0] == static_cast<u32>(sgx::Enclu::EReport)) {
        if (const u64 bad = check(*thread, first, sizeof(sgx::TargetInfo), 512, 1)) return bad;
        if (const u64 bad = check(*thread, second, 64, 128, 1)) return bad;
        if (const u64 bad = check(*thread, third, sizeof(sgx::Report), 512, 3)) return bad;
        const sgx::TargetInfo target = at<sgx::TargetInfo>(first);
        at<sgx::Report>(third) =
            make_report(thread->enclave->identity(), target, at<std::array<u8, 64>>(second));
        return 0;
    }
    if (const u64 bad = check(*thread, first, sizeof(sgx::KeyRequest), 512, 1)) return bad;
    if (const u64 bad = check(*thread, second, sizeof(sgx::Key), 16, 3)) return bad;
    const sgx::KeyRequest request = at<sgx::KeyRequest>(first);
    if ((request.policy & ~sgx::kKeyPolicyKnown) != 0) return kProtectionFault;
    const DerivedKey derived = derive_key(thread->enclave->identity(), request);
    if (derived.error == sgx::SgxError::None) at<sgx::Key>(second) = derived.key;
    return static_cast<u32>(derived.error);
}

}  // namespace occlum::host::model
