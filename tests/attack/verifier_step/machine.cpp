#include "tests/attack/verifier_step/machine.h"

#include <cpuid.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "sfi/dialect.h"

// What the assembly below and the handler share. Addressed relative to rip: fs.base is not ours while guest
// bytes run.
extern "C" {
struct {
    occlum::u64 general[16];
    occlum::u64 vector[16][4];
    occlum::u64 flags;
    occlum::u64 code;
    occlum::u64 fs, gs;            // to run with
    occlum::u64 host_fs, host_gs;  // to come back to
    occlum::u64 host_rsp;
} step_state;
void step_enter();
void step_return();
}

asm(R"(
    .text
    .globl step_enter, step_return
step_enter:
    push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15
    mov %rsp, step_state+688(%rip)
    rdfsbase %rax
    mov %rax, step_state+672(%rip)
    rdgsbase %rax
    mov %rax, step_state+680(%rip)
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    vmovdqu step_state+128+32*\n(%rip), %ymm\n
    .endr
    fninit
    mov step_state+656(%rip), %rax
    wrfsbase %rax
    mov step_state+664(%rip), %rax
    wrgsbase %rax
    push step_state+640(%rip)
    popf
    mov step_state+8(%rip), %rcx
    mov step_state+16(%rip), %rdx
    mov step_state+24(%rip), %rbx
    mov step_state+32(%rip), %rsp
    mov step_state+40(%rip), %rbp
    mov step_state+48(%rip), %rsi
    mov step_state+56(%rip), %rdi
    mov step_state+64(%rip), %r8
    mov step_state+72(%rip), %r9
    mov step_state+80(%rip), %r10
    mov step_state+88(%rip), %r11
    mov step_state+96(%rip), %r12
    mov step_state+104(%rip), %r13
    mov step_state+112(%rip), %r14
    mov step_state+120(%rip), %r15
    mov step_state+0(%rip), %rax
    jmp *step_state+648(%rip)
step_return:
    pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx
    cld
    vzeroupper
    ret
)");

namespace occlum::sfi::step {
namespace {

constexpr u64 kSlack = 4096;
constexpr u64 kCodeSize = 4 * kPageSize;
constexpr size_t kCodeAt = 2 * kPageSize;  ///< room on both sides for short branches

u64 domain = 0, block = 0, table = 0, code_page = 0;
Result current;
bool table_allowed = false;
u64 touches_left = 0;
std::array<u8, 464> clean_fpu{};  ///< the legacy area without what the kernel keeps at its end

/// Which pages are open, to be closed again.
std::array<u64, 256> opened{};
size_t opened_count = 0;

bool in_slots(u64 address) {
    return address >= block + static_cast<u64>(Slot::Base) && address < block + kSlotsEnd;
}
u64 call_stack_end() { return block + 0x100; }
bool allowed(u64 address) {
    if (address >= domain && address < domain + kDomainSize + kSlack) return true;
    if (table_allowed && address >= table && address < table + kTableSize) return true;
    return in_slots(address) || address == call_stack_end() - 8;
}

/// Never mapped in a real domain: the fault stands.
bool in_guard(u64 address) {
    const u64 offset = address - domain;
    return offset < kGuardSize || (offset >= kDomainSize - kGuardSize && offset < kDomainSize + kSlack);
}

/// The order of mcontext's registers, by encoding.
constexpr int kGreg[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                           REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

/// True if the instruction shall be tried again.
bool serve(u64 address) {
    if (!allowed(address)) {
        current.outside = address == 0 ? 1 : address;
        return false;
    }
    current.touched.push_back(address);
    current.in_guard = in_guard(address);
    if (current.in_guard || opened_count == opened.size() || touches_left == 0) return false;
    --touches_left;
    const u64 page = page_down(address);
    // The second fault on an open page is no fault of paging.
    if (std::find(opened.begin(), opened.begin() + static_cast<long>(opened_count), page) !=
        opened.begin() + static_cast<long>(opened_count)) {
        return false;
    }
    mprotect(reinterpret_cast<void*>(page), kPageSize, PROT_READ | PROT_WRITE);
    opened[opened_count++] = page;
    return true;
}

void on_signal(int signal, siginfo_t* info, void* context) {
    auto* mc = &static_cast<ucontext_t*>(context)->uc_mcontext;
    u64 fs = 0, gs = 0;
    asm volatile("rdfsbase %0; rdgsbase %1" : "=r"(fs), "=r"(gs));
    asm volatile("wrfsbase %0; wrgsbase %1" ::"r"(step_state.host_fs), "r"(step_state.host_gs));
    if (fs != step_state.fs || gs != step_state.gs) current.bases_kept = false;
    const u64 address = reinterpret_cast<u64>(info->si_addr);
    const bool paging = signal == SIGSEGV && info->si_code != SI_KERNEL;
    if (paging && serve(address)) {
        asm volatile("wrfsbase %0; wrgsbase %1" ::"r"(step_state.fs), "r"(step_state.gs));
        return;
    }
    const u64 rip = static_cast<u64>(mc->gregs[REG_RIP]);
    current.end = signal == SIGTRAP  ? End::Trap
                  : paging           ? End::Fault
                  : signal == SIGILL ? End::Illegal
                  : signal == SIGFPE ? End::Arithmetic
                                     : End::Protection;
    current.rip = rip - (code_page + kCodeAt) - (signal == SIGTRAP ? 1 : 0);
    for (size_t i = 0; i < 16; ++i) current.after.general[i] = static_cast<u64>(mc->gregs[kGreg[i]]);
    current.after.flags = static_cast<u64>(mc->gregs[REG_EFL]);
    // Back to the harness, with clean floating-point state.
    if (mc->fpregs != nullptr) std::memcpy(mc->fpregs, clean_fpu.data(), clean_fpu.size());
    mc->gregs[REG_RIP] = static_cast<greg_t>(reinterpret_cast<u64>(&step_return));
    mc->gregs[REG_RSP] = static_cast<greg_t>(step_state.host_rsp);
    mc->gregs[REG_EFL] = 0x202;
}

u64 reserve(u64 size, int protection) {
    void* at = mmap(nullptr, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at == MAP_FAILED ? 0 : reinterpret_cast<u64>(at);
}

void close_pages() {
    for (size_t i = 0; i < opened_count; ++i) {
        auto* page = reinterpret_cast<void*>(opened[i]);
        if (opened[i] != block) madvise(page, kPageSize, MADV_DONTNEED);
        mprotect(page, kPageSize, PROT_NONE);
    }
    opened_count = 0;
}

}  // namespace

u64 domain_base() { return domain; }
u64 block_base() { return block; }
u64 table_base() { return table; }

bool on_call_stack(u64 address) { return address <= call_stack_end() && call_stack_end() - address <= 8; }

bool prepare() {
    if ((getauxval(AT_HWCAP2) & 2) == 0 || !__builtin_cpu_supports("avx2")) return false;
    const u64 around = reserve(8 * kDomainSize, PROT_NONE);
    table = reserve(kTableSize, PROT_NONE);
    block = reserve(kPageSize, PROT_READ | PROT_WRITE);
    code_page = reserve(kCodeSize, PROT_READ | PROT_WRITE | PROT_EXEC);
    if (around == 0 || table == 0 || block == 0 || code_page == 0) return false;
    domain = (around + 4 * kDomainSize - 1) & ~(kDomainSize - 1);
    auto slot = [](Slot which) -> u64& { return *reinterpret_cast<u64*>(block + static_cast<u64>(which)); };
    slot(Slot::Base) = domain;
    slot(Slot::Table) = table;
    slot(Slot::CallStack) = call_stack_end();
    slot(Slot::Scratch0) = slot(Slot::Scratch1) = 0x1111'2222'3333'4444;
    slot(Slot::Scratch2) = slot(Slot::Scratch3) = 0x5555'6666'7777'8888;
    mprotect(reinterpret_cast<void*>(block), kPageSize, PROT_NONE);

    static std::array<u8, 1 << 16> stack;
    const stack_t alternative{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
    sigaltstack(&alternative, nullptr);
    struct sigaction action{};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (int signal : {SIGSEGV, SIGTRAP, SIGILL, SIGFPE, SIGBUS}) sigaction(signal, &action, nullptr);
    alignas(16) std::array<u8, 512> area{};
    asm volatile("fninit; fxsave64 %0" : "=m"(area));
    std::copy_n(area.begin(), clean_fpu.size(), clean_fpu.begin());
    return true;
}

Result run(std::span<const u8> code, const Registers& registers, bool with_table) {
    current = {};
    table_allowed = with_table;
    touches_left = kMaxTouches;
    auto* bytes = reinterpret_cast<u8*>(code_page);
    std::memset(bytes, 0xcc, kCodeSize);
    std::memcpy(bytes + kCodeAt, code.data(), code.size());
    std::memcpy(step_state.general, registers.general.data(), sizeof step_state.general);
    std::memcpy(step_state.vector, registers.vector.data(), sizeof step_state.vector);
    step_state.flags = registers.flags;
    step_state.code = code_page + kCodeAt;
    step_state.fs = block;
    step_state.gs = domain;
    step_enter();
    close_pages();
    return current;
}

}  // namespace occlum::sfi::step
