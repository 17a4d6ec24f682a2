// Random operations on both sides.
#pragma once

#include "tests/unit/kernel_fs/oracle.h"

namespace occlum::kernel::test {

class RandomOperations {
public:
    RandomOperations(u32 seed, HostSide& host, OurSide& ours) : random_(seed), host_(host), ours_(ours) {}

    /// One operation; false when the sides differ (the failure tells which).
    bool step();
    /// Compares the whole trees.
    void compare_all() { compare_directory("."); }

private:
    u32 pick(u32 below) { return static_cast<u32>(random_() % below); }
    std::string name() {
        static const char* const kNames[] = {"a", "b", "c", "d", "e"};
        return kNames[pick(5)];
    }
    std::string path() {
        std::string result = name();
        for (u32 more = pick(4); more > 1; --more) {
            static const char* const kOdd[] = {"..", ".", "", "a", "b", "c"};
            result += "/" + (pick(4) == 0 ? std::string(kOdd[pick(6)]) : name());
        }
        if (pick(24) == 0) result += "/";
        if (pick(60) == 0) result = "";
        if (pick(60) == 0) result = "/" + std::string(pick(2), '.');
        if (pick(60) == 0) result += "/..";
        if (pick(60) == 0) result += "/.";
        if (pick(100) == 0) result = std::string(250 + pick(10), 'x');
        return result == "/" || result.starts_with("/") ? "a" : result;
    }
    bool same(const std::string& what, const std::string& host, const std::string& ours) {
        EXPECT_EQ(host, ours) << what;
        return host == ours;
    }
    bool open_and_use();
    bool rename();
    bool attributes();
    bool links();
    void compare_directory(const std::string& at);
    std::string describe_host(const std::string& path);
    std::string describe_ours(const std::string& path);

    std::mt19937 random_;
    HostSide& host_;
    OurSide& ours_;
};

}  // namespace occlum::kernel::test
