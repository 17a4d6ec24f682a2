// Writes on behalf of a debugger.
#include "kernel/mm/address_space.h"

namespace occlum::kernel {

Result<void> AddressSpace::poke(GuestAddr to, std::span<const u8> bytes) {
    for (size_t done = 0; done < bytes.size();) {
        const u64 at = to.value + done;
        const Vma* vma = vmas_.find(at);
        if (!vma) return err(Errno::Efault);
        const u64 page = page_down(at);
        const auto piece = bytes.subspan(done, std::min<u64>(bytes.size() - done, page + kPageSize - at));
        const u8 protection = vma->protection;
        if (vma->writable()) {
            TRY(copy_out({at}, piece));
        } else {
            // What others see through the mapping stays as it is.
            if (vma->shared || (vma->max_protection & kProtWrite) == 0) return err(Errno::Eio);
            TRY(protect({page}, kPageSize, protection | kProtRead | kProtWrite));
            const auto written = copy_out({at}, piece);
            TRY(protect({page}, kPageSize, protection));
            TRY(written);
        }
        done += piece.size();
    }
    return {};
}

}  // namespace occlum::kernel
