// Random operations on names and contents of a small tree.
#pragma once

#include "tests/unit/storage/stores.h"

namespace occlum::storage::test {

/// How often a campaign repeats: the environment's STORAGE_<name>, or `otherwise`.
u64 repetitions(const char* name, u64 otherwise);

class Workload {
public:
    Workload(FileSystem& fs, u64 seed) : fs_(fs), random_(seed) {}
    /// One operation; whether it was a sync.
    bool step();
    /// Within a sync, where others may come in.
    bool is_syncing() const { return syncing_; }

private:
    u64 below(u64 bound) { return random_() % bound; }
    u64 some_directory();
    std::string some_name() { return "n" + std::to_string(below(6)); }
    bool is_folder(u64 in, const std::string& name);
    void change_names();
    void change_contents();

    FileSystem& fs_;
    std::mt19937_64 random_;
    bool syncing_ = false;
};

}  // namespace occlum::storage::test
