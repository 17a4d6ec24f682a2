// The shared objects that a program needs, found as the dynamic linker would find them.
#pragma once

#include <expected>
#include <set>
#include <string>
#include <vector>

namespace occlum::image {

/// Paths on the host (of the interpreter and of all libraries, also those that libraries need), in the order
/// they are found. Nothing for a file that is not a dynamic x86-64 ELF. Fails when one is not found.
std::expected<std::vector<std::string>, std::string> dependencies_of(const std::string& program);

}  // namespace occlum::image
