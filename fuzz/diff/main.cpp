// translator_diff: random guest code natively and translated, compared. See README.md.
#include <sys/time.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <map>

#include "fuzz/diff/checker.h"
#include "fuzz/diff/generator.h"

namespace occlum::fuzz {
namespace {

struct Options {
    u64 seed = 1;
    u64 count = 20'000;
    double minutes = 0;
    u32 reports = 1;
    bool assists = false;
    bool coverage = false;
    bool steps = false;
};

struct Totals {
    u64 same = 0, skipped = 0, by_design = 0, different = 0, items = 0, faults = 0, assisted = 0;
    std::map<std::string, u64> assists, mnemonics;
};

std::string mnemonic(std::span<const u8> code, u64 address) {
    const std::string line = disassemble_one(code, address);
    return line.substr(0, line.find(' '));
}

std::string instruction_at(const Sequence& sequence, u64 rip) {
    Layout layout;
    lay_out(sequence, layout);
    const u64 offset = rip - sequence.code;
    if (offset >= layout.bytes.size()) return "(elsewhere)";
    return mnemonic(std::span(layout.bytes).subspan(offset), rip);
}

void count(const Sequence& sequence, const Comparison& result, Totals& totals) {
    totals.items += sequence.items.size();
    if (result.native.vector != kInt3) ++totals.faults;
    if (result.assisted)
        ++totals.assisted, ++totals.assists[instruction_at(sequence, result.confined.state.rip)];
    switch (result.verdict) {
        case Verdict::Same:
            ++totals.same;
            break;
        case Verdict::Skipped:
            ++totals.skipped;
            break;
        case Verdict::ByDesign:
            ++totals.by_design;
            break;
        case Verdict::Different:
            ++totals.different;
            break;
    }
}

void print(const Totals& totals, double seconds) {
    const u64 all = totals.same + totals.skipped + totals.by_design + totals.different;
    std::printf("%" PRIu64 " sequences (%" PRIu64 " instructions): %" PRIu64 " same, %" PRIu64
                " skipped, %" PRIu64 " differ by design, %" PRIu64 " differ; %" PRIu64
                " ended in a fault, %" PRIu64 " in an assist; %.0f a second\n",
                all, totals.items, totals.same, totals.skipped, totals.by_design, totals.different,
                totals.faults, totals.assisted, static_cast<double>(all) / seconds);
}

/// A tick makes loops end, and interrupts confined code at random places.
void tick_every(suseconds_t microseconds) {
    const timeval interval{.tv_sec = 0, .tv_usec = microseconds};
    const itimerval timer{.it_interval = interval, .it_value = interval};
    setitimer(ITIMER_REAL, &timer, nullptr);
}

int run(const Options& options) {
    using Clock = std::chrono::steady_clock;
    Checker checker;
    Totals totals;
    tick_every(10'000);
    const auto begin = Clock::now();
    const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
    for (u64 i = 0; options.minutes > 0 ? elapsed() < options.minutes * 60 : i < options.count; ++i) {
        const Sequence sequence = generate(options.seed + i);
        const Comparison result = options.steps ? checker.check_steps(sequence) : checker.check(sequence);
        count(sequence, result, totals);
        if (options.coverage && result.verdict == Verdict::Same)
            for (const Item& item : sequence.items) ++totals.mnemonics[mnemonic(item.bytes, 0)];
        if (result.verdict != Verdict::Different) continue;
        std::printf("%s\n", checker.report(checker.shrink(sequence, options.steps), options.steps).c_str());
        std::fflush(stdout);
        if (totals.different >= options.reports) break;
    }
    tick_every(0);
    print(totals, elapsed());
    if (options.assists)
        for (const auto& [name, times] : totals.assists)
            std::printf("%8" PRIu64 " %s\n", times, name.c_str());
    if (options.coverage) {
        std::printf("%zu mnemonics\n", totals.mnemonics.size());
        for (const auto& [name, times] : totals.mnemonics)
            std::printf("%8" PRIu64 " %s\n", times, name.c_str());
    }
    return totals.different == 0 ? 0 : 1;
}

}  // namespace
}  // namespace occlum::fuzz

int main(int argc, char** argv) {
    occlum::fuzz::Options options;
    CLI::App app{"Compares translated code with native execution over random instruction sequences"};
    app.add_option("--seed", options.seed, "first seed");
    app.add_option("--count", options.count, "sequences");
    app.add_option("--minutes", options.minutes, "run this long instead");
    app.add_option("--reports", options.reports, "stop after so many differences");
    app.add_flag("--steps", options.steps, "single-step, and check the recovered state everywhere");
    app.add_flag("--coverage", options.coverage, "list the instructions of the sequences that were compared");
    app.add_flag("--assists", options.assists, "list the instructions left to the kernel");
    CLI11_PARSE(app, argc, argv);
    return occlum::fuzz::run(options);
}
