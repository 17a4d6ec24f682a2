// The keeper of the blocks changes them: every file is either as it should be, or refused.
// STORAGE_ATTACKS=10000 is the long form.
#include <gtest/gtest.h>

#include <sstream>

#include "tests/unit/storage/workload.h"

namespace occlum::storage::test {
namespace {

using Blocks = std::map<u64, Block>;

struct History {
    RecordingStore store;
    MemoryVersion version;
    std::vector<Blocks> snapshots;  // after some commits
    std::map<u64, std::vector<Block>> older;
    std::unique_ptr<FileSystem> fs;
};

void make_history(History& history, u64 seed) {
    history.fs = *FileSystem::format(test_config(history.store, &history.version), 2048, {.mode = 0755});
    Workload workload(*history.fs, seed);
    for (int i = 0; i < 120; ++i) {
        workload.step();
        if (i % 20 != 19) continue;
        ASSERT_TRUE(history.fs->sync());
        history.snapshots.push_back(history.store.blocks);
    }
    for (const auto& step : history.store.steps)
        if (!step.flush) history.older[step.block].push_back(step.bytes);
}

class Attacker {
public:
    Attacker(const History& history, std::mt19937_64& random) : history_(history), random_(random) {}
    void attack(Blocks& blocks) {
        switch (random_() % 7) {
            case 0:
                for (u64 i = random_() % 3 + 1; i > 0; --i) flip(some(blocks)->second);
                break;
            case 1:
                blocks.erase(some(blocks)->first);
                break;
            case 2:
                blocks.erase(some(blocks), blocks.end());
                break;
            case 3:
                std::swap(some(blocks)->second, some(blocks)->second);
                break;
            case 4:
                for (u64 i = random_() % 5 + 1; i > 0; --i) replay_one(blocks);
                break;
            case 5:
                replay_some(blocks);
                break;
            default:
                blocks = history_.snapshots[random_() % (history_.snapshots.size() - 1)];
        }
    }

private:
    Blocks::iterator some(Blocks& blocks) {
        return std::next(blocks.begin(), static_cast<i64>(random_() % blocks.size()));
    }
    void flip(Block& block) { block[random_() % kBlockSize] ^= static_cast<u8>(1 << random_() % 8); }
    void replay_one(Blocks& blocks) {
        auto victim = some(blocks);
        const auto& older = history_.older.at(victim->first);
        victim->second = older[random_() % older.size()];
    }
    void replay_some(Blocks& blocks) {
        const Blocks& old = history_.snapshots[random_() % history_.snapshots.size()];
        for (auto& [number, block] : blocks)
            if (auto found = old.find(number); found != old.end() && random_() % 2 == 0)
                block = found->second;
    }

    const History& history_;
    std::mt19937_64& random_;
};

/// No line but those of the true state, or that tell of an error; all of them when there is no error. Whether
/// there was one.
bool expect_true_or_refused(const std::string& now, const std::string& truth) {
    std::set<std::string> lines;
    std::istringstream expected(truth), found(now);
    for (std::string line; std::getline(expected, line);) lines.insert(line);
    bool refused = false;
    for (std::string line; std::getline(found, line);) {
        if (line.find("error") != std::string::npos)
            refused = true;
        else
            EXPECT_TRUE(lines.contains(line)) << "wrong data: " << line;
    }
    if (!refused) EXPECT_EQ(now, truth);
    return refused;
}

TEST(Hostile, BetweenRuns) {
    u64 attacks = repetitions("ATTACKS", 600), refused = 0, seen = 0;
    std::mt19937_64 random(repetitions("SEED", 1));
    for (u64 done = 0; done < attacks; done += 100) {
        History history;
        make_history(history, random());
        std::string truth = describe(*history.fs);
        for (int i = 0; i < 100; ++i) {
            MemoryStore store;
            store.blocks = history.store.blocks;
            Attacker(history, random).attack(store.blocks);
            MemoryVersion version = history.version;
            auto mounted = FileSystem::mount(test_config(store, &version));
            if (!mounted) {
                ++refused;
                continue;
            }
            seen += expect_true_or_refused(describe(**mounted), truth);
            auto findings = (*mounted)->check();
            if (findings && findings->empty()) EXPECT_EQ(describe(**mounted), truth);
        }
    }
    std::printf(
        "%llu attacks between runs: %llu mounts refused, %llu seen as errors, the others hit nothing in "
        "use\n",
        static_cast<unsigned long long>(attacks), static_cast<unsigned long long>(refused),
        static_cast<unsigned long long>(seen));
    EXPECT_GT(refused + seen, attacks / 3);
}

TEST(Hostile, WhileRunning) {
    u64 attacks = repetitions("ATTACKS", 600), seen = 0;
    std::mt19937_64 random(repetitions("SEED", 1) + 1);
    for (u64 done = 0; done < attacks; done += 10) {
        History history;
        make_history(history, random());
        std::string truth = describe(*history.fs);
        for (int i = 0; i < 10; ++i) {
            MemoryStore store;
            store.blocks = history.store.blocks;
            MemoryVersion version = history.version;
            Config config = test_config(store, &version);
            config.volume.cache_blocks = random() % 40 + 1;
            auto fs = *FileSystem::mount(config);
            if (random() % 2 == 0) describe(*fs);
            Attacker(history, random).attack(store.blocks);
            bool error = expect_true_or_refused(describe(*fs), truth);
            seen += error;
            // Going on must not end the enclave, nor make damage look sound.
            Workload workload(*fs, random());
            for (int step = 0; step < 10; ++step) workload.step();
            static_cast<void>(fs->sync());
            static_cast<void>(fs->check());
        }
    }
    std::printf("%llu attacks while running: %llu seen as errors\n", static_cast<unsigned long long>(attacks),
                static_cast<unsigned long long>(seen));
    EXPECT_GT(seen, attacks / 10);
}

TEST(Hostile, NoKeySealsTwice) {
    // A crash, an old image put back, and a new run: no two blocks anywhere share their beginnings, which
    // equal key, nonce and text would give.
    std::set<std::array<u8, 32>> seen;
    MemoryStore first;
    {
        auto fs = *FileSystem::format(test_config(first), 2048, {.mode = 0755});
        ASSERT_TRUE(fs->sync());
    }
    for (int run = 0; run < 5; ++run) {
        RecordingStore store;
        store.blocks = first.blocks;
        auto fs = *FileSystem::mount(test_config(store));
        u64 file = *fs->create(FileSystem::kRoot, "a", {.mode = kTypeRegular});
        std::vector<u8> same(1 << 20);
        ASSERT_TRUE(fs->write(file, 0, same));
        ASSERT_TRUE(fs->sync());
        for (const auto& step : store.steps) {
            if (step.flush || step.block < Superblock::kSlots) continue;
            std::array<u8, 32> start{};
            copy_bytes(std::span(step.bytes).first(32), start);
            EXPECT_TRUE(seen.insert(start).second);
        }
    }
}

TEST(Hostile, TheStoreFails) {
    class Failing final : public MemoryStore {
    public:
        Result<void> read(u64 first, std::span<u8> out) override {
            if (left-- == 0) return err(Errno::Eio);
            return MemoryStore::read(first, out);
        }
        Result<void> write(u64 first, std::span<const u8> bytes) override {
            if (left-- == 0) return err(Errno::Enospc);
            return MemoryStore::write(first, bytes);
        }
        Result<void> flush() override {
            if (left-- == 0) return err(Errno::Eio);
            return {};
        }
        i64 left = -1;
    };
    // One failure at every call in turn.
    for (i64 point = 0; point < 400; ++point) {
        Failing store;
        MemoryVersion version;
        Config config = test_config(store, &version);
        config.volume.cache_blocks = 8;
        std::string truth;
        {
            auto fs = *FileSystem::format(config, 2048, {.mode = 0755});
            Workload workload(*fs, 3);
            for (int i = 0; i < 30; ++i) workload.step();
            ASSERT_TRUE(fs->sync());
            truth = describe(*fs);
            store.left = point;
            for (int i = 0; i < 60 && store.left >= 0; ++i) workload.step();
        }
        store.left = -1;
        auto mounted = FileSystem::mount(config);
        ASSERT_TRUE(mounted) << point;
        auto findings = (*mounted)->check();
        ASSERT_TRUE(findings && findings->empty()) << point;
    }
}

}  // namespace
}  // namespace occlum::storage::test
