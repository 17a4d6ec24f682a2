// The fuzzer's property on a fixed number of random units: `verifier_random_units [COUNT [SEED]]`.
#include <cstdio>
#include <cstdlib>

#include "fuzz/verifier/units.h"

using namespace occlum::sfi::verifier::judge;

int main(int argc, char** argv) {
    const unsigned long count = argc > 1 ? std::strtoul(argv[1], nullptr, 0) : 200'000;
    const unsigned long seed = argc > 2 ? std::strtoul(argv[2], nullptr, 0) : 1;
    std::mt19937_64 random(seed);
    unsigned long accepted = 0, failed = 0;
    for (unsigned long i = 0; i < count; ++i) {
        const auto input = random_input(random);
        const auto outcome = check_input(input);
        if (outcome.accepted) ++accepted;
        if (!outcome.objection.empty() && ++failed <= 20) {
            std::printf("%s: %s\n", outcome.objection.c_str(), hex(std::span(input).subspan(2)).c_str());
        }
    }
    std::printf("seed %lu: %lu of %lu units accepted; %lu right, %lu wrong\n", seed, accepted, count,
                count - failed, failed);
    return failed != 0;
}
