#include "cli/profile.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <vector>

#include "abi/profile_report.h"
#include "cli/verbs.h"
#include "image/symbols.h"

namespace occlum::cli {

namespace {

constexpr size_t kMostFunctions = 16;

struct Row {
    image::Function function;
    u64 samples = 0;
};

/// `places`: lines of an address and how often it was seen, ascending.
std::vector<Row> rows_of(const std::string& places, std::span<const u8> libos) {
    std::vector<Row> rows;
    std::istringstream lines(places);
    u64 address = 0, samples = 0;
    while (lines >> std::hex >> address >> std::dec >> samples) {
        if (rows.empty() || address - rows.back().function.start >= rows.back().function.size) {
            auto function = image::function_at(libos, address);
            rows.push_back({std::move(function).value_or({"(unknown)", address, 1}), 0});
        }
        rows.back().samples += samples;
    }
    std::ranges::stable_sort(rows, std::greater(), &Row::samples);
    if (rows.size() > kMostFunctions) rows.resize(kMostFunctions);
    return rows;
}

}  // namespace

int open_profile(const std::string& path) {
    if (path.empty()) return -1;
    if (path == "-") return STDERR_FILENO;
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) fail("run", "--profile=" + path + ": " + std::strerror(errno));
    return fd;
}

std::string profile_text(const std::string& report, std::span<const u8> libos) {
    const size_t mark = report.find(abi::kLibosPlaces);
    if (mark == std::string::npos) return report;
    std::string text = report.substr(0, mark) + "\n   samples  function of the LibOS\n";
    const std::string places = report.substr(mark + abi::kLibosPlaces.size());
    for (const Row& row : rows_of(places, libos)) {
        char number[24];
        std::snprintf(number, sizeof number, "%10llu  ", static_cast<unsigned long long>(row.samples));
        text += number + row.function.name + '\n';
    }
    return text;
}

void write_profile(int fd, const std::string& report, std::span<const u8> libos) {
    const std::string text = profile_text(report, libos);
    for (size_t done = 0; done < text.size();) {
        const ssize_t wrote = ::write(fd, text.data() + done, text.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) {
            std::fprintf(stderr, "occlum: --profile: %s\n", std::strerror(errno));
            return;
        }
        done += static_cast<size_t>(wrote);
    }
}

}  // namespace occlum::cli
