#include "enclave/enclave_only/unsafe/call_area.h"
#include "enclave/enclave_only/unsafe/thread.h"
#include "enclave/host.h"
#include "enclave/text.h"

namespace occlum::enclave {

namespace {

/// The callers' return addresses, for whoever has the image at hand.
template <size_t N>
void add_callers(Text<N>& text) {
    auto* frame = static_cast<const u64*>(__builtin_frame_address(0));
    const u64 start = reinterpret_cast<u64>(frame);
    for (int depth = 0; depth < 24; ++depth) {
        const u64 at = reinterpret_cast<u64>(frame);
        // SAFETY: the frame pointers of code that runs now, in one stack; a zero ends them.
        if (at % 8 != 0 || at < start || at - start > 0x10000 || frame[1] == 0) return;
        text << "\n  called from libos.elf+";
        text.hex(frame[1] - image_base());
        if (frame[0] <= at) return;
        frame = reinterpret_cast<const u64*>(frame[0]);
    }
}

}  // namespace

void panic(std::string_view what) {
    Text<4096> text;
    text << what;
    if (this_thread().depth == 0) add_callers(text);
    for (;;) {
        CallArea area;
        area.put(0, text.view());
        area.call(abi::HostCall::Abort, {text.view().size()});
    }
}

}  // namespace occlum::enclave
