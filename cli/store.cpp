#include "cli/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "cli/keys.h"
#include "cli/verbs.h"

namespace occlum::cli {

namespace {

storage::Time now() {
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    return {time.tv_sec, static_cast<u32>(time.tv_nsec)};
}

}  // namespace

OpenStore open_store(const std::string& verb, const std::string& path, const std::string& key) {
    const int lock = open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (lock < 0) fail(verb, path + ": " + std::strerror(errno));
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) fail(verb, path + ": in use by an enclave or another mount");
    auto blocks = storage::FileStore::open(path, false);
    if (!blocks) fail(verb, path + ": " + std::strerror(static_cast<int>(blocks.error())));
    OpenStore store{.blocks = std::move(*blocks), .version = nullptr, .files = err(Errno::Einval)};
    const std::string counter = path + ".version";
    if (access(counter.c_str(), F_OK) == 0) store.version = std::make_unique<storage::FileVersion>(counter);
    storage::Config config;
    config.volume.store = store.blocks.get();
    config.volume.key = read_key(verb, key);
    config.volume.trusted = store.version.get();
    config.volume.random = storage::host_random;
    config.clock = now;
    store.files = storage::FileSystem::mount(config);
    if (!store.files && store.files.error() == Errno::Einval)
        fail(verb, path + ": no store, or it has another key (or is sealed to its enclave)");
    if (!store.files && store.files.error() == Errno::Estale)
        fail(verb, path + ": older than its counter knows");
    return store;
}

}  // namespace occlum::cli
