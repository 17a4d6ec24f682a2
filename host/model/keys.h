// Keys and reports as the hardware derives them, from a software root key: AES-128-CMAC over what SDM vol.
// 3D, table 38-41 calls the key dependencies.
#pragma once

#include "sgx/architecture.h"

namespace occlum::host::model {

/// What of the enclave's identity flows into keys and reports.
struct Identity {
    sgx::Attributes attributes;
    u32 misc_select;
    sgx::Hash mrenclave, mrsigner;
    u16 isv_prod_id, isv_svn;
};

sgx::Svn cpu_svn();

struct DerivedKey {
    sgx::SgxError error = sgx::SgxError::None;
    sgx::Key key{};
};
DerivedKey derive_key(const Identity& identity, const sgx::KeyRequest& request);

/// EREPORT: what `identity` attests to `target`.
sgx::Report make_report(const Identity& identity, const sgx::TargetInfo& target,
                        const std::array<u8, 64>& report_data);

}  // namespace occlum::host::model
