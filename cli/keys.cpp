#include "cli/keys.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/verbs.h"

namespace occlum::cli {

std::array<u8, 32> read_key(const std::string& verb, const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "re");
    if (file == nullptr) fail(verb, path + ": " + std::strerror(errno));
    std::array<u8, 32> key{};
    for (u8& byte : key) {
        unsigned value = 0;
        if (std::fscanf(file, "%2x", &value) != 1) fail(verb, path + ": want 64 hexadecimal digits");
        byte = static_cast<u8>(value);
    }
    std::fclose(file);
    return key;
}

}  // namespace occlum::cli
