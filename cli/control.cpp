#include "cli/control.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "cli/instance.h"
#include "cli/verbs.h"

namespace occlum::cli {

host::OwnedFd connect_instance(const std::string& verb, const std::string& directory) {
    host::OwnedFd socket = host::connect_to(directory + "/" + kRunFolder, kSocket);
    if (!socket.good()) fail(verb, "this instance does not run (start it with `occlum start`)");
    return socket;
}

std::string last_lines(const std::string& path) {
    constexpr size_t kMost = 1000;
    std::ifstream file(path, std::ios::binary);
    std::ostringstream all;
    all << file.rdbuf();
    std::string text = all.str();
    if (text.size() > kMost) text.erase(0, text.size() - kMost);
    while (text.ends_with('\n')) text.pop_back();
    return text.empty() ? "(empty)" : text;
}

}  // namespace occlum::cli
