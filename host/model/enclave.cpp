#include "host/model/enclave.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "host/model/thread.h"

namespace occlum::host::model {

namespace {

void* at(u64 address) { return reinterpret_cast<void*>(address); }

/// Address space for ELRANGE, aligned to its size; a different place each time.
u64 reserve(u64 size) {
    const u64 slots = (u64{1} << 47) / size;
    std::random_device random;
    const u64 first = random();
    for (u64 i = 0; i < std::max<u64>(slots, 64) && i < 1024; ++i) {
        // A few large slots: each in turn. Many small ones: anywhere.
        const u64 wanted = (slots <= 64 ? first + i : u64{random()}) % slots * size;
        if (wanted < u64{1} << 32) continue;
        void* got = mmap(at(wanted), size, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
        if (got == at(wanted)) return wanted;
        if (got != MAP_FAILED) munmap(got, size);
    }
    return 0;
}

constexpr std::array<u8, 7> kSite{0x0f, 0x01, 0xd7, 0x0f, 0x1f, 0x40, 0x00};

}  // namespace

u32 enclu_pointer_address() {
    static const u32 address = [] {
        for (u64 wanted = u64{1} << 28; wanted < u64{1} << 31; wanted += u64{1} << 24) {
            void* got = mmap(at(wanted), kPageSize, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
            if (got != at(wanted)) continue;
            *static_cast<u64*>(got) = reinterpret_cast<u64>(&model_enclu);
            mprotect(got, kPageSize, PROT_READ);
            return static_cast<u32>(wanted);
        }
        return u32{0};
    }();
    return address;
}

Result<std::unique_ptr<EnclaveBackend>> ModelEnclave::create(const EnclaveParameters& parameters,
                                                             const ModelOptions& options) {
    const u64 size = parameters.size;
    if (size < 2 * kPageSize || (size & (size - 1)) != 0 || parameters.ssa_frame_pages == 0 ||
        parameters.attributes.xfrm != sgx::kXfrm)
        return err(Errno::Einval);
    if (enclu_pointer_address() == 0) return err(Errno::Enomem);
    const u64 base = reserve(size);
    if (base == 0) return err(Errno::Enomem);
    install_signal_handlers();
    return std::unique_ptr<EnclaveBackend>(
        new ModelEnclave(TRY(Epcm::create(base, size)), parameters, options));
}

ModelEnclave::ModelEnclave(Epcm epcm, const EnclaveParameters& parameters, const ModelOptions& options)
    : epcm_(std::move(epcm)), options_(options) {
    secs_.size = parameters.size;
    secs_.base = epcm_.base();
    secs_.ssa_frame_pages = parameters.ssa_frame_pages;
    secs_.misc_select = parameters.misc_select;
    secs_.attributes = parameters.attributes;
    measurement_.update(sgx::ecreate_record(secs_.ssa_frame_pages, secs_.size));
}

ModelEnclave::~ModelEnclave() { munmap(at(base()), epcm_.size()); }

bool ModelEnclave::good_range(u64 offset, u64 size) const {
    return page_aligned(offset) && page_aligned(size) && size != 0 && size <= epcm_.size() &&
           offset <= epcm_.size() - size;
}

Result<void> ModelEnclave::add_pages(const EnclavePiece& piece) {
    const auto& [offset, size, bytes, flags, measured] = piece;
    if (!good_range(offset, size) || bytes.size() > size || secs_.attributes.flags & sgx::kAttributeInit)
        return err(Errno::Einval);
    const auto type = static_cast<sgx::PageType>(flags >> 8);
    if (type != sgx::PageType::Reg && type != sgx::PageType::Tcs) return err(Errno::Einval);
    const u64 permissions = type == sgx::PageType::Reg ? flags & sgx::kSecInfoPermissions : 0;
    const u64 start = base() + offset;
    for (u64 page = start; page < start + size; page += kPageSize)
        if (epcm_.load(page).valid()) return err(Errno::Eexist);
    if (mprotect(at(start), size, PROT_READ | PROT_WRITE) != 0) return err(Errno::Enomem);
    if (!bytes.empty()) std::memcpy(at(start), bytes.data(), bytes.size());
    const EpcmEntry entry =
        EpcmEntry{EpcmEntry::kValid}.permissions(permissions).table(permissions).installed(3).type(type);
    for (u64 page = start; page < start + size; page += kPageSize) epcm_.store(page, entry);
    // What was copied in is measured, not what the caller may still change. The rest is zero.
    const std::span<const u8> copied(static_cast<const u8*>(at(start)), bytes.size());
    measure_piece(measurement_, {offset, size, copied, flags, measured});
    pieces_.push_back({offset, size, permissions});
    return {};
}

sgx::SgxError ModelEnclave::init(const sgx::SigStruct& sigstruct) {
    if (!signature_valid(sigstruct)) return sgx::SgxError::InvalidSignature;
    secs_.mrenclave = measurement_.finish();
    if (sigstruct.enclave_hash != secs_.mrenclave) return sgx::SgxError::InvalidMeasurement;
    const auto differs = [](u64 a, u64 b, u64 mask) { return ((a ^ b) & mask) != 0; };
    if (differs(sigstruct.attributes.flags, secs_.attributes.flags, sigstruct.attribute_mask.flags) ||
        differs(sigstruct.attributes.xfrm, secs_.attributes.xfrm, sigstruct.attribute_mask.xfrm) ||
        differs(sigstruct.misc_select, secs_.misc_select, sigstruct.misc_mask))
        return sgx::SgxError::InvalidAttribute;
    secs_.mrsigner = sha256(sigstruct.modulus);
    secs_.isv_prod_id = sigstruct.isv_prod_id;
    secs_.isv_svn = sigstruct.isv_svn;
    secs_.attributes.flags |= sgx::kAttributeInit;
    patch_sites();
    for (const Piece& piece : pieces_) epcm_.install(base() + piece.offset, piece.size);
    return sgx::SgxError::None;
}

/// See README.md: the true opcode becomes a call.
void ModelEnclave::patch_sites() {
    std::array<u8, 7> call{0xff, 0x14, 0x25};
    const u32 pointer = enclu_pointer_address();
    std::memcpy(call.data() + 3, &pointer, sizeof pointer);
    for (const Piece& piece : pieces_) {
        if ((piece.permissions & sgx::kSecInfoExecute) == 0) continue;
        auto* start = static_cast<u8*>(at(base() + piece.offset));
        auto* end = start + piece.size;
        for (;;) {
            start =
                static_cast<u8*>(memmem(start, static_cast<size_t>(end - start), kSite.data(), kSite.size()));
            if (start == nullptr) break;
            std::memcpy(start, call.data(), call.size());
            start += call.size();
        }
    }
}

Identity ModelEnclave::identity() const {
    return {secs_.attributes, secs_.misc_select, secs_.mrenclave,
            secs_.mrsigner,   secs_.isv_prod_id, secs_.isv_svn};
}

Result<void> ModelEnclave::augment(u64 offset, u64 size) {
    if (!good_range(offset, size)) return err(Errno::Einval);
    const u64 start = base() + offset;
    for (u64 page = start; page < start + size; page += kPageSize)
        if (epcm_.load(page).valid()) return err(Errno::Eexist);
    constexpr u64 kReadWrite = sgx::kSecInfoRead | sgx::kSecInfoWrite;
    if (!epcm_.room_for(start, size, kReadWrite)) return err(Errno::Enomem);
    for (u64 page = start; page < start + size; page += kPageSize)
        epcm_.store(page, EpcmEntry{EpcmEntry::kValid | EpcmEntry::kPending}
                              .permissions(kReadWrite)
                              .table(kReadWrite)
                              .type(sgx::PageType::Reg));
    note_run(*this, start, size);
    return {};
}

Result<void> ModelEnclave::restrict_pages(u64 offset, u64 size, u64 protection) {
    if (!good_range(offset, size) || protection > 7) return err(Errno::Einval);
    const u64 start = base() + offset;
    for (u64 page = start; page < start + size; page += kPageSize) {
        const EpcmEntry old = epcm_.load(page);
        if (!old.valid() || old.pending() || old.modified() || old.type() != sgx::PageType::Reg)
            return err(Errno::Einval);
        epcm_.store(
            page,
            old.permissions(old.permissions() & protection).table(protection).with(EpcmEntry::kRestricted));
    }
    if (!epcm_.install(start, size)) return err(Errno::Enomem);
    return {};
}

Result<void> ModelEnclave::extend_pages(u64 offset, u64 size, u64 protection) {
    if (!good_range(offset, size) || protection > 7) return err(Errno::Einval);
    const u64 start = base() + offset;
    if (!epcm_.room_for(start, size, protection)) return err(Errno::Enomem);
    for (u64 page = start; page < start + size; page += kPageSize) {
        EpcmEntry old = epcm_.load(page);
        if (!old.valid()) return err(Errno::Einval);
        while (!epcm_.replace(page, old, old.table(protection))) old = epcm_.load(page);
    }
    if (!epcm_.install(start, size)) return err(Errno::Enomem);
    return {};
}

Result<void> ModelEnclave::trim(u64 offset, u64 size) {
    if (!good_range(offset, size)) return err(Errno::Einval);
    const u64 start = base() + offset;
    for (u64 page = start; page < start + size; page += kPageSize) {
        const EpcmEntry old = epcm_.load(page);
        if (!old.valid() || old.pending() || old.type() != sgx::PageType::Reg) return err(Errno::Einval);
        epcm_.store(page, old.permissions(0)
                              .type(sgx::PageType::Trim)
                              .with(EpcmEntry::kModified)
                              .without(EpcmEntry::kRestricted));
    }
    if (!epcm_.install(start, size)) return err(Errno::Enomem);
    return {};
}

Result<void> ModelEnclave::remove(u64 offset, u64 size) {
    if (!good_range(offset, size)) return err(Errno::Einval);
    const u64 start = base() + offset;
    for (u64 page = start; page < start + size; page += kPageSize) {
        const EpcmEntry old = epcm_.load(page);
        if (!old.valid() || old.type() == sgx::PageType::Tcs) return err(Errno::Einval);
    }
    // Unmapped first: whatever was installed goes.
    for (u64 page = start; page < start + size; page += kPageSize)
        epcm_.store(page, epcm_.load(page).without(EpcmEntry::kValid));
    if (!epcm_.install(start, size)) return err(Errno::Enomem);
    for (u64 page = start; page < start + size; page += kPageSize) epcm_.store(page, {});
    if (madvise(at(start), size, MADV_DONTNEED) != 0) return err(Errno::Enomem);
    return {};
}

Crossings ModelEnclave::crossings() const {
    return {counters.enters, counters.exits, counters.exceptions, counters.interrupts, counters.resumes};
}

}  // namespace occlum::host::model

namespace occlum::host {

Result<std::unique_ptr<EnclaveBackend>> create_model(const EnclaveParameters& parameters,
                                                     const ModelOptions& options) {
    return model::ModelEnclave::create(parameters, options);
}

}  // namespace occlum::host
