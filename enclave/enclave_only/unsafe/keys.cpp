// SAFETY: EGETKEY reads 512 and writes 16 bytes, at the alignments that it demands; both are objects of these
// sizes on this stack.
#include "enclave/keys.h"

#include "enclave/enclave_only/unsafe/thread.h"

namespace occlum::enclave {

Result<sgx::Key> sealing_key() {
    alignas(512) sgx::KeyRequest request{};
    alignas(16) sgx::Key key{};
    request.name = sgx::KeyName::Seal;
    request.policy = sgx::kKeyPolicyMrSigner;
    // Debug enclaves get other keys than those for production.
    request.attribute_mask = {.flags = sgx::kAttributeInit | sgx::kAttributeDebug, .xfrm = 0};
    if (enclave_get_key(&request, &key) != 0) return err(Errno::Eio);
    return key;
}

}  // namespace occlum::enclave
