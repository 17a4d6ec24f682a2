#include "kernel/fs/dev/devices.h"

#include "enclave/host.h"
#include "kernel/task/current.h"
#include "kernel/task/process.h"
#include "kernel/tty/console.h"
#include "kernel/tty/host_terminal.h"
#include "kernel/tty/pty.h"

namespace occlum::kernel {
namespace {

constexpr u64 kNull = make_device(1, 3);
constexpr u64 kZero = make_device(1, 5);
constexpr u64 kFull = make_device(1, 7);
constexpr u64 kRandom = make_device(1, 8);
constexpr u64 kUrandom = make_device(1, 9);
constexpr u64 kTty = make_device(5, 0);
constexpr u64 kConsole = make_device(5, 1);
constexpr u64 kPtyMultiplexer = make_device(5, 2);

class Device : public OpenFile {
public:
    explicit Device(u32 flags) : OpenFile(flags) {}
    Result<size_t> read_at(u64, const UserBuffer& to) override { return read(to); }
    Result<size_t> write_at(u64, const UserBuffer& from) override { return write(from); }
    Result<size_t> write(const UserBuffer& from) override { return from.size(); }
    Result<u64> seek(i64, int) override { return u64{0}; }
    u32 poll(PollTable*) override { return kPollFileReady; }
    bool can_be_waited_for() override { return false; }
};

class NullDevice final : public Device {
public:
    using Device::Device;
    Result<size_t> read(const UserBuffer&) override { return size_t{0}; }
};

class ZeroDevice final : public Device {
public:
    ZeroDevice(u32 flags, bool full) : Device(flags), full_(full) {}
    Result<size_t> read(const UserBuffer& to) override {
        TRY(to.fill(0, 0, to.size()));
        return to.size();
    }
    Result<size_t> write(const UserBuffer& from) override {
        if (full_) return err(Errno::Enospc);
        return from.size();
    }

private:
    bool full_;
};

class RandomDevice final : public Device {
public:
    using Device::Device;
    bool can_be_waited_for() override { return true; }
    Result<size_t> read(const UserBuffer& to) override {
        std::array<u8, 256> chunk;
        // As Linux: a bound, so that one call cannot hold the kernel for long.
        size_t size = std::min<size_t>(to.size(), 1 << 20);
        for (size_t done = 0; done < size; done += chunk.size()) {
            std::span<u8> part = std::span(chunk).first(std::min(chunk.size(), size - done));
            enclave::random_bytes(part);
            TRY(to.copy_to(done, part));
        }
        return size;
    }
    // As Linux, once its pool is full: what is added is taken, and changes nothing.
    Result<u64> ioctl(u64 request, u64 argument) override {
        constexpr u64 kCount = 0x8004'5200, kAddCount = 0x4004'5201, kAdd = 0x4008'5203, kZap = 0x5204,
                      kClear = 0x5206, kReseed = 0x5207;
        constexpr u32 kFullPool = 256;  // bits
        switch (request) {
            case kCount:
                TRY(write_user(UserOut<u32>{{argument}}, kFullPool));
                return u64{0};
            case kAddCount:
            case kAdd:
            case kZap:
            case kClear:
            case kReseed:
                if (!current_credentials().is_superuser()) return err(Errno::Eperm);
                return u64{0};
            default:
                return err(Errno::Einval);
        }
    }
};

constexpr std::array<DeviceNode, 8> kNodes{{{"null", kNull, 0666},
                                            {"zero", kZero, 0666},
                                            {"full", kFull, 0666},
                                            {"random", kRandom, 0666},
                                            {"urandom", kUrandom, 0666},
                                            {"tty", kTty, 0666},
                                            {"console", kConsole, 0600},
                                            {"ptmx", kPtyMultiplexer, 0666}}};

// /dev/tty: the controlling terminal, which is the caller's own when no `-t` put one of ours in its place.
Result<Ref<OpenFile>> open_controlling(u32 flags) {
    const Process& self = current_process();
    if (RefPtr<Tty> tty = terminals().controlling(self)) return open_tty(Ref<Tty>(*tty), flags);
    if (self.session != 1 || host_terminal_attached()) return err(Errno::Enxio);
    return open_terminal(flags);
}

Result<Ref<OpenFile>> open_system_console(u32 flags) {
    if (RefPtr<Tty> tty = host_terminal_attached() ? terminals().find(0) : nullptr)
        return open_tty(Ref<Tty>(*tty), flags | kOpenNoTty);
    return open_terminal(flags);
}

}  // namespace

std::span<const DeviceNode> device_nodes() { return kNodes; }

Result<Ref<OpenFile>> open_device(u64 device, u32 flags) {
    switch (device) {
        case kNull:
            return Ref<OpenFile>(make_ref<NullDevice>(flags));
        case kZero:
            return Ref<OpenFile>(make_ref<ZeroDevice>(flags, false));
        case kFull:
            return Ref<OpenFile>(make_ref<ZeroDevice>(flags, true));
        case kRandom:
        case kUrandom:
            return Ref<OpenFile>(make_ref<RandomDevice>(flags));
        case kTty:
            return open_controlling(flags);
        case kConsole:
            return open_system_console(flags);
        case kPtyMultiplexer:
            return open_pty_master(flags);
        default:
            return err(Errno::Enxio);
    }
}

}  // namespace occlum::kernel
