// Whole archives of container images: any bytes as a file.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

#include "fuzz/image/tree_rules.h"
#include "image/sources/oci_archive.h"

extern "C" int LLVMFuzzerTestOneInput(const occlum::u8* data, size_t size) {
    using namespace occlum::image;
    const int file = memfd_create("archive", MFD_CLOEXEC);
    if (file < 0 || write(file, data, size) != static_cast<ssize_t>(size)) return 0;
    const auto tree = read_oci_archive("/proc/self/fd/" + std::to_string(file));
    if (tree) check_tree(*(*tree)->root);
    close(file);
    return 0;
}
