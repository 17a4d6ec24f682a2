#include "storage/image/lz4.h"

#include <algorithm>
#include <array>

namespace occlum::storage::image {

namespace {

constexpr size_t kNibble = 15, kLeastMatch = 4;

class Decoder {
public:
    Decoder(std::span<const u8> in, std::span<u8> out) : in_(in), out_(out) {}

    Result<void> run() {
        for (;;) {
            const u8 token = TRY(next());
            TRY(literals(TRY(length(token >> 4))));
            // The last sequence has no match.
            if (read_ == in_.size()) break;
            const size_t low = TRY(next());
            const size_t distance = low | size_t{TRY(next())} << 8;
            TRY(match(distance, TRY(length(token & kNibble)) + kLeastMatch));
        }
        if (wrote_ != out_.size()) return err(Errno::Eio);
        return {};
    }

private:
    Result<u8> next() {
        if (read_ == in_.size()) return err(Errno::Eio);
        return in_[read_++];
    }

    // Lengths are bounded by what the input could say: no sum of them wraps.
    Result<size_t> length(size_t nibble) {
        size_t all = nibble;
        if (nibble != kNibble) return all;
        for (;;) {
            const u8 more = TRY(next());
            all += more;
            if (more != 255) return all;
        }
    }

    Result<void> literals(size_t count) {
        if (count > in_.size() - read_ || count > out_.size() - wrote_) return err(Errno::Eio);
        if (count <= kFew && in_.size() - read_ >= kFew && out_.size() - wrote_ >= kFew)
            copy_fixed<kFew>(in_.subspan(read_), out_.subspan(wrote_));
        else
            copy(in_.subspan(read_, count), out_.subspan(wrote_, count));
        read_ += count;
        wrote_ += count;
        return {};
    }

    Result<void> match(size_t distance, size_t count) {
        if (distance == 0 || distance > wrote_ || count > out_.size() - wrote_) return err(Errno::Eio);
        if (count <= kFew && distance >= kFew && out_.size() - wrote_ >= kFew) {
            copy_fixed<kFew>(out_.subspan(wrote_ - distance), out_.subspan(wrote_));
            wrote_ += count;
            return {};
        }
        // Longer than it is far: it repeats what it makes.
        while (count != 0) {
            const size_t piece = std::min(count, distance);
            copy(out_.subspan(wrote_ - distance, piece), out_.subspan(wrote_, piece));
            wrote_ += piece;
            count -= piece;
            if (distance < kShort) distance *= 2;
        }
        return {};
    }

    // Most copies are of a few bytes: so many are copied at once, and what is too much is overwritten.
    template <size_t count>
    static void copy_fixed(std::span<const u8> from, std::span<u8> to) {
        std::array<u8, count> bytes;
        std::ranges::copy(from.template first<count>(), bytes.begin());
        std::ranges::copy(bytes, to.template first<count>().begin());
    }

    // A call would cost more than short copies do.
    static void copy(std::span<const u8> from, std::span<u8> to) {
        if (from.size() >= kShort) {
            std::ranges::copy(from, to.begin());
            return;
        }
        for (size_t i = 0; i < from.size(); ++i) to[i] = from[i];
    }

    static constexpr size_t kFew = 16, kShort = 32;
    std::span<const u8> in_;
    std::span<u8> out_;
    size_t read_ = 0, wrote_ = 0;
};

}  // namespace

Result<void> decompress_lz4(std::span<const u8> in, std::span<u8> out) { return Decoder(in, out).run(); }

}  // namespace occlum::storage::image
