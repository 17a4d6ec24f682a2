// Where the contents of files come from that somebody else keeps: a host's file, an image's.
#pragma once

#include <optional>
#include <span>

#include "base/ref.h"
#include "base/result.h"

namespace occlum::kernel {

class PageSource;

/// Translations of a program or library, and where it goes for them to fit.
struct StoredCode {
    Ref<PageSource> archive;      ///< sfi/cache/archive.h
    u64 home = 0, home_size = 0;  ///< guest offset, bytes; 0: where others of its kind go
};

class PageSource : public RefCounted {
public:
    /// Fills `out` from `offset`; zeroes where the source ends early. EIO.
    virtual Result<void> fill(u64 offset, std::span<u8> out) = 0;
    /// The same, and others may go on meanwhile: see long_call.h.
    virtual Result<void> fetch(u64 offset, std::span<u8> out) { return fill(offset, out); }
    /// What was translated of it beforehand.
    virtual std::optional<StoredCode> stored_code() { return {}; }
};

}  // namespace occlum::kernel
