// Layers of container images: any bytes as an archive, laid over a small tree. The tree keeps its rules.
#include <cstddef>

#include "fuzz/image/tree_rules.h"
#include "image/sources/layer.h"

extern "C" int LLVMFuzzerTestOneInput(const occlum::u8* data, size_t size) {
    using namespace occlum::image;
    Spool archive, contents;
    if (!archive.open() || !contents.open() || !archive.append({data, size})) return 0;
    Tree tree;
    tree.make_directories("etc/deep/deeper");
    tree.make_directories("usr/bin");
    auto link = new_directory(0777);
    link->mode = 0120777;
    link->target = "../usr";
    tree.find("etc")->children["link"] = link;
    auto reader = ArchiveReader::open_piece(archive, {.offset = 0, .size = size});
    if (reader) (void)apply_layer(**reader, contents, tree);
    check_tree(*tree.root);
    return 0;
}
