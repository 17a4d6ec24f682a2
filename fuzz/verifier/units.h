// Units from bytes, for the fuzzer and for the random runner.
#pragma once

#include <random>
#include <span>
#include <string>
#include <vector>

#include "base/types.h"

namespace occlum::sfi::verifier::judge {

struct Outcome {
    bool accepted = false;
    std::string objection;  ///< empty: none
};

/// The first two bytes choose the setting (entries, place), the rest is the unit.
Outcome check_input(std::span<const u8> input);

/// A random input: snippets of the corpora, spliced and mutated.
std::vector<u8> random_input(std::mt19937_64& random);

std::string hex(std::span<const u8> bytes);

}  // namespace occlum::sfi::verifier::judge
