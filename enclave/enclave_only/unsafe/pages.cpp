// Enclave pages: the EDMM dance of SGX2. Every EACCEPT's answer is checked (M4): a host that does not do what
// was asked, or does something else, ends the enclave.
#include "enclave/pages.h"

#include "abi/enclave_map.h"
#include "enclave/enclave_only/reply.h"
#include "enclave/enclave_only/unsafe/call_area.h"
#include "enclave/enclave_only/unsafe/thread.h"
#include "enclave/host.h"

namespace occlum::enclave {

namespace {

constexpr u64 kReg = sgx::secinfo_type(sgx::PageType::Reg);
constexpr u64 kTrim = sgx::secinfo_type(sgx::PageType::Trim);

/// x86 pages that can be written can be read.
u64 permissions(Protection protection) {
    const u64 bits = protection & kProtAll;
    return (bits & kProtWrite) != 0 ? bits | kProtRead : bits;
}

u64 offset_of(u64 address, u64 size) {
    const u64 offset = address - elrange_base();
    if (!page_aligned(address) || !page_aligned(size) || size == 0 || size > abi::kElrangeSize ||
        offset > abi::kElrangeSize - size)
        panic("pages: bad range");
    return offset;
}

void accept(u64 address, u64 size, u64 flags) {
    alignas(64) const sgx::SecInfo info{flags, {}};
    for (u64 page = address; page < address + size; page += kPageSize)
        if (enclave_accept(&info, page) != 0) panic("pages: the host lied about enclave memory");
}

void extend(u64 address, u64 size, u64 wanted) {
    alignas(64) const sgx::SecInfo info{wanted | kReg, {}};
    for (u64 page = address; page < address + size; page += kPageSize) enclave_extend(&info, page);
}

bool ask(abi::HostCall call, u64 offset, u64 size, u64 argument) {
    return checked_reply(CallArea().call(call, {offset, size, argument}), 0).has_value();
}

}  // namespace

u64 elrange_base() { return image_base(); }

Result<void> commit_pages(u64 address, u64 size, Protection protection, PagesFor whom) {
    const u64 offset = offset_of(address, size);
    TRY(charge_pages(size, whom));
    if (!ask(abi::HostCall::PagesAdd, offset, size, 0)) {
        release_pages(size);
        return err(Errno::Enomem);
    }
    constexpr u64 kReadWrite = sgx::kSecInfoRead | sgx::kSecInfoWrite;
    accept(address, size, kReadWrite | sgx::kSecInfoPending | kReg);
    if (permissions(protection) == kReadWrite) return {};
    return protect_pages(address, size, kProtReadWrite, protection);
}

Result<void> protect_pages(u64 address, u64 size, Protection from, Protection to) {
    const u64 offset = offset_of(address, size);
    const u64 old = permissions(from), wanted = permissions(to);
    if ((old & ~wanted) != 0) {
        if (!ask(abi::HostCall::PagesRestrict, offset, size, old & wanted)) return err(Errno::Enomem);
        accept(address, size, (old & wanted) | sgx::kSecInfoRestricted | kReg);
    }
    if ((wanted & ~old) != 0) {
        extend(address, size, wanted);
        if (!ask(abi::HostCall::PagesExtend, offset, size, wanted)) return err(Errno::Enomem);
    }
    return {};
}

Result<void> decommit_pages(u64 address, u64 size) {
    const u64 offset = offset_of(address, size);
    if (!ask(abi::HostCall::PagesTrim, offset, size, 0)) return err(Errno::Enomem);
    accept(address, size, sgx::kSecInfoModified | kTrim);
    if (!ask(abi::HostCall::PagesRemove, offset, size, 0)) return err(Errno::Enomem);
    release_pages(size);
    return {};
}

void zero_pages(u64 address, u64 size) {
    offset_of(address, size);
    // SAFETY: inside ELRANGE; the caller owns the pages (pages.h).
    __builtin_memset(reinterpret_cast<void*>(address), 0, size);
}

}  // namespace occlum::enclave
