// Block stores that remember, lose, and lie.
#pragma once

#include <functional>
#include <map>
#include <random>

#include "storage/file_system.h"

namespace occlum::storage::test {

class MemoryStore : public BlockStore {
public:
    Result<void> read(u64 first, std::span<u8> out) override;
    Result<void> write(u64 first, std::span<const u8> bytes) override;
    Result<void> flush() override { return {}; }
    std::map<u64, Block> blocks;
};

/// Keeps each write and flush, so that the store of any crash can be made.
class RecordingStore final : public MemoryStore {
public:
    struct Step {
        bool flush = false;
        u64 block = 0;
        Block bytes{};
        u64 mark = 0;  ///< what the test had done then
    };
    Result<void> write(u64 first, std::span<const u8> bytes) override;
    Result<void> flush() override;
    std::vector<Step> steps;
    u64 mark = 0;
    /// Called once in each flush that it does not cause itself, before or after the flush took effect.
    std::function<void()> during_flush;

private:
    bool others_are_in_ = false;
};

class MemoryVersion final : public TrustedVersion {
public:
    Result<std::optional<Version>> read() override { return version; }
    Result<void> advance(const Version& to) override {
        version = to;
        return {};
    }
    std::optional<Version> version;
};

/// Deterministic, and no value twice.
void test_random(std::span<u8> out);
Time test_clock();
Config test_config(BlockStore& store, TrustedVersion* trusted = nullptr);
/// The tree as text: names, types, attributes but times, contents. Errors show in it.
std::string describe(FileSystem& fs);

}  // namespace occlum::storage::test
