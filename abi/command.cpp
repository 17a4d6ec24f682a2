#include "abi/command.h"

namespace occlum::abi {

namespace {

constexpr size_t kWord = 8, kHeader = 3 * kWord;
/// Longer than a day is as good as for ever.
constexpr u64 kLongestGrace = u64{24} * 3600 * 1000;
constexpr u64 kMostSignal = 64;

u64 word(std::span<const u8> bytes, size_t index) {
    u64 value = 0;
    for (size_t i = kWord; i-- > 0;) value = (value << 8) | bytes[index * kWord + i];
    return value;
}

void put(std::vector<u8>& out, u64 value) {
    for (size_t i = 0; i < kWord; ++i) out.push_back(static_cast<u8>(value >> (8 * i)));
}

Result<void> check(const Command& command, bool has_blob) {
    const bool runs = command.kind == CommandKind::Run;
    if (has_blob != runs) return err(Errno::Einval);
    switch (command.kind) {
        case CommandKind::Run:
            if (command.value != 0 || command.run.arguments.empty() || !command.run.mounts.empty())
                return err(Errno::Einval);
            return {};
        case CommandKind::Signal:
            return command.value >= 1 && command.value <= kMostSignal ? Result<void>() : err(Errno::Einval);
        case CommandKind::Window:
        case CommandKind::HangUp:
            return command.value == 0 ? Result<void>() : err(Errno::Einval);
        case CommandKind::Stop:
            return command.value <= kLongestGrace ? Result<void>() : err(Errno::Einval);
    }
    return err(Errno::Einval);
}

}  // namespace

Result<Command> decode_command(std::span<const u8> bytes) {
    if (bytes.size() < kHeader) return err(Errno::Einval);
    Command command;
    command.kind = static_cast<CommandKind>(word(bytes, 0));
    const u64 session = word(bytes, 1);
    const bool for_all = command.kind == CommandKind::Stop;
    if (session >= kMaxSessions || (session == 0) != for_all) return err(Errno::Einval);
    command.session = static_cast<u32>(session);
    command.value = word(bytes, 2);
    const auto blob = bytes.subspan(kHeader);
    if (!blob.empty()) command.run = TRY(decode_boot_config(blob));
    TRY(check(command, !blob.empty()));
    return command;
}

std::vector<u8> encode_command(const Command& command) {
    std::vector<u8> out;
    put(out, static_cast<u64>(command.kind));
    put(out, command.session);
    put(out, command.value);
    if (command.kind != CommandKind::Run) return out;
    const std::vector<u8> blob = encode_boot_config(command.run);
    out.insert(out.end(), blob.begin(), blob.end());
    return out;
}

}  // namespace occlum::abi
