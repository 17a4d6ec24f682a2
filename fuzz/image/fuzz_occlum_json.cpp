// Occlum.json: any text is read, or refused with a message that names the file.
#include <cstddef>
#include <string_view>

#include "fuzz/image/tree_rules.h"
#include "image/instance/measured.h"
#include "image/instance/occlum_json.h"

extern "C" int LLVMFuzzerTestOneInput(const char* data, size_t size) {
    using namespace occlum::image;
    const auto config = parse_occlum_json(std::string_view(data, size), "Occlum.json");
    if (config)
        (void)measured_config(*config, {});
    else
        demand(config.error().starts_with("Occlum.json:"));
    return 0;
}
