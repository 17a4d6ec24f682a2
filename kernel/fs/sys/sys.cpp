#include "kernel/fs/sys/sys.h"

#include "kernel/boot/libos.h"
#include "kernel/fs/proc/text.h"

namespace occlum::kernel {
namespace {

const Credentials& superuser() {
    static const Credentials root;
    return root;
}

Result<Ref<Inode>> directory(Inode& parent, std::string_view name) {
    if (Result<Ref<Inode>> there = parent.lookup(name)) return there;
    return parent.create(name, kTypeDirectory | 0555, 0, superuser());
}

// A file below `root`, with its directories.
Result<void> put(Inode& root, std::string_view path, std::string_view text) {
    Ref<Inode> at(root);
    for (size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
        at = TRY(directory(*at, path.substr(0, slash)));
        path.remove_prefix(slash + 1);
    }
    Ref<Inode> file = TRY(at->create(path, kTypeRegular | 0644, 0, superuser()));
    std::string line = std::string(text) + "\n";
    std::vector<u8> bytes(line.begin(), line.end());
    TRY(file->write_at(0, bytes));
    return file->change({.mode = 0444});
}

// A set of processors as a mask: words of 32 bits in hexadecimal, the highest first.
std::string mask_text(u64 mask) {
    std::string low = hexadecimal(mask & 0xffff'ffff, 8);
    return mask >> 32 == 0 ? low : hexadecimal(mask >> 32, 8) + "," + low;
}
u64 mask_of_first(u32 count) { return count >= 64 ? ~u64{0} : (u64{1} << count) - 1; }

Result<void> put_cpu(Inode& root, u32 cpu, const std::string& all) {
    std::string at = "devices/system/cpu/cpu" + std::to_string(cpu) + "/";
    std::string number = std::to_string(cpu);
    TRY(put(root, at + "topology/core_id", number));
    TRY(put(root, at + "topology/physical_package_id", "0"));
    TRY(put(root, at + "topology/core_siblings_list", all));
    TRY(put(root, at + "topology/package_cpus_list", all));
    TRY(put(root, at + "topology/thread_siblings_list", number));
    TRY(put(root, at + "topology/core_cpus_list", number));
    TRY(put(root, at + "topology/core_siblings",
            mask_text(mask_of_first(std::max(1u, libos_options().cpus)))));
    TRY(put(root, at + "topology/thread_siblings", mask_text(u64{1} << (cpu % 64))));
    if (cpu != 0) TRY(put(root, at + "online", "1"));
    return {};
}

}  // namespace

Result<void> fill_sysfs(Inode& root) {
    u32 cpus = std::max(1u, libos_options().cpus);
    std::string all = cpus == 1 ? "0" : "0-" + std::to_string(cpus - 1);
    const std::string cpu = "devices/system/cpu/";
    TRY(put(root, cpu + "online", all));
    TRY(put(root, cpu + "possible", all));
    TRY(put(root, cpu + "present", all));
    TRY(put(root, cpu + "offline", ""));
    TRY(put(root, cpu + "kernel_max", "63"));
    for (u32 number = 0; number < cpus; ++number) TRY(put_cpu(root, number, all));
    TRY(put(root, "devices/system/node/online", "0"));
    TRY(put(root, "devices/system/node/possible", "0"));
    TRY(put(root, "devices/system/node/node0/cpulist", all));
    TRY(put(root, "devices/system/node/node0/cpumap", mask_text(mask_of_first(cpus))));
    TRY(put(root, "kernel/mm/transparent_hugepage/enabled", "always madvise [never]"));
    TRY(put(root, "kernel/mm/transparent_hugepage/hpage_pmd_size", "2097152"));
    // Where control groups would be mounted: there are none.
    TRY(directory(*TRY(directory(root, "fs")), "cgroup"));
    for (std::string_view name : {"block", "bus", "class", "module", "firmware"}) TRY(directory(root, name));
    TRY(put(root, "class/net/lo/operstate", "unknown"));
    TRY(put(root, "class/net/lo/address", "00:00:00:00:00:00"));
    return put(root, "class/net/lo/mtu", "65536");
}

}  // namespace occlum::kernel
