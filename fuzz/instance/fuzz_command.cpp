// Commands of the host to a running instance: what is accepted keeps the rules on which the LibOS relies, and
// is what encoding it again gives.
#include <cstddef>

#include "abi/command.h"

namespace {

void demand(bool rule) {
    if (!rule) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const occlum::u8* data, size_t size) {
    using namespace occlum::abi;
    const auto command = decode_command(std::span(data, size));
    if (!command) return 0;
    demand(command->session < kMaxSessions);
    demand((command->kind == CommandKind::Stop) == (command->session == 0));
    if (command->kind == CommandKind::Run)
        demand(!command->run.arguments.empty() && command->run.mounts.empty());
    const auto again = encode_command(*command);
    const auto back = decode_command(again);
    demand(back && encode_command(*back) == again);
    return 0;
}
