#include "cli/image_progress.h"

#include <cstdio>
#include <utility>

namespace occlum::cli {

bool show_image_progress(const image::ImageProgress& progress) {
    static u64 shown = ~u64{0};
    const u64 percent = progress.total == 0 ? 100 : progress.done * 100 / progress.total;
    if (percent != std::exchange(shown, percent))
        std::fprintf(stderr, "\r%s: %3llu %%\033[K", progress.translating ? "translating" : "packing",
                     static_cast<unsigned long long>(percent));
    return true;
}

}  // namespace occlum::cli
