// EACCEPT, EMODPE, EACCEPTCOPY (SDM vol. 3D, 40.4), and the asynchronous exit of a leaf that faults. Runs
// with the enclave's vector registers in place: built without any, and calls nothing of the C library that
// uses them.
#include <sys/mman.h>

#include "host/model/thread.h"

namespace occlum::host::model {

namespace {

constexpr u64 kZeroFlag = 0x40;
constexpr u64 kResultFlags = 0x8d5;  ///< CF, PF, AF, ZF, SF, OF: a leaf sets ZF and clears the others
constexpr u32 kGeneralProtection = 13, kPageFault = 14;
constexpr u32 kErrorPresent = 1, kErrorWrite = 2, kErrorUser = 4, kErrorSgx = 1u << 15;
constexpr u64 kOpcodeSize = 7;  ///< of a site, as it was replaced

enum Register : size_t { kRax, kRcx, kRdx, kRbx, kRsp, kRbp };

u64 fault(ModelThread& thread, u32 vector, u32 error_code, u64 address) {
    sgx::GprSgx& frame = thread.frame(thread.tcs.cssa);
    for (size_t i = 0; i < 16; ++i) frame.gpr[i] = thread.gpr[i];
    frame.rflags = thread.rflags;
    frame.rip = thread.rip - kOpcodeSize;
    frame.fs_base = thread.enclave_fs;
    frame.gs_base = read_gs_base();
    const u64 xsave = thread.frame_address(thread.tcs.cssa);
    for (u64 i = 512; i < 576; i += 8) *reinterpret_cast<volatile u64*>(xsave + i) = 0;
    asm volatile("xsave64 (%0)" : : "r"(xsave), "a"(7), "d"(0) : "memory");
    file_exception(thread, vector, error_code, address);
    return 1;
}

u64 protection_fault(ModelThread& thread) { return fault(thread, kGeneralProtection, 0, 0); }
u64 page_fault(ModelThread& thread, u64 address, bool write) {
    return fault(thread, kPageFault, kErrorPresent | kErrorUser | kErrorSgx | (write ? kErrorWrite : 0),
                 address);
}

u64 finish(ModelThread& thread, sgx::SgxError error) {
    thread.gpr[kRax] = static_cast<u32>(error);
    thread.rflags &= ~kResultFlags;
    if (error != sgx::SgxError::None) thread.rflags |= kZeroFlag;
    return 0;
}

/// SECINFO's flags that describe the EPCM entry.
u64 flags_of(EpcmEntry entry) {
    return entry.permissions() | (entry.pending() ? sgx::kSecInfoPending : 0) |
           (entry.modified() ? sgx::kSecInfoModified : 0) |
           (entry.restricted() ? sgx::kSecInfoRestricted : 0) | sgx::secinfo_type(entry.type());
}

struct Operands {
    u64 flags;  ///< of the SECINFO at rbx
    u64 page;   ///< rcx
};

/// Checks rbx and rcx as all three leaves do. False: the fault is filed.
bool operands(ModelThread& thread, Operands& out) {
    const u64 secinfo = thread.gpr[kRbx];
    out.page = thread.gpr[kRcx];
    const Epcm& epcm = *thread.epcm;
    if (secinfo % sizeof(sgx::SecInfo) != 0 || !epcm.contains(secinfo) || !page_aligned(out.page) ||
        !epcm.contains(out.page)) {
        protection_fault(thread);
        return false;
    }
    if ((epcm.load(secinfo).effective() & PROT_READ) == 0) {
        page_fault(thread, secinfo, false);
        return false;
    }
    const auto* words = reinterpret_cast<const u64*>(secinfo);
    u64 reserved = words[0] & ~u64{0xff3f};
    for (size_t i = 1; i < 8; ++i) reserved |= words[i];
    if (reserved != 0) {
        protection_fault(thread);
        return false;
    }
    out.flags = words[0];
    return true;
}

/// Host page tables follow when a run of EAUG has been accepted as a whole; otherwise on the first touch.
void follow_run(ModelThread& thread, u64 page) {
    if (page != thread.run.next) return;
    thread.run.next += kPageSize;
    if (thread.run.next != thread.run.end) return;
    const u64 start = thread.run.start, size = thread.run.end - start;
    (void)thread.epcm->install(start, size);
    // Pages that EAUG added are there, and not only from their first touch on. Without room for them that
    // stays so.
    constexpr u64 kMost = 1 << 20;
    if (size > kPageSize && size <= kMost) madvise(reinterpret_cast<void*>(start), size, MADV_POPULATE_WRITE);
    thread.run = {};
}

u64 accept(ModelThread& thread) {
    Operands in{};
    if (!operands(thread, in)) return 1;
    Epcm& epcm = *thread.epcm;
    const EpcmEntry old = epcm.load(in.page);
    if (!old.valid() || old.type() == sgx::PageType::Secs) return page_fault(thread, in.page, true);
    if (flags_of(old) != in.flags) return finish(thread, sgx::SgxError::PageAttributesMismatch);
    const EpcmEntry accepted =
        old.without(EpcmEntry::kPending | EpcmEntry::kModified | EpcmEntry::kRestricted);
    if (!epcm.replace(in.page, old, accepted)) return finish(thread, sgx::SgxError::PageAttributesMismatch);
    if (old.pending()) follow_run(thread, in.page);
    return finish(thread, sgx::SgxError::None);
}

u64 extend(ModelThread& thread) {
    Operands in{};
    if (!operands(thread, in)) return 1;
    const u64 wanted = in.flags & sgx::kSecInfoPermissions;
    if ((wanted & sgx::kSecInfoWrite) != 0 && (wanted & sgx::kSecInfoRead) == 0)
        return protection_fault(thread);
    Epcm& epcm = *thread.epcm;
    const EpcmEntry old = epcm.load(in.page);
    if (!old.valid() || old.pending() || old.modified() || old.type() != sgx::PageType::Reg ||
        !epcm.replace(in.page, old, old.permissions(old.permissions() | wanted)))
        return page_fault(thread, in.page, true);
    return finish(thread, sgx::SgxError::None);
}

/// rdx: the page to copy from.
u64 accept_copy(ModelThread& thread) {
    Operands in{};
    if (!operands(thread, in)) return 1;
    Epcm& epcm = *thread.epcm;
    const u64 source = thread.gpr[kRdx];
    if (!page_aligned(source) || !epcm.contains(source)) return protection_fault(thread);
    if ((epcm.load(source).effective() & PROT_READ) == 0) return page_fault(thread, source, false);
    const EpcmEntry old = epcm.load(in.page);
    constexpr u64 kFresh =
        sgx::kSecInfoRead | sgx::kSecInfoWrite | sgx::kSecInfoPending | sgx::secinfo_type(sgx::PageType::Reg);
    if (!old.valid()) return page_fault(thread, in.page, true);
    if (flags_of(old) != kFresh) return finish(thread, sgx::SgxError::PageAttributesMismatch);
    const EpcmEntry writable = old.without(EpcmEntry::kPending);
    epcm.store(in.page, writable);
    if (!epcm.install(in.page, kPageSize)) return page_fault(thread, in.page, true);
    void* to = reinterpret_cast<void*>(in.page);
    const void* from = reinterpret_cast<const void*>(source);
    u64 count = kPageSize / 8;
    asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
    epcm.store(in.page, epcm.load(in.page).permissions(in.flags & sgx::kSecInfoPermissions));
    (void)epcm.install(in.page, kPageSize);
    return finish(thread, sgx::SgxError::None);
}

/// Reports and keys need the cryptographic library, which uses vector registers.
u64 with_vectors_saved(ModelThread& thread, bool& faulted) {
    alignas(64) static thread_local u8 saved[sgx::kXsaveSize];
    for (size_t i = 512; i < 576; ++i) saved[i] = 0;
    asm volatile("xsave64 (%0)" : : "r"(saved), "a"(7), "d"(0) : "memory");
    const u64 result = model_key_leaf(&thread);
    asm volatile("xrstor64 (%0)" : : "r"(saved), "a"(7), "d"(0) : "memory");
    faulted = result > 1 << 16;
    return result;
}

}  // namespace

u64 ModelThread::frame_address(u32 index) const {
    return epcm->base() + tcs.ossa + u64{index} * ssa_frame_size;
}

sgx::GprSgx& ModelThread::frame(u32 index) const {
    const u64 end = frame_address(index) + ssa_frame_size;
    return *reinterpret_cast<sgx::GprSgx*>(end - sizeof(sgx::GprSgx));
}

void file_exception(ModelThread& thread, u32 vector, u32 error_code, u64 address) {
    sgx::GprSgx& frame = thread.frame(thread.tcs.cssa);
    const u32 type = vector == 3 ? sgx::kExitTypeSoftware : sgx::kExitTypeHardware;
    frame.exit_info = sgx::kExitInfoValid | type | vector;
    auto& info = *reinterpret_cast<sgx::ExInfo*>(reinterpret_cast<u64>(&frame) - sizeof(sgx::ExInfo));
    info.address = vector == kPageFault ? address : 0;
    info.error_code = error_code;
    info.reserved = 0;
    ++thread.tcs.cssa;
    thread.mode = MODE_HOST;
    thread.left = {Left::By::Exception, vector, error_code, address};
}

u64 model_leaf(ModelThread* thread) {
    switch (static_cast<sgx::Enclu>(thread->gpr[kRax] & 0xffffffff)) {
        case sgx::Enclu::EAccept:
            return accept(*thread);
        case sgx::Enclu::EModPe:
            return extend(*thread);
        case sgx::Enclu::EAcceptCopy:
            return accept_copy(*thread);
        case sgx::Enclu::EReport:
        case sgx::Enclu::EGetKey: {
            bool faulted = false;
            const u64 result = with_vectors_saved(*thread, faulted);
            if (faulted && result == ~u64{0}) return protection_fault(*thread);
            if (faulted) return page_fault(*thread, result, true);
            return finish(*thread, static_cast<sgx::SgxError>(result));
        }
        default:
            return protection_fault(*thread);
    }
}

}  // namespace occlum::host::model
