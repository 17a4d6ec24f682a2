// A LibOS of a few lines: it runs what its first argument names, so that the runtime and the model can be
// tested, and attacked, without the kernel.
#include <array>
#include <atomic>
#include <charconv>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "abi/enclave_map.h"
#include "enclave/host.h"
#include "enclave/pages.h"
#include "enclave/upcalls.h"
#include "tests/attack/boundary/image/unsafe/probes.h"

namespace occlum::enclave {

namespace {

using boundary::Seen;
using boundary::seen;

void say(std::string_view text) {
    std::vector<u8> bytes(text.begin(), text.end());
    (void)console_write(1, bytes);
}
void say_number(std::string_view what, u64 value) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), value);
    std::string line(what);
    line += ' ';
    line.append(digits.data(), static_cast<size_t>(end.ptr - digits.data()));
    line += '\n';
    say(line);
}
[[noreturn]] void end(bool good) { host_exit(good ? 0 : 1); }

void hello() {
    say("hello\n");
    end(true);
}

void heap() {
    std::map<u64, std::unique_ptr<std::string>> strings;
    u64 sum = 0;
    for (u64 i = 0; i < 20000; ++i) {
        strings[i * 7919 % 10007] = std::make_unique<std::string>(i % 300, 'x');
        if (i % 3 == 0) strings.erase(i * 31 % 10007);
    }
    for (const auto& [key, text] : strings) sum += key + text->size();
    std::vector<std::vector<u8>> large;
    for (size_t i = 1; i < 40; ++i) large.emplace_back(i * 100'000, static_cast<u8>(i));
    for (const auto& bytes : large) sum += bytes.back();
    say_number("sum", sum);
    end(sum != 0);
}

void pages() {
    const u64 at = elrange_base() + abi::kDomainsOffset + (1 << 20);
    bool good = commit_pages(at, 64 * kPageSize, kProtReadWrite).has_value();
    for (u64 i = 0; i < 64; ++i) {
        good = good && boundary::load(at + i * kPageSize) == 0;
        boundary::store(at + i * kPageSize, i + 1);
    }
    good = good && protect_pages(at, 2 * kPageSize, kProtReadWrite, kProtRead).has_value();
    boundary::try_store(at, 99);
    good = good && seen.vector == 14 && seen.address == at && (seen.error_code & 2) != 0;
    good = good && boundary::load(at) == 1;
    good = good && protect_pages(at, 2 * kPageSize, kProtRead, kProtReadWrite).has_value();
    boundary::store(at, 5);
    good = good && decommit_pages(at, 64 * kPageSize).has_value();
    seen = {};
    boundary::try_store(at, 1);
    good = good && seen.vector == 14;
    good = good && commit_pages(at, kPageSize, kProtAll).has_value() && boundary::load(at) == 0;
    good = good && boundary::run_constant(at) == 42;
    end(good);
}

void commit_speed() {
    const u64 at = elrange_base() + abi::kDomainsOffset + (1 << 20);
    const u64 start = boundary::tsc();
    for (u64 i = 0; i < 256; ++i)
        if (!commit_pages(at + i * 128 * kPageSize, 64 * kPageSize, kProtReadWrite)) end(false);
    say_number("cycles for each 64 pages", (boundary::tsc() - start) / 256);
    const u64 calls = boundary::tsc();
    for (int i = 0; i < 10000; ++i) host_kick(0);
    say_number("cycles for each host call", (boundary::tsc() - calls) / 10000);
    const u64 faults = boundary::tsc();
    for (int i = 0; i < 10000; ++i) boundary::try_store(at - (1 << 19), 1);
    say_number("cycles for each fault", (boundary::tsc() - faults) / 10000);
    end(true);
}

void faults() {
    bool good = true;
    for (auto [probe, vector] : {std::pair{boundary::Probe::Divide, 0},
                                 {boundary::Probe::Undefined, 6},
                                 {boundary::Probe::Breakpoint, 3},
                                 {boundary::Probe::NonCanonical, 13},
                                 {boundary::Probe::Null, 14}}) {
        seen = {};
        boundary::run_probe(probe);
        say_number("vector", seen.vector);
        good = good && seen.vector == static_cast<u32>(vector) && seen.count == 1;
    }
    end(good);
}

void ticks() {
    host_set_tick(1'000'000);
    const bool kept = boundary::registers_survive([] { return seen.ticks >= 50; });
    host_set_tick(0);
    say_number("ticks", seen.ticks);
    end(kept && seen.ticks >= 50);
}

void time() {
    u64 last = monotonic_ns();
    const u64 start = last;
    bool good = true;
    u64 reads = 0;
    while (last - start < 30'000'000) {
        const u64 next = monotonic_ns();
        good = good && next >= last;
        last = next;
        ++reads;
    }
    say_number("clock reads in 30 ms", reads);
    std::array<abi::PollEntry, 0> none;
    good = good && host_wait(5'000'000, none).has_value() && monotonic_ns() - last >= 4'900'000;
    end(good && realtime_ns() > 1'600'000'000'000'000'000);
}

void random() {
    std::array<u8, 4096> first{}, second{};
    random_bytes(first);
    random_bytes(second);
    std::array<u32, 256> counts{};
    for (u8 byte : first) ++counts[byte];
    u32 most = 0;
    for (u32 count : counts) most = std::max(most, count);
    end(first != second && most < 64);
}

void files() {
    bool good = file_stat(0, "").has_value();
    good = good && make_file(0, "file", 0644).has_value();
    const auto handle = file_open(0, "file", abi::kFileReadWrite);
    if (!handle) end(false);
    const std::vector<u8> text(300'000, 'q');
    good = good && file_write(*handle, 0, text) == abi::kCallDataSize;
    std::vector<u8> back(300'000);
    good = good && file_read(*handle, 100, back) == abi::kCallDataSize - 100 && back[5] == 'q';
    good = good && file_stat(0, "file")->size == abi::kCallDataSize;
    good = good && make_symlink(0, "link", "file").has_value() && link_read(0, "link") == "file";
    const auto entries = dir_read(0, "", 0);
    good = good && entries && entries->size() == 2;
    good = good && unlink(0, "link", false).has_value() && !file_stat(0, "link");
    good = good && file_stat(0, "none").error() == Errno::Enoent;
    end(good);
}

/// Reads whatever the lying host says, and never trips.
void hostile_replies() {
    std::array<u8, 64> buffer{};
    u64 refused = 0;
    const auto count = [&](bool failed) { refused += failed ? 1 : 0; };
    for (int round = 0; round < 200; ++round) {
        count(!console_read(0, buffer));
        count(!console_write(1, buffer));
        count(!console_info(1));
        count(!file_stat(0, "x"));
        count(!file_open(0, "x", abi::kFileRead));
        count(!file_read(3, 0, buffer));
        count(!dir_read(0, "x", 0));
        count(!link_read(0, "x"));
        std::array<abi::PollEntry, 2> entries{};
        const auto ready = host_wait(0, entries);
        count(!ready);
        if (ready && *ready > entries.size()) end(false);
        (void)monotonic_ns();
    }
    host_exit(refused > 0 ? 0 : 3);
}

/// E4: what the entry made of a hostile x87 and vector state.
void entry_state() {
    const auto state = boundary::control_words();
    end(state.mxcsr == 0x1fbf && state.fcw == 0x37f && state.empty_x87 && boundary::flags_clean());
}

/// O3: names and targets that no honest host gives.
void hostile_names() {
    u64 refused = 0;
    for (int i = 0; i < 8; ++i) refused += dir_read(0, "", static_cast<u64>(i)) ? 0 : 1;
    say_number("refused", refused);
    end(refused == 8 && !link_read(0, "x"));
}

/// O5: what was copied in does not change any more.
void private_copies() {
    bool good = true;
    for (int round = 0; round < 2000; ++round) {
        std::array<u8, 1000> bytes{};
        if (!console_read(0, bytes)) continue;
        const auto first = bytes;
        for (int i = 0; i < 20; ++i) good = good && bytes == first;
    }
    end(good);
}

void monotonic() {
    u64 last = 0;
    bool good = true;
    for (int i = 0; i < 3000; ++i) {
        const u64 now = monotonic_ns();
        good = good && now >= last;
        last = now;
    }
    end(good);
}

/// O7: readiness that was not asked for is not believed.
void poll_bits() {
    std::array<abi::PollEntry, 1> entries{{{0, 1, 0}}};
    const auto ready = host_wait(0, entries);
    end(ready && (entries[0].ready & ~u32{0x39}) == 0);
}

void short_write() {
    const std::array<u8, 5> text{'h', 'e', 'l', 'l', 'o'};
    (void)console_write(1, text);
    end(true);
}

/// Many crossings with values that must come back right.
void crossings() {
    host_set_tick(20'000);
    bool good = true;
    for (int i = 0; i < 3000; ++i) {
        host_kick(0);
        std::array<u8, 32> bytes{};
        good = good && boundary::registers_survive_call([] { host_kick(0); });
        random_bytes(bytes);
    }
    host_set_tick(0);
    say_number("ticks", seen.ticks);
    end(good);
}

std::atomic<u32> vcpus_done{0};

/// Work that one vCPU does beside others: host calls, own pages, shared heap and clock.
void work(u32 vcpu) {
    const u64 own = elrange_base() + abi::kDomainsOffset + (u64{vcpu} << 32) + (1 << 20);
    bool good = true;
    u64 last = 0;
    for (u64 i = 0; i < 300; ++i) {
        const u64 page = own + i * 4 * kPageSize;
        good = good && commit_pages(page, 2 * kPageSize, kProtReadWrite).has_value();
        boundary::store(page, i + vcpu);
        const auto text = std::make_unique<std::string>(i, 'x');
        const u64 now = monotonic_ns();
        good = good && now >= last && boundary::load(page) == i + vcpu && text->size() == i;
        last = now;
    }
    if (!good) end(false);
    vcpus_done.fetch_add(1);
}

void vcpus() {
    work(0);
    std::array<abi::PollEntry, 0> none;
    while (vcpus_done.load() < 2) (void)host_wait(1'000'000, none);
    end(true);
}

void trim() {
    const u64 at = elrange_base() + abi::kDomainsOffset + (1 << 20);
    if (!commit_pages(at, 4 * kPageSize, kProtReadWrite)) end(false);
    (void)protect_pages(at, 4 * kPageSize, kProtReadWrite, kProtRead);
    (void)decommit_pages(at, 4 * kPageSize);
    end(true);
}

void vectors() {
    end(boundary::vectors_survive([] { host_kick(0); }));
}

}  // namespace

void libos_main() {
    const auto config = host_boot_config();
    if (!config || config->arguments.empty()) end(false);
    using Action = void (*)();
    static constexpr std::array<std::pair<std::string_view, Action>, 25> kActions{{
        {"hello", hello},
        {"heap", heap},
        {"pages", pages},
        {"commit-speed", commit_speed},
        {"faults", faults},
        {"ticks", ticks},
        {"time", time},
        {"random", random},
        {"files", files},
        {"hostile-replies", hostile_replies},
        {"vectors", vectors},
        {"entry-state", entry_state},
        {"hostile-names", hostile_names},
        {"private-copies", private_copies},
        {"monotonic", monotonic},
        {"poll-bits", poll_bits},
        {"short-write", short_write},
        {"crossings", crossings},
        {"trim", trim},
        {"vcpus", vcpus},
        {"panic", [] { panic("as asked"); }},
        {"stray-fault", [] { boundary::fault_unhandled(); }},
        {"double-fault", [] { boundary::fault_in_handler(); }},
        {"spin", [] { boundary::spin(); }},
        {"touch-removed", [] { boundary::touch_removed(); }},
    }};
    for (const auto& [name, action] : kActions)
        if (config->arguments[0] == name) action();
    end(false);
}

void libos_vcpu_main(u32 vcpu) {
    work(vcpu);
    std::array<abi::PollEntry, 0> none;
    for (;;) (void)host_wait(~u64{0}, none);
}

bool libos_exception(ExceptionFrame& frame) { return boundary::handle(frame); }

}  // namespace occlum::enclave
