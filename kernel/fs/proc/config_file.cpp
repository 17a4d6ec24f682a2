// /proc/config.gz: what a kernel's configuration would say of this one, for programs that look there before
// they try.
#include "kernel/fs/proc/config_file.h"

namespace occlum::kernel {
namespace {

constexpr std::string_view kConfiguration =
    "CONFIG_64BIT=y\nCONFIG_X86_64=y\nCONFIG_X86=y\nCONFIG_SMP=y\nCONFIG_MMU=y\nCONFIG_MULTIUSER=y\n"
    "CONFIG_ADVISE_SYSCALLS=y\nCONFIG_AIO=y\nCONFIG_BINFMT_ELF=y\nCONFIG_BINFMT_SCRIPT=y\n"
    "CONFIG_CROSS_MEMORY_ATTACH=y\nCONFIG_DNOTIFY=y\nCONFIG_EPOLL=y\nCONFIG_EVENTFD=y\nCONFIG_FHANDLE=y\n"
    "CONFIG_FILE_LOCKING=y\nCONFIG_FUTEX=y\nCONFIG_HIGH_RES_TIMERS=y\nCONFIG_INOTIFY_USER=y\nCONFIG_KCMP=y\n"
    "CONFIG_MEMBARRIER=y\nCONFIG_MEMFD_CREATE=y\nCONFIG_POSIX_MQUEUE=y\nCONFIG_POSIX_TIMERS=y\n"
    "CONFIG_SECCOMP=y\nCONFIG_SECCOMP_FILTER=y\nCONFIG_SHMEM=y\nCONFIG_SIGNALFD=y\nCONFIG_SYSVIPC=y\n"
    "CONFIG_SYSVIPC_SYSCTL=y\nCONFIG_TIMERFD=y\nCONFIG_TTY=y\nCONFIG_UNIX98_PTYS=y\n"
    "CONFIG_PROC_FS=y\nCONFIG_PROC_SYSCTL=y\nCONFIG_PROC_CHILDREN=y\nCONFIG_SYSFS=y\nCONFIG_TMPFS=y\n"
    "CONFIG_TMPFS_XATTR=y\nCONFIG_OVERLAY_FS=y\nCONFIG_NET=y\nCONFIG_UNIX=y\nCONFIG_INET=y\nCONFIG_IPV6=y\n"
    "CONFIG_IP_MULTICAST=y\nCONFIG_IKCONFIG=y\nCONFIG_IKCONFIG_PROC=y\nCONFIG_HZ=100\n"
    "# CONFIG_BPF_SYSCALL is not set\n# CONFIG_BSD_PROCESS_ACCT is not set\n"
    "# CONFIG_CGROUPS is not set\n# CONFIG_CHECKPOINT_RESTORE is not set\n# CONFIG_FANOTIFY is not set\n"
    "# CONFIG_HUGETLBFS is not set\n# CONFIG_IO_URING is not set\n# CONFIG_KEYS is not set\n"
    "# CONFIG_KSM is not set\n# CONFIG_MODULES is not set\n# CONFIG_NAMESPACES is not set\n"
    "# CONFIG_NUMA is not set\n# CONFIG_QUOTA is not set\n# CONFIG_RSEQ is not set\n# CONFIG_SWAP is not "
    "set\n"
    "# CONFIG_USERFAULTFD is not set\n";

u32 checksum(std::string_view text) {
    constexpr u32 kPolynomial = 0xedb8'8320;
    u32 sum = ~u32{0};
    for (const char c : text) {
        sum ^= static_cast<u8>(c);
        for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1) != 0 ? kPolynomial : 0);
    }
    return ~sum;
}

void put_number(std::string& out, u32 number, size_t size) {
    for (size_t i = 0; i < size; ++i) out += static_cast<char>(number >> (8 * i) & 0xff);
}

}  // namespace

// RFC 1952 around one stored block of RFC 1951.
Result<std::string> configuration_file(const ProcSubject&) {
    constexpr u32 kMagic = 0x0008'8b1f, kUnix = 3, kLastStored = 1;
    constexpr auto kSize = static_cast<u32>(kConfiguration.size());
    static_assert(kSize <= 0xffff, "one block");
    std::string out;
    put_number(out, kMagic, 4);
    put_number(out, 0, 4);  // no time
    put_number(out, kUnix << 8, 2);
    put_number(out, kLastStored, 1);
    put_number(out, kSize, 2);
    put_number(out, ~kSize & 0xffff, 2);
    out += kConfiguration;
    put_number(out, checksum(kConfiguration), 4);
    put_number(out, kSize, 4);
    return out;
}

}  // namespace occlum::kernel
