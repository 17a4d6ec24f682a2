#include "mini_kernel.h"

#include <asm/prctl.h>
#include <cpuid.h>
#include <elf.h>
#include <errno.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

namespace occlum::tests {

using namespace sfi;

namespace {

constexpr u64 kCodeSize = 64 << 20;
constexpr u64 kStackTop = 0x7ff00000, kStackSize = 8 << 20;
constexpr u64 kCodeBytesStart = 0;

void report(const RejectedUnit& unit) {
    printf("refused unit %lx+%x: R%d %s\n", unit.entry.value, unit.offset, unit.rule, unit.reason);
}

u64 nanoseconds() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<u64>(now.tv_sec) * 1000000000 + static_cast<u64>(now.tv_nsec);
}

// Test code uses vector registers between the guest's exits.
void save_vectors(u8* area) { __asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(7), "d"(0) : "memory"); }
void load_vectors(u8* area) { __asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(7), "d"(0) : "memory"); }

}  // namespace

struct MiniKernel::Text : CodeBytes {
    Text(const u8* memory, u64 bytes) : start(memory), size(bytes) {}
    size_t read(u64 offset, std::span<u8> out) const override {
        if (offset >= size) return kCodeBytesStart;
        const size_t count = std::min<u64>(out.size(), size - offset);
        std::memcpy(out.data(), start + offset, count);
        return count;
    }
    const u8* start;
    u64 size;
};

MiniKernel::MiniKernel(bool paired)
    : domain_(kDomainSize, kDomainSize), code_(kCodeSize, kPageSize), tables_(kTableSize, kPageSize) {
    vcpu_.watch_code(code_.start(), kCodeSize);
    set_domain(vcpu_.block(), domain_.start());
    const u64 paired_from = paired ? 0 : ~u64{0};
    cache_ = CodeCache::create({code_.start(), kCodeSize, tables_.start(), 1, paired_from}, *this).value();
    cache_->observe(nanoseconds, report);
}

Result<void> MiniKernel::commit(u64 address, u64 size) {
    const bool code = address - code_.start() < kCodeSize;
    if (code)
        code_.protect(address - code_.start(), size, Access::All);
    else
        tables_.protect(address - tables_.start(), size, Access::ReadWrite);
    return {};
}

void MiniKernel::decommit(u64 address, u64 size) { tables_.drop(address - tables_.start(), size); }

void MiniKernel::map(u64 address, u64 size) {
    domain_.protect(page_down(address), page_up(size + address % kPageSize), Access::ReadWrite);
}

u64 MiniKernel::load(const std::string& path, const std::vector<std::string>& arguments) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> raw((std::istreambuf_iterator<char>(file)), {});
    Elf64_Ehdr header;
    std::memcpy(&header, raw.data(), sizeof header);
    const u64 bias = header.e_type == ET_DYN ? 0x10000000 : 0;
    u64 phdr_address = 0, end = 0;
    std::vector<ExecMapping> mappings;
    for (int n = 0; n < header.e_phnum; ++n) {
        Elf64_Phdr segment;
        std::memcpy(&segment, raw.data() + header.e_phoff + static_cast<u64>(n) * sizeof segment,
                    sizeof segment);
        if (segment.p_type != PT_LOAD) continue;
        const u64 address = bias + segment.p_vaddr;
        map(address, segment.p_memsz);
        std::memcpy(at(address), raw.data() + segment.p_offset, segment.p_filesz);
        if (segment.p_offset <= header.e_phoff && header.e_phoff < segment.p_offset + segment.p_filesz) {
            phdr_address = address + header.e_phoff - segment.p_offset;
        }
        end = std::max(end, page_up(address + segment.p_memsz));
        if (!(segment.p_flags & PF_X)) continue;
        const u64 first = page_down(address), size = page_up(address + segment.p_memsz) - first;
        mappings.push_back({{first}, size, make_ref<Text>(at(first), size), 0, first});
    }
    space_ = RefPtr<CodeSpace>(cache_->space(mappings).value());
    vcpu_.block().table = space_->table();
    break_ = break_committed_ = end + 0x100000;
    map(kStackTop - kStackSize, kStackSize);
    u64 top = kStackTop - 4096;
    std::vector<u64> words{arguments.size()};
    const auto text = [&](const std::string& value) {
        top -= value.size() + 1;
        std::memcpy(at(top), value.c_str(), value.size() + 1);
        return top;
    };
    for (const std::string& argument : arguments) words.push_back(text(argument));
    words.push_back(0);
    words.push_back(text("PATH=/bin"));
    words.push_back(0);
    const u64 random = top -= 16;
    const u64 values[] = {AT_PHDR,   phdr_address,
                          AT_PHENT,  sizeof(Elf64_Phdr),
                          AT_PHNUM,  header.e_phnum,
                          AT_PAGESZ, kPageSize,
                          AT_ENTRY,  bias + header.e_entry,
                          AT_RANDOM, random,
                          AT_UID,    0,
                          AT_EUID,   0,
                          AT_GID,    0,
                          AT_EGID,   0,
                          AT_SECURE, 0,
                          AT_HWCAP,  0x178bfbff,
                          AT_CLKTCK, 100,
                          AT_NULL,   0};
    words.insert(words.end(), std::begin(values), std::end(values));
    top = (top - words.size() * 8) & ~u64{15};
    std::memcpy(at(top), words.data(), words.size() * 8);
    context_ = GuestContext{};
    context_.gpr[RSP] = top;
    vector_state_.fill(0);
    const u16 control = 0x37f;
    const u32 mxcsr = 0x1f80;
    std::memcpy(&vector_state_[0], &control, sizeof control);
    std::memcpy(&vector_state_[24], &mxcsr, sizeof mxcsr);
    vector_state_[512] = 7;
    return bias + header.e_entry;
}

Outcome MiniKernel::run(const std::string& path, const std::vector<std::string>& arguments,
                        const std::string& input) {
    outcome_ = Outcome{};
    input_ = input;
    input_at_ = 0;
    over_ = false;
    context_.rip = load(path, arguments);
    vcpu_.block().guest_fs = 0;
    while (!over_) {
        if (context_.host_pc == 0) {
            const auto landing = cache_->resolve(*space_, {context_.rip});
            if (!landing) {
                finish(128 + 11);
                break;
            }
            landing_ = *landing;
        }
        load_vectors(vector_state_.data());
        const ExitKind kind = vcpu_.enter(context_, landing_);
        save_vectors(vector_state_.data());
        switch (kind) {
            case ExitKind::Miss:
            case ExitKind::Preempted:
                break;
            case ExitKind::Link:
                cache_->link(*space_, static_cast<u32>(vcpu_.block().exit_arg));
                break;
            case ExitKind::Syscall:
                system_call();
                break;
            case ExitKind::Assist:
                assist();
                break;
            case ExitKind::Fetch:
                finish(128 + 11);
                break;
            case ExitKind::Interrupt:
                interrupted();
                break;
        }
    }
    outcome_.stats = cache_->stats();
    return outcome_;
}

void MiniKernel::finish(int status) {
    outcome_.status = status;
    over_ = true;
}

void MiniKernel::interrupted() {
    if (cache_->take_miss(context_)) return;
    const HostedFault fault = vcpu_.fault();
    if (fault.signal == SIGALRM) {
        if (cache_->recover(context_)) ++recovered_;
        return;  // in the stubs: goes on as it was
    }
    const u64 pc = context_.host_pc;
    if (!cache_->recover(context_)) printf("interrupted outside the cache\n");
    printf("signal %d at host %lx, guest %lx, address %lx\n", fault.signal, pc - code_.start(), context_.rip,
           fault.address - domain_.start());
    for (int n = 0; n < 16; ++n) printf("r%d=%lx ", n, context_.gpr[static_cast<size_t>(n)]);
    printf("\n");
    finish(128 + fault.signal);
}

void MiniKernel::assist() {
    const u8* const code = at(context_.rip);
    if (code[0] == 0x0f && code[1] == 0xa2) {
        unsigned a, b, c, d;
        const unsigned leaf = static_cast<unsigned>(context_.gpr[RAX]);
        __cpuid_count(leaf, static_cast<unsigned>(context_.gpr[RCX]), a, b, c, d);
        if (leaf == 7) b &= ~0xdc230810u, c &= ~0xffffu, d = 0;  // no AVX-512, no RTM, no HLE
        if (leaf == 1) d &= ~0u;
        context_.gpr[RAX] = a, context_.gpr[RBX] = b, context_.gpr[RCX] = c, context_.gpr[RDX] = d;
        context_.rip += 2;
        return;
    }
    if (code[0] == 0x0f && code[1] == 0x01 && code[2] == 0xd0) {
        context_.gpr[RAX] = 7;
        context_.gpr[RDX] = 0;
        context_.rip += 3;
        return;
    }
    printf("assist at %lx: %02x %02x %02x %02x\n", context_.rip, code[0], code[1], code[2], code[3]);
    finish(128 + 4);
}

void MiniKernel::system_call() {
    auto& r = context_.gpr;
    const u64 a = r[RDI], b = r[RSI], c = r[RDX];
    i64 result = -ENOSYS;
    switch (r[RAX]) {
        case SYS_read: {
            const size_t count = std::min<size_t>(c, input_.size() - input_at_);
            std::memcpy(at(b), input_.data() + input_at_, count);
            input_at_ += count;
            result = static_cast<i64>(count);
            break;
        }
        case SYS_write:
            outcome_.output.append(reinterpret_cast<char*>(at(b)), c);
            result = static_cast<i64>(c);
            break;
        case SYS_writev: {
            result = 0;
            for (u64 n = 0; n < c; ++n) {
                iovec part;
                std::memcpy(&part, at(b + n * sizeof part), sizeof part);
                outcome_.output.append(reinterpret_cast<char*>(at(reinterpret_cast<u64>(part.iov_base))),
                                       part.iov_len);
                result += static_cast<i64>(part.iov_len);
            }
            break;
        }
        case SYS_brk:
            if (a > break_ && a < break_ + (256 << 20)) {
                if (a > break_committed_) {
                    map(break_committed_, page_up(a) - break_committed_);
                    break_committed_ = page_up(a);
                }
                break_ = a;
            }
            result = static_cast<i64>(break_);
            break;
        case SYS_mmap:
            if (static_cast<int>(r[R8]) != -1) {
                result = -ENODEV;
                break;
            }
            mmap_top_ -= page_up(b);
            map(mmap_top_, b);
            std::memset(at(mmap_top_), 0, b);
            result = static_cast<i64>(mmap_top_);
            break;
        case SYS_munmap:
        case SYS_mprotect:
        case SYS_rt_sigaction:
        case SYS_rt_sigprocmask:
        case SYS_sigaltstack:
            result = 0;
            break;
        case SYS_arch_prctl:
            result = -EINVAL;
            if (a == ARCH_SET_FS) vcpu_.block().guest_fs = b, result = 0;
            break;
        case SYS_set_tid_address:
        case SYS_getpid:
        case SYS_gettid:
            result = 1000;
            break;
        case SYS_getuid:
        case SYS_geteuid:
        case SYS_getgid:
        case SYS_getegid:
        case SYS_close:
            result = 0;
            break;
        case SYS_uname: {
            utsname name;
            uname(&name);
            std::memcpy(at(a), &name, sizeof name);
            result = 0;
            break;
        }
        case SYS_getrandom:
            std::memset(at(a), 7, b), result = static_cast<i64>(b);
            break;
        case SYS_clock_gettime: {
            timespec now;
            clock_gettime(static_cast<clockid_t>(a), &now);
            std::memcpy(at(b), &now, sizeof now);
            result = 0;
            break;
        }
        case SYS_readlinkat:
        case SYS_readlink:
        case SYS_open:
        case SYS_openat:
        case SYS_access:
            result = -ENOENT;
            break;
        case SYS_ioctl:
            result = -ENOTTY;
            break;
        case SYS_newfstatat:
        case SYS_fstat: {
            struct stat status{};
            status.st_mode = S_IFIFO;
            std::memcpy(at(r[RAX] == SYS_fstat ? b : c), &status, sizeof status);
            result = 0;
            break;
        }
        case SYS_exit:
        case SYS_exit_group:
            finish(static_cast<int>(a & 0xff));
            break;
        case SYS_fcntl:
            result = 2;
            break;
        default:
            break;
    }
    r[RAX] = static_cast<u64>(result);
    r[RCX] = context_.rip;
    r[R11] = context_.rflags;
}

}  // namespace occlum::tests
