// Bills of materials: any text is a tree whose nodes have lines, or refused with a line.
#include <cstddef>
#include <string_view>

#include "fuzz/image/tree_rules.h"
#include "image/sources/yaml_tree.h"

namespace {

void check_lines(const occlum::image::JsonNode& node, occlum::u32 most) {
    occlum::image::demand(node.line <= most);
    for (const auto& item : node.items) check_lines(item, most);
    for (const auto& member : node.members) check_lines(member.value, most);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, size_t size) {
    const std::string_view text(data, size);
    // YAML knows five kinds of line breaks, and three encodings of each.
    const auto lines = static_cast<occlum::u32>(size) + 2;
    const auto tree = occlum::image::parse_yaml(text);
    if (tree)
        check_lines(*tree, lines);
    else
        occlum::image::demand(tree.error().line <= lines && !tree.error().what.empty());
    return 0;
}
