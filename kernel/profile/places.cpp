#include "kernel/profile/places.h"

#include <algorithm>
#include <map>

#include "kernel/profile/counters.h"
#include "kernel/task/task.h"

namespace occlum::kernel::profile {

namespace {

struct Places {
    SampleTable programs, libos;
    std::vector<CodeSource> sources{{.inode = {}, .name = "(others)"}};
    std::map<std::pair<const Inode*, u32>, u16> numbers;
    std::vector<std::string> names{"(LibOS, others)"};
};

Places& places() {
    static auto& all = *new Places;
    return all;
}

u16 number_of_source(Process& process, const Vma* vma) {
    Places& all = places();
    Inode* const inode = vma && vma->file ? &vma->file->inode() : nullptr;
    const std::pair<const Inode*, u32> key{inode, inode ? 0 : process.pid};
    if (const auto known = all.numbers.find(key); known != all.numbers.end()) return known->second;
    if (all.sources.size() >= kMostSources) return 0;
    CodeSource source;
    if (inode) {
        source.inode = *inode;
        if (vma->name) source.name = path_of(current_view(), *vma->name);
    } else {
        source.pid = process.pid;
        source.name = "[made at run time] " + process.name;
    }
    const auto number = static_cast<u16>(all.sources.size());
    all.sources.push_back(std::move(source));
    all.numbers.insert({key, number});
    return number;
}

}  // namespace

void prepare_places() { (void)places(); }

void count_place(Task& task) {
    Cpu& cpu = this_cpu();
    sfi::GuestContext seen = task.context;
    // Not in a unit: on the way out, in a stub.
    if (seen.host_pc == 0 || !code_cache().recover(seen)) return count_sample(cpu);
    Process& process = task.process();
    set_doing(cpu, {Activity::Program, 0, number_of_program(process)});
    count_sample(cpu);
    const Vma* const vma = process.address_space().mapping({seen.rip});
    const bool in_file = vma && vma->file;
    places().programs.add(
        place_key(number_of_source(process, vma), in_file ? vma->offset_of(seen.rip) : seen.rip));
}

void count_libos_place(u64 offset) { places().libos.add(place_key(0, offset)); }

u16 number_of_program(Process& process) {
    if (process.profiled_as != 0) return process.profiled_as;
    std::vector<std::string>& names = places().names;
    const auto known = std::ranges::find(names, process.name);
    const auto number = static_cast<u16>(known - names.begin());
    if (known == names.end()) {
        if (names.size() >= kPrograms) return 0;
        names.push_back(process.name);
    }
    return process.profiled_as = number;
}

std::span<const CodeSource> code_sources() { return places().sources; }
std::span<const std::string> program_names() { return places().names; }
const SampleTable& program_places() { return places().programs; }
const SampleTable& libos_places() { return places().libos; }

}  // namespace occlum::kernel::profile
