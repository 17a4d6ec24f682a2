// Power is lost at any write, with any of the writes since the last flush lost, torn or reordered: the image
// must be sound, and show the state between two operations, none older than the last sync.
// STORAGE_CRASHES=50000 is the long form.
#include <gtest/gtest.h>

#include "tests/unit/storage/workload.h"

namespace occlum::storage::test {
namespace {

// The trusted versions, and the steps of the store before which they were set.
class VersionLog final : public TrustedVersion {
public:
    explicit VersionLog(const RecordingStore& store) : store_(store) {}
    Result<std::optional<Version>> read() override {
        return all.empty() ? std::nullopt : std::optional(all.back().version);
    }
    Result<void> advance(const Version& to) override {
        all.push_back({store_.steps.size(), to});
        return {};
    }
    struct Set {
        size_t step;
        Version version;
    };
    std::vector<Set> all;

private:
    const RecordingStore& store_;
};

// One run, with what is needed to judge any crash in it.
struct History {
    RecordingStore store;
    VersionLog version{store};
    std::vector<std::string> states;  // after each number of operations
    struct Moment {
        size_t step;
        u64 operations;
    };
    std::vector<Moment> synced;  // the operations done when a sync had come back
};

// Others work on while a sync waits for the store.
void run_workload(History& run, u64 seed, u64 operations) {
    Config config = test_config(run.store, &run.version);
    // Small ones use their blocks again soon; contents then also go out before a commit.
    const bool small = seed % 3 != 0;
    if (small) config.volume.dirty_blocks = 4;
    auto fs = *FileSystem::format(config, small ? 256 : 2048, {.mode = 0755});
    run.states.push_back(describe(*fs));
    run.synced.push_back({run.store.steps.size(), 0});
    Workload workload(*fs, seed);
    auto done = [&] {
        run.states.push_back(describe(*fs));
        run.store.mark = run.states.size() - 1;
    };
    auto operate = [&] {
        const u64 number = run.states.size();
        const bool sync = workload.step();
        if (run.states.size() == number) done();
        if (sync)
            run.synced.push_back({run.store.steps.size(), std::max(number, run.synced.back().operations)});
    };
    run.store.during_flush = [&] {
        if (!workload.is_syncing()) return;
        done();
        for (u64 others = seed++ % 7; others > 0; --others) operate();
    };
    while (run.states.size() <= operations) operate();
    run.store.during_flush = nullptr;
}

/// What the disk holds after a crash before step `at`.
MemoryStore crashed_store(const History& run, size_t at, std::mt19937_64& random) {
    size_t flushed = at;
    while (flushed > 0 && !run.store.steps[flushed - 1].flush) --flushed;
    MemoryStore disk;
    for (size_t i = 0; i < flushed; ++i)
        if (!run.store.steps[i].flush) disk.blocks[run.store.steps[i].block] = run.store.steps[i].bytes;
    u64 mode = random() % 4;
    for (size_t i = flushed; i < at; ++i) {
        const RecordingStore::Step& step = run.store.steps[i];
        u64 luck = random() % 8;
        if (mode != 0 && luck < 3) continue;  // lost
        Block& block = disk.blocks[step.block];
        if (mode == 2 && luck == 3) {
            for (size_t sector = 0; sector < kBlockSize; sector += 512)
                if (random() % 2 == 0)
                    copy_bytes(std::span(step.bytes).subspan(sector, 512), std::span(block).subspan(sector));
        } else {
            block = step.bytes;
        }
    }
    return disk;
}

void judge(const History& run, size_t at, std::mt19937_64& random) {
    MemoryStore disk = crashed_store(run, at, random);
    size_t last = 0;
    while (last + 1 < run.synced.size() && run.synced[last + 1].step <= at) ++last;
    const History::Moment& moment = run.synced[last];
    // The trusted version moves behind the flush, and the crash may come between.
    auto set = std::ranges::find_if(run.version.all, [&](const auto& one) { return one.step > at; });
    --set;
    if (set->step == at && set != run.version.all.begin() && random() % 2 == 0) --set;
    MemoryVersion version;
    version.version = set->version;
    Config config = test_config(disk, &version);
    auto mounted = FileSystem::mount(config);
    ASSERT_TRUE(mounted) << "crash before step " << at << ": " << static_cast<int>(mounted.error());
    std::string now = describe(**mounted);
    u64 newest = at < run.store.steps.size() ? run.store.steps[at].mark + 1 : run.states.size() - 1;
    bool known = false;
    for (u64 i = moment.operations; i <= newest && i < run.states.size() && !known; ++i)
        known = run.states[i] == now;
    ASSERT_TRUE(known) << "crash before step " << at << ": a state that was none between "
                       << moment.operations << " and " << newest;
    auto findings = (*mounted)->check();
    ASSERT_TRUE(findings);
    ASSERT_TRUE(findings->empty()) << findings->front();
    if (random() % 8 != 0) return;
    // Life goes on.
    Workload workload(**mounted, random());
    for (int i = 0; i < 20; ++i) workload.step();
    ASSERT_TRUE((*mounted)->sync());
    now = describe(**mounted);
    mounted->reset();
    mounted = FileSystem::mount(config);
    ASSERT_TRUE(mounted);
    ASSERT_EQ(describe(**mounted), now);
}

TEST(Crash, AnyPointIsAStateBetweenTwoOperations) {
    u64 points = repetitions("CRASHES", 1500), seed = repetitions("SEED", 1);
    std::mt19937_64 random(seed);
    constexpr u64 kPointsPerRun = 250;
    for (u64 done = 0; done < points; done += kPointsPerRun) {
        History history;
        run_workload(history, seed * 1000 + done / kPointsPerRun, 120);
        for (u64 i = 0; i < kPointsPerRun && i + done < points; ++i) {
            size_t start = history.synced.front().step;
            judge(history, start + random() % (history.store.steps.size() + 1 - start), random);
            if (testing::Test::HasFatalFailure()) FAIL() << "run " << done;
        }
    }
}

}  // namespace
}  // namespace occlum::storage::test
