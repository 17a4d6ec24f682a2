#include "kernel/profile/report.h"

#include <algorithm>

#include "abi/profile_report.h"
#include "enclave/host.h"
#include "kernel/fs/fs_context.h"
#include "kernel/mm/address_space.h"
#include "kernel/profile/counters.h"
#include "kernel/profile/hot_functions.h"
#include "kernel/profile/places.h"
#include "kernel/profile/text.h"
#include "kernel/sched/vcpus.h"
#include "kernel/syscall/table.h"

namespace occlum::kernel::profile {

namespace {

constexpr size_t kMostRows = 16;

constinit u64 started_ns = 0;

u64 value(const Counter& counter) { return counter.load(std::memory_order_relaxed); }
u64 host_ns(const Counter& cycles) { return enclave::cycles_to_ns(value(cycles)).value_or(0); }
u64 sampled_ns(u64 samples) { return samples * kPeriodNs; }

u64 samples_of(Activity activity) {
    u64 sum = 0;
    for (const auto& program : counters().samples) sum += value(program.at(static_cast<size_t>(activity)));
    return sum;
}

struct Kind {
    Activity activity;
    std::string_view name;
};
constexpr std::array<Kind, 10> kKinds{{{Activity::Program, "programs' own code"},
                                       {Activity::Translator, "translator"},
                                       {Activity::Verifier, "verifier"},
                                       {Activity::Cache, "code cache"},
                                       {Activity::SystemCall, "system calls"},
                                       {Activity::Fault, "page faults, traps"},
                                       {Activity::Assist, "instructions done by the LibOS"},
                                       {Activity::Return, "signals, ticks, switches"},
                                       {Activity::Gate, "in and out of programs"},
                                       {Activity::Other, "LibOS, other"}}};

/// All but idle time.
struct Totals {
    std::array<u64, kKinds.size()> ns{};
    u64 host = 0, lock = 0;
    u64 busy() const {
        u64 sum = host + lock;
        for (const u64 one : ns) sum += one;
        return sum;
    }
};

Totals totals() {
    Totals all;
    for (size_t i = 0; i < kKinds.size(); ++i) all.ns.at(i) = sampled_ns(samples_of(kKinds.at(i).activity));
    for (const Counter& program : counters().host_cycles) all.host += host_ns(program);
    all.lock = sampled_ns(samples_of(Activity::Lock)) + host_ns(counters().lock_cycles);
    return all;
}

void put_totals(std::string& text, const Totals& all) {
    const u64 busy = all.busy();
    const auto line = [&](std::string_view name, u64 ns) {
        put_milliseconds(text, ns);
        put_percent(text, ns, busy);
        put_end(text, name);
    };
    text += "        ms      %\n";
    for (size_t i = 0; i < kKinds.size(); ++i)
        if (all.ns.at(i) != 0 || i == 0) line(kKinds.at(i).name, all.ns.at(i));
    line("waiting for the kernel lock", all.lock);
    line("waiting for the host (measured)", all.host);
    const u64 vcpu_time = (enclave::monotonic_ns() - started_ns) * all_cpus().size();
    put_milliseconds(text, vcpu_time > busy ? vcpu_time - busy : 0);
    text.append(kPercentWidth, ' ');
    put_end(text, "idle, or without a CPU of the host");
}

template <typename Row>
void keep_largest(std::vector<Row>& rows) {
    std::ranges::sort(rows, std::greater(), &Row::total);
    if (rows.size() > kMostRows) rows.resize(kMostRows);
}

void put_programs(std::string& text, u64 busy) {
    struct Row {
        std::string_view name;
        u64 code, libos, host, total;
    };
    std::vector<Row> rows;
    const auto names = program_names();
    for (size_t program = 0; program < names.size(); ++program) {
        const auto& samples = counters().samples.at(program);
        u64 all = 0;
        for (const Counter& one : samples) all += value(one);
        all -= value(samples.at(static_cast<size_t>(Activity::Idle)));
        const u64 code = sampled_ns(value(samples.at(static_cast<size_t>(Activity::Program))));
        const u64 host = host_ns(counters().host_cycles.at(program));
        rows.push_back({names[program], code, sampled_ns(all) - code, host, sampled_ns(all) + host});
    }
    keep_largest(rows);
    text += "\n        ms      %  own code     LibOS      host  program\n";
    for (const Row& row : rows) {
        if (row.total == 0) break;
        put_milliseconds(text, row.total);
        put_percent(text, row.total, busy);
        for (const u64 part : {row.code, row.libos, row.host}) put_milliseconds(text, part);
        put_end(text, row.name);
    }
}

void put_calls(std::string& text) {
    struct Row {
        u64 number, count, libos, host, total;
    };
    std::vector<Row> rows;
    for (u64 number = 0; number < kCalls; ++number) {
        const Counters::Call& call = counters().calls.at(number);
        const u64 libos = sampled_ns(value(call.samples)), host = host_ns(call.host_cycles);
        if (value(call.count) != 0) rows.push_back({number, value(call.count), libos, host, libos + host});
    }
    keep_largest(rows);
    text += "\n     calls     LibOS      host  system call (ms)\n";
    for (const Row& row : rows) {
        put_count(text, row.count);
        put_milliseconds(text, row.libos);
        put_milliseconds(text, row.host);
        const SyscallEntry* entry = find_syscall(row.number);
        put_end(text, entry ? entry->name : "(none)");
    }
}

/// In the order of abi::HostCall.
constexpr std::array<std::string_view, static_cast<size_t>(abi::HostCall::Count)> kHostCalls{
    "Exit",        "Abort",    "Log",           "BootConfig",    "Report",      "Clock",
    "Wait",        "Kick",     "Interrupt",     "SetTick",       "ConsoleRead", "ConsoleWrite",
    "ConsoleInfo", "PagesAdd", "PagesRestrict", "PagesExtend",   "PagesTrim",   "PagesRemove",
    "FileStat",    "FileOpen", "FileClose",     "FileRead",      "FileWrite",   "FileTruncate",
    "FileSync",    "DirRead",  "LinkRead",      "MakeFile",      "MakeDir",     "MakeSymlink",
    "MakeLink",    "Unlink",   "Rename",        "SetAttributes", "CommandNext", "CommandDone",
    "ConsoleClose"};
static_assert(!kHostCalls.back().empty());

void put_host_calls(std::string& text) {
    struct Row {
        std::string_view name;
        u64 count, total;
    };
    std::vector<Row> rows;
    for (size_t number = 0; number < kHostCalls.size(); ++number) {
        const Counters::HostCalls& calls = counters().host.at(number);
        if (value(calls.count) != 0)
            rows.push_back({kHostCalls.at(number), value(calls.count), host_ns(calls.cycles)});
    }
    keep_largest(rows);
    text += "\n     calls        ms  call of the host\n";
    for (const Row& row : rows) {
        put_count(text, row.count);
        put_milliseconds(text, row.total);
        put_end(text, row.name);
    }
}

/// Whoever reads this has the LibOS's symbols, which the enclave has not.
void put_libos_places(std::string& text) {
    text += abi::kLibosPlaces;
    for (const SampleTable::Entry& entry : libos_places().entries())
        text += hexadecimal(offset_of(entry.key)) + ' ' + decimal(entry.count) + '\n';
}

void put_heading(std::string& text) {
    u64 samples = 0;
    for (const auto& program : counters().samples)
        for (size_t kind = 0; kind < kActivities; ++kind)
            if (static_cast<Activity>(kind) != Activity::Idle) samples += value(program.at(kind));
    text += "occlum: profile: " + decimal(samples) + " samples, one for each " + decimal(kPeriodNs / 1000) +
            " us of a busy vCPU; " + decimal(all_cpus().size()) + " vCPUs, " +
            decimal((enclave::monotonic_ns() - started_ns) / 1'000'000) + " ms\n";
    const u64 lost = program_places().lost() + libos_places().lost();
    if (lost != 0)
        text +=
            decimal(lost) + " of these are at places that the table had no room for: in the totals only\n";
}

void note_phase(sfi::CachePhase phase) {
    switch (phase) {
        case sfi::CachePhase::Translating:
            return note(Activity::Translator);
        case sfi::CachePhase::Verifying:
            return note(Activity::Verifier);
        case sfi::CachePhase::Other:
            return note(Activity::Cache);
    }
}

}  // namespace

void start() {
    prepare_places();
    code_cache().watch(note_phase);
    started_ns = enclave::monotonic_ns();
    switched_on.store(true, std::memory_order_relaxed);
    enclave::observe_host_calls(count_host_call);
}

std::string report(FsContext& names) {
    note(Activity::Other);
    const Totals all = totals();
    std::string text;
    put_heading(text);
    put_totals(text, all);
    put_hot_functions(text, names, all.busy());
    put_programs(text, all.busy());
    put_calls(text);
    put_host_calls(text);
    put_libos_places(text);
    return text;
}

}  // namespace occlum::kernel::profile
