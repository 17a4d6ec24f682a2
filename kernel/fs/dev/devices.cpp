#include "kernel/fs/dev/devices.h"

#include "enclave/host.h"
#include "kernel/tty/console.h"

namespace occlum::kernel {
namespace {

constexpr u64 kNull = make_device(1, 3);
constexpr u64 kZero = make_device(1, 5);
constexpr u64 kFull = make_device(1, 7);
constexpr u64 kRandom = make_device(1, 8);
constexpr u64 kUrandom = make_device(1, 9);
constexpr u64 kTty = make_device(5, 0);
constexpr u64 kConsole = make_device(5, 1);

class Device : public OpenFile {
public:
    explicit Device(u32 flags) : OpenFile(flags) {}
    Result<size_t> read_at(u64, const UserBuffer& to) override { return read(to); }
    Result<size_t> write_at(u64, const UserBuffer& from) override { return write(from); }
    Result<size_t> write(const UserBuffer& from) override { return from.size(); }
    Result<u64> seek(i64, int) override { return u64{0}; }
    u32 poll(PollTable*) override { return kPollFileReady; }
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
};

constexpr std::array<DeviceNode, 7> kNodes{{{"null", kNull, 0666},
                                            {"zero", kZero, 0666},
                                            {"full", kFull, 0666},
                                            {"random", kRandom, 0666},
                                            {"urandom", kUrandom, 0666},
                                            {"tty", kTty, 0666},
                                            {"console", kConsole, 0600}}};

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
        case kConsole:
            return open_terminal(flags);
        default:
            return err(Errno::Enxio);
    }
}

}  // namespace occlum::kernel
