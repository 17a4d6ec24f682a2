// /proc/sysvipc and /proc/net: what exists of System V IPC; the interfaces and protocols of the loopback
// network.
#include "kernel/fs/proc/ipc_files.h"

#include "kernel/fs/proc/text.h"
#include "kernel/ipc/message_queue.h"
#include "kernel/ipc/semaphores.h"
#include "kernel/ipc/shared_segment.h"
#include "kernel/net/socket_table.h"

namespace occlum::kernel {
namespace {

std::string columns(std::initializer_list<std::pair<u64, size_t>> numbers) {
    std::string text;
    for (auto [number, width] : numbers) text += (text.empty() ? "" : " ") + padded(number, width);
    return text + "\n";
}

u64 octal_digits(u32 mode) {
    u64 value = 0, place = 1;
    for (; mode != 0; mode >>= 3, place *= 10) value += (mode & 7) * place;
    return value;
}

constexpr u32 kFile = kTypeRegular | 0444;

}  // namespace

Result<std::string> sysv_segments(const ProcSubject&) {
    std::string text =
        "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      "
        "atime      dtime      ctime                   rss                  swap\n";
    for (const auto& [id, s] : shared_segments().all())
        text += columns({{static_cast<u32>(s->key), 10},
                         {static_cast<u32>(id), 10},
                         {octal_digits(s->mode), 5},
                         {s->size, 21},
                         {s->creator_pid, 5},
                         {s->last_pid, 5},
                         {s->attachments(), 5},
                         {s->uid, 5},
                         {s->gid, 5},
                         {s->creator_uid, 5},
                         {s->creator_gid, 5},
                         {s->attached_s, 10},
                         {s->detached_s, 10},
                         {s->changed_s, 10},
                         {s->size, 21},
                         {0, 21}});
    return text;
}

Result<std::string> sysv_semaphores(const ProcSubject&) {
    std::string text =
        "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n";
    for (const auto& [id, s] : semaphore_sets().all())
        text += columns({{static_cast<u32>(s->key), 10},
                         {static_cast<u32>(id), 10},
                         {octal_digits(s->mode), 5},
                         {s->semaphores.size(), 10},
                         {s->uid, 5},
                         {s->gid, 5},
                         {s->creator_uid, 5},
                         {s->creator_gid, 5},
                         {s->operated_s, 10},
                         {s->changed_s, 10}});
    return text;
}

Result<std::string> sysv_queues(const ProcSubject&) {
    std::string text =
        "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime   "
        "   "
        "rtime      ctime\n";
    for (const auto& [id, q] : message_queues().all())
        text += columns({{static_cast<u32>(q->key), 10},
                         {static_cast<u32>(id), 10},
                         {octal_digits(q->mode), 5},
                         {q->bytes, 11},
                         {q->messages.size(), 10},
                         {q->last_sender, 5},
                         {q->last_receiver, 5},
                         {q->uid, 5},
                         {q->gid, 5},
                         {q->creator_uid, 5},
                         {q->creator_gid, 5},
                         {q->sent_s, 10},
                         {q->received_s, 10},
                         {q->changed_s, 10}});
    return text;
}

namespace {

constexpr std::array<ProcEntry, 3> kSysv{
    {{"msg", kFile, sysv_queues}, {"sem", kFile, sysv_semaphores}, {"shm", kFile, sysv_segments}}};

Result<std::string> net_interfaces(const ProcSubject&) {
    return std::string(
        "Inter-|   Receive                                                |  Transmit\n"
        " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo "
        "colls carrier compressed\n"
        "    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0   "
        "  0 "
        "      0          0\n");
}
Result<std::string> net_six(const ProcSubject&) {
    return std::string("00000000000000000000000000000001 01 80 10 80       lo\n");
}
Result<std::string> net_routes(const ProcSubject&) {
    return std::string(
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n");
}
template <Family family>
Result<std::string> net_streams(const ProcSubject&) {
    return "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
           "inode\n" +
           endpoint_table(family, SocketType::Stream);
}
template <Family family>
Result<std::string> net_datagrams(const ProcSubject&) {
    return "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
           "inode "
           "ref pointer drops\n" +
           endpoint_table(family, SocketType::Datagram);
}
Result<std::string> net_unix(const ProcSubject&) {
    return "Num       RefCount Protocol Flags    Type St Inode Path\n" + unix_table();
}

constexpr std::array<ProcEntry, 8> kNet{{{"dev", kFile, net_interfaces},
                                         {"if_inet6", kFile, net_six},
                                         {"route", kFile, net_routes},
                                         {"tcp", kFile, net_streams<Family::Inet>},
                                         {"tcp6", kFile, net_streams<Family::Inet6>},
                                         {"udp", kFile, net_datagrams<Family::Inet>},
                                         {"udp6", kFile, net_datagrams<Family::Inet6>},
                                         {"unix", kFile, net_unix}}};

}  // namespace

Ref<Inode> sysv_directory(const ProcSubject& subject) {
    return make_ref<ProcDirectory>(kSysv, subject, proc_number(subject, 800));
}
Ref<Inode> net_status_directory(const ProcSubject& subject) {
    return make_ref<ProcDirectory>(kNet, subject, proc_number(subject, 900));
}

}  // namespace occlum::kernel
