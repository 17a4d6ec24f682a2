// libFuzzer: whatever the verifier accepts, the judge must not object to.
#include <cstdio>
#include <cstdlib>

#include "fuzz/verifier/units.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const auto outcome = occlum::sfi::verifier::judge::check_input({data, size});
    if (!outcome.objection.empty()) {
        std::fprintf(stderr, "%s\n", outcome.objection.c_str());
        std::abort();
    }
    return 0;
}
