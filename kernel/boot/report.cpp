#include "kernel/boot/report.h"

#include <charconv>
#include <string_view>

#include "enclave/host.h"
#include "enclave/pages.h"
#include "kernel/mm/address_space.h"
#include "kernel/sched/scheduler.h"
#include "kernel/task/lifecycle.h"
#include "kernel/task/pid_table.h"

namespace occlum::kernel {

namespace {

std::string decimal(u64 value) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
    return std::string(digits.begin(), end);
}

void add_line(std::string& text, std::string_view label, std::string value, std::string_view unit = {}) {
    constexpr size_t kLabelWidth = 34, kValueWidth = 12;
    text += "  ";
    text += label;
    text.append(label.size() < kLabelWidth ? kLabelWidth - label.size() : 1, ' ');
    text.append(value.size() < kValueWidth ? kValueWidth - value.size() : 0, ' ');
    text += value;
    if (!unit.empty()) text += ' ';
    text += unit;
    text += '\n';
}

}  // namespace

std::string statistics_report() {
    const LifeStats& life = life_stats();
    const SchedulerStats& scheduler = scheduler_stats();
    const sfi::CacheStats cache = code_cache().stats();
    const u64 now = enclave::monotonic_ns();
    const RefPtr<Process> initial = pid_table().process(1);
    const u64 elapsed_us = initial ? (now - initial->start_ns) / 1000 : 0;
    std::string text = "occlum: statistics\n";
    add_line(text, "processes created", decimal(life.processes));
    add_line(text, "threads created", decimal(life.tasks));
    add_line(text, "programs executed", decimal(life.programs));
    add_line(text, "task switches", decimal(scheduler.switches));
    add_line(text, "translated units", decimal(cache.units));
    add_line(text, "of these from images", decimal(cache.stored_units));
    add_line(text, "translated guest code", decimal(cache.guest_bytes), "bytes");
    add_line(text, "translated instructions", decimal(cache.guest_instructions));
    add_line(text, "confined code", decimal(cache.code_bytes), "bytes");
    add_line(text, "translation, verification of it",
             decimal(cache.translate_ns / 1000) + ", " + decimal(cache.verify_ns / 1000), "us");
    add_line(text, "code cache emptied", decimal(cache.flushes), "times");
    add_line(text, "programs that found their code ready", decimal(cache.space_hits));
    add_line(text, "translations found ready", decimal(cache.shared_entries));
    const enclave::HeapUse heap = enclave::heap_use();
    add_line(text, "LibOS heap in use", decimal(heap.in_use / 1024), "KiB");
    add_line(text, "LibOS heap held", decimal(heap.held / 1024), "KiB");
    add_line(text, "time", decimal(elapsed_us / 1000) + '.' + decimal(elapsed_us % 1000 / 100), "ms");
    return text;
}

}  // namespace occlum::kernel
