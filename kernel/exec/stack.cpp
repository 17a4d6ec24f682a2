#include "kernel/exec/stack.h"

#include <string_view>

namespace occlum::kernel {

namespace {

/// Linux's MAX_ARG_STRLEN, with the NUL.
constexpr size_t kMaxString = 128 << 10;

void put_word(std::vector<u8>& to, u64 value) {
    for (int shift = 0; shift < 64; shift += 8) to.push_back(static_cast<u8>(value >> shift));
}

void put_string(std::vector<u8>& to, std::string_view text) {
    to.insert(to.end(), text.begin(), text.end());
    to.push_back(0);
}

/// E2BIG rules; the answer is the size of the strings.
Result<u64> checked_size(const StackRequest& request, u64 limit) {
    u64 strings = request.path.size() + 1, pointers = 0;
    for (const auto& list : {request.arguments, request.environment}) {
        for (const std::string& text : list) {
            if (text.size() >= kMaxString) return err(Errno::E2big);
            strings += text.size() + 1;
            pointers += sizeof(u64);
            if (strings + pointers > limit) return err(Errno::E2big);
        }
    }
    return strings;
}

void put_pointers(std::vector<u8>& words, std::span<const std::string> list, u64& address) {
    for (const std::string& text : list) {
        put_word(words, address);
        address += text.size() + 1;
    }
    put_word(words, 0);
}

}  // namespace

Result<StackImage> stack_image(const StackRequest& request, u64 limit) {
    constexpr std::string_view kPlatform = "x86_64";
    const u64 size = TRY(checked_size(request, limit));
    // From the top: a null word, the path, the environment, the arguments, (gap), random bytes, platform.
    const u64 strings = request.top - sizeof(u64) - size;
    const u64 small = (strings - request.gap - kPlatform.size() - 1 - request.random.size()) & ~u64{15};
    const u64 platform = small + request.random.size();

    std::vector<u8> words;
    u64 address = strings;
    put_word(words, request.arguments.size());
    put_pointers(words, request.arguments, address);
    put_pointers(words, request.environment, address);
    StackImage image;
    for (const AuxEntry& entry : request.auxiliary) {
        put_word(image.auxiliary, entry.type);
        put_word(image.auxiliary, entry.value);
    }
    for (const AuxEntry& entry : {AuxEntry{kAuxRandom, small}, AuxEntry{kAuxExecFn, address},
                                  AuxEntry{kAuxPlatform, platform}, AuxEntry{kAuxNull, 0}}) {
        put_word(image.auxiliary, entry.type);
        put_word(image.auxiliary, entry.value);
    }
    words.insert(words.end(), image.auxiliary.begin(), image.auxiliary.end());

    image.pointer = (small - words.size()) & ~u64{15};
    image.bytes = std::move(words);
    image.bytes.resize(small - image.pointer);
    image.bytes.insert(image.bytes.end(), request.random.begin(), request.random.end());
    put_string(image.bytes, kPlatform);
    image.bytes.resize(strings - image.pointer);
    for (const auto& list : {request.arguments, request.environment})
        for (const std::string& text : list) put_string(image.bytes, text);
    put_string(image.bytes, request.path);
    image.bytes.resize(request.top - image.pointer);
    return image;
}

}  // namespace occlum::kernel
