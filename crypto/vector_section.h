// While one of these lives, code may use vector registers: it saves the guest's and brings them back.
// On the host it does nothing: there the registers are the compiler's.
#pragma once

#include <array>

#include "base/types.h"

namespace occlum::crypto {

class VectorSection {
public:
    VectorSection();
    ~VectorSection();
    VectorSection(const VectorSection&) = delete;
    VectorSection& operator=(const VectorSection&) = delete;

private:
    // Legacy area, header, AVX (SDM vol. 1, 13.4).
    [[maybe_unused]] alignas(64) std::array<u8, 512 + 64 + 256> saved_;
};

}  // namespace occlum::crypto
