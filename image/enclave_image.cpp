#include "image/enclave_image.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "abi/enclave_map.h"
#include "abi/measured_config.h"
#include "abi/thread_layout.h"

namespace occlum::image {

namespace {

using namespace abi;

template <typename T>
bool read_at(std::span<const u8> bytes, u64 offset, T& out) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return false;
    std::memcpy(&out, bytes.data() + offset, sizeof(T));
    return true;
}

u64 permissions(u32 flags) {
    return ((flags & PF_R) != 0 ? sgx::kSecInfoRead : 0) | ((flags & PF_W) != 0 ? sgx::kSecInfoWrite : 0) |
           ((flags & PF_X) != 0 ? sgx::kSecInfoExecute : 0);
}

constexpr u64 kReg = sgx::secinfo_type(sgx::PageType::Reg);
constexpr u64 kReadWrite = sgx::kSecInfoRead | sgx::kSecInfoWrite | kReg;

}  // namespace

std::expected<MappedFile, std::string> MappedFile::open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return std::unexpected(path + ": " + std::strerror(errno));
    struct stat st{};
    void* memory = MAP_FAILED;
    if (fstat(fd, &st) == 0 && st.st_size > 0)
        memory = mmap(nullptr, static_cast<size_t>(st.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (memory == MAP_FAILED) return std::unexpected(path + ": cannot be read");
    return MappedFile({static_cast<const u8*>(memory), static_cast<size_t>(st.st_size)});
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
MappedFile::~MappedFile() {
    if (!bytes_.empty()) munmap(const_cast<u8*>(bytes_.data()), bytes_.size());
}

std::expected<EnclaveImage, std::string> EnclaveImage::read(const std::string& path, u32 threads,
                                                            std::span<const u8> measured) {
    auto file = MappedFile::open(path);
    if (!file) return std::unexpected(file.error());
    EnclaveImage image(std::move(*file));
    image.parameters_.size = abi::kElrangeSize;
    image.parameters_.ssa_frame_pages = static_cast<u32>(kSsaFramePages);
    if (threads == 0 || threads > kMaxThreads) return std::unexpected("the number of vCPUs must be 1 to 64");
    if (auto added = image.add_segments(); !added) return std::unexpected(path + ": " + added.error());
    if (measured.size() > abi::kMaxMeasuredConfig)
        return std::unexpected("the measured configuration is too large");
    image.add_threads(threads);
    image.add_configuration(measured);
    return image;
}

std::expected<void, std::string> EnclaveImage::add_segments() {
    Elf64_Ehdr header{};
    if (!read_at(file(), 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_type != ET_DYN || header.e_machine != EM_X86_64)
        return std::unexpected("not an enclave image");
    entry_ = header.e_entry;
    for (u32 i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr segment{};
        if (!read_at(file(), header.e_phoff + u64{i} * sizeof segment, segment))
            return std::unexpected("truncated");
        if (segment.p_type != PT_LOAD) continue;
        const u64 lead = segment.p_vaddr % kPageSize;
        const u64 end = segment.p_vaddr + segment.p_memsz;
        if (segment.p_offset % kPageSize != lead || end < segment.p_vaddr || end > kThreadsOffset ||
            segment.p_filesz > segment.p_memsz || segment.p_offset > file().size() ||
            file().size() - segment.p_offset < segment.p_filesz)
            return std::unexpected("malformed segment");
        const u64 start = page_down(segment.p_vaddr);
        pieces_.push_back({start, page_up(end) - start,
                           file().subspan(segment.p_offset - lead, segment.p_filesz + lead),
                           permissions(segment.p_flags) | kReg, true});
    }
    if (pieces_.empty() || pieces_.front().offset != 0) return std::unexpected("not an enclave image");
    return {};
}

void EnclaveImage::add_threads(u32 count) {
    for (u32 i = 0; i < count; ++i) {
        const u64 at = kThreadsOffset + i * kThreadStride;
        auto tcs = std::make_unique<sgx::Tcs>();
        tcs->ossa = at + kSsa;
        tcs->nssa = kSsaFrames;
        tcs->oentry = entry_;
        tcs->ofs_base = at + kThreadPage;
        tcs->fs_limit = tcs->gs_limit = 0xffff'ffff;
        // What stacks hold at first is never read: not measured.
        pieces_.push_back({at + kBootStack, kBootStackSize, {}, kReadWrite, false});
        pieces_.push_back({at + kExceptionStack, kExceptionStackSize, {}, kReadWrite, false});
        pieces_.push_back({at + kFatalStack, kFatalStackSize, {}, kReadWrite, false});
        pieces_.push_back({at + kTcs,
                           kPageSize,
                           {reinterpret_cast<const u8*>(tcs.get()), sizeof *tcs},
                           sgx::secinfo_type(sgx::PageType::Tcs),
                           true});
        pieces_.push_back({at + kSsa, kSsaFrames * kSsaFramePages * kPageSize, {}, kReadWrite, true});
        pieces_.push_back({at + kThreadPage, kThreadPageSize, {}, kReadWrite, true});
        tcs_offsets_.push_back(at + kTcs);
        tcs_pages_.push_back(std::move(tcs));
    }
}

// There is always a page, so that the LibOS may look.
void EnclaveImage::add_configuration(std::span<const u8> measured) {
    const u64 length = measured.size();
    for (size_t i = 0; i < sizeof length; ++i) configuration_.push_back(static_cast<u8>(length >> (8 * i)));
    configuration_.insert(configuration_.end(), measured.begin(), measured.end());
    pieces_.push_back({kMeasuredConfigOffset, page_up(configuration_.size()), configuration_,
                       sgx::kSecInfoRead | kReg, true});
}

sgx::Hash EnclaveImage::measure() const {
    host::Sha256 measurement;
    measurement.update(sgx::ecreate_record(parameters_.ssa_frame_pages, parameters_.size));
    for (const auto& piece : pieces_) host::measure_piece(measurement, piece);
    return measurement.finish();
}

sgx::SigStruct EnclaveImage::sign(const host::SigningKey& key, const SignedIdentity& identity) const {
    sgx::SigStruct sigstruct{};
    sigstruct.header = sgx::kSigHeader;
    sigstruct.header2 = sgx::kSigHeader2;
    sigstruct.date = 0x20250101;
    sigstruct.misc_select = parameters_.misc_select;
    sigstruct.misc_mask = ~u32{0};
    sigstruct.attributes = parameters_.attributes;
    // S1: every attribute counts, DEBUG first of all.
    sigstruct.attribute_mask = {~u64{0}, ~u64{0}};
    sigstruct.enclave_hash = measure();
    sigstruct.isv_prod_id = identity.product_id;
    sigstruct.isv_svn = identity.version_number;
    sigstruct.isv_family_id = identity.family_id;
    sigstruct.isv_ext_prod_id = identity.extended_product_id;
    key.sign(sigstruct);
    return sigstruct;
}

}  // namespace occlum::image
