#include "host/measurement.h"

#include <algorithm>

namespace occlum::host {

void measure_piece(Sha256& measurement, const EnclavePiece& piece) {
    for (u64 page = 0; page < piece.size; page += kPageSize) {
        measurement.update(sgx::eadd_record(piece.offset + page, piece.secinfo_flags));
        if (!piece.measured) continue;
        std::array<u8, kPageSize> contents{};
        if (page < piece.bytes.size()) {
            const auto part = piece.bytes.subspan(page, std::min(piece.bytes.size() - page, kPageSize));
            std::copy(part.begin(), part.end(), contents.begin());
        }
        for (u64 chunk = 0; chunk < kPageSize; chunk += sgx::kExtendChunk) {
            measurement.update(sgx::eextend_record(piece.offset + page + chunk));
            measurement.update(std::span(contents).subspan(chunk, sgx::kExtendChunk));
        }
    }
}

}  // namespace occlum::host
