// A unit's bytes while they are made. Room for the next instruction is always there, so that appending is
// storing.
#pragma once

#include <span>
#include <vector>

#include "base/types.h"

namespace occlum::sfi::translator {

class CodeBuffer {
public:
    static constexpr size_t kRoom = 32;  ///< bytes; more than one instruction and the width of a store take

    /// Appends to `bytes`, which is empty and only right after finish(). `expected`: about how many there
    /// will be.
    CodeBuffer(std::vector<u8>& bytes, size_t expected) : bytes_(bytes) { bytes_.resize(expected + kRoom); }

    /// One instruction in the making.
    class Writer {
    public:
        explicit Writer(std::span<u8, kRoom> room) : room_(room) {}
        void put(u8 byte) { room_[size_++] = byte; }
        /// The `count` low bytes of `value`, 0 to 8.
        void little(u64 value, size_t count) {
            const auto to = room_.subspan(size_).first<8>();
            for (size_t n = 0; n < 8; ++n) to[n] = static_cast<u8>(value >> (8 * n));
            size_ += count;
        }
        size_t size() const { return size_; }

    private:
        std::span<u8, kRoom> room_;
        size_t size_ = 0;
    };

    Writer open() {
        if (bytes_.size() - size_ < kRoom) bytes_.resize(bytes_.size() * 2);
        return Writer(std::span(bytes_).subspan(size_).first<kRoom>());
    }
    void close(const Writer& writer) { size_ += writer.size(); }

    u32 size() const { return static_cast<u32>(size_); }
    void set(size_t at, u8 byte) { bytes_[at] = byte; }
    void set_word(size_t at, u32 word) {
        const auto to = std::span(bytes_).subspan(at).first<4>();
        for (size_t n = 0; n < 4; ++n) to[n] = static_cast<u8>(word >> (8 * n));
    }
    void finish() { bytes_.resize(size_); }

private:
    std::vector<u8>& bytes_;
    size_t size_ = 0;
};

}  // namespace occlum::sfi::translator
