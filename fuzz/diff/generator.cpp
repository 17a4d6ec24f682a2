#include "fuzz/diff/generator.h"

#include <bit>

#include "fuzz/diff/opcodes.h"
#include "fuzz/diff/random.h"

namespace occlum::fuzz {
namespace {

constexpr u32 kRcx = 1, kRsp = 4;
constexpr u32 kMaxGroups = 40;
constexpr size_t kMaxItems = 120;

u64 random_value(Random& random) {
    constexpr std::array<u64, 10> kEdges{
        0,          1, 2, ~u64{0}, 0x7fff'ffff, 0x8000'0000, 0xffff'ffff, u64{1} << 63, (u64{1} << 63) - 1,
        0xffff'8000};
    switch (random.below(5)) {
        case 0:
            return random.pick(kEdges);
        case 1:
            return random.below(256);
        case 2:
            return pick_address(random, 64);
        default:
            return random.next() >> (random.percent(50) ? 0 : random.below(60));
    }
}

/// A float, double or extended value that is not always a NaN.
u64 random_double(Random& random) {
    if (random.percent(30)) return random.next();
    return std::bit_cast<u64>(static_cast<double>(static_cast<i64>(random.next()) >> random.below(60)));
}

u64 random_floats(Random& random) {
    const auto one = [&] {
        return std::bit_cast<u32>(static_cast<float>(static_cast<i32>(random.next()) >> random.below(28)));
    };
    return u64{one()} << 32 | one();
}

void put64(Vectors& vectors, size_t at, u64 value) {
    for (const u8 byte : std::bit_cast<std::array<u8, 8>>(value)) vectors.bytes[at++] = byte;
}

void random_vectors(Random& random, Vectors& vectors) {
    constexpr size_t kMxcsr = 24, kX87 = 32, kXmm = 160, kHeader = 512, kYmm = 576;
    constexpr std::array<u32, 6> kMxcsrs{0x1f80, 0x1f80, 0x1f80, 0x3f80, 0x9fc0, 0x7f80};
    put64(vectors, 0, 0x037f | u64{random.below(8)} << (16 + 11) | u64{random.byte()} << 32);
    if (random.percent(20)) vectors.bytes[1] = static_cast<u8>(random.below(16));
    put64(vectors, kMxcsr, random.pick(kMxcsrs) | u64{0xffff} << 32);
    for (size_t i = 0; i < 8; ++i) {
        put64(vectors, kX87 + 16 * i, random.next() | (random.percent(90) ? u64{1} << 63 : 0));
        put64(vectors, kX87 + 16 * i + 8,
              random.percent(80) ? 0x3fff + random.below(80) - 40 : random.next() & 0xffff);
    }
    for (size_t i = 0; i < 32; ++i) {
        const u32 kind = random.below(3);
        put64(vectors, kXmm + 8 * i,
              kind == 0   ? random.next()
              : kind == 1 ? random_double(random)
                          : random_floats(random));
        put64(vectors, kYmm + 8 * i, kind == 0 ? random.next() : random_double(random));
    }
    put64(vectors, kHeader, 7);
}

class Generator {
public:
    explicit Generator(u64 seed) : random_(seed) { sequence_.seed = seed; }

    Sequence run() {
        sequence_.code = random_.pick(kCodeBases) + random_.below(64);
        draw_start();
        limits_.code = sequence_.code;
        const u32 groups = 1 + random_.below(random_.percent(50) ? 10 : kMaxGroups);
        for (u32 i = 0; i < groups && items().size() < kMaxItems; ++i) {
            settle_labels(false);
            append_group();
        }
        settle_labels(true);
        sequence_.stop = here();
        items().push_back(item_of({0xcc}));
        append_functions();
        return std::move(sequence_);
    }

private:
    /// A branch whose label is some groups ahead, or (`function`) a function behind the end.
    struct Pending {
        u32 item;
        u32 groups;
        bool function;
    };

    std::vector<Item>& items() { return sequence_.items; }
    u32 here() const { return static_cast<u32>(sequence_.items.size()); }

    void draw_start() {
        MachineState& start = sequence_.start;
        for (u64& value : start.gpr) value = random_value(random_);
        start.gpr[kRsp] = kStack.start + 0x1000 + 8 * random_.below(64);
        if (random_.percent(10)) start.gpr[kRsp] += random_.below(8);
        start.rflags = 0x202 | (random_.next() & 0x8d5) | (random_.percent(6) ? 0x400 : 0);
        random_vectors(random_, start.vectors);
        for (u32 i = 0; i < 16; ++i) known_.set(i, start.gpr[i]);
        sequence_.memory_seed = random_.next();
    }

    void settle_labels(bool all) {
        bool any = false;
        std::erase_if(pending_, [&](Pending& pending) {
            if (pending.function || (!all && --pending.groups > 0)) return false;
            items()[pending.item].target = here();
            return any = true;
        });
        if (any) known_.forget_all();
    }

    void branch(Item item, FixKind kind, u32 field, u32 groups) {
        item.fix = kind;
        item.fix_at = static_cast<u8>(field);
        pending_.push_back({here(), groups, false});
        items().push_back(item);
    }

    void random_instruction(const Limits& limits) {
        for (int tries = 0; tries < 30; ++tries)
            if (append_random(random_, limits, known_, items())) return;
    }

    void append_group() {
        const u32 kind = random_.below(100);
        if (kind < 80)
            random_instruction(limits_);
        else if (kind < 85)
            append_conditional();
        else if (kind < 87)
            append_jump();
        else if (kind < 90)
            append_call();
        else if (kind < 92)
            append_return();
        else if (kind < 95)
            append_loop();
        else if (kind < 99)
            append_stack_pointer();
        else
            append_trap();
    }

    void append_conditional() {
        const int condition = static_cast<int>(random_.below(16));
        const u32 groups = 1 + random_.below(4);
        if (random_.percent(10)) {  // jrcxz, jecxz
            if (random_.percent(50))
                items().push_back(load_immediate(random_, kRcx, random_.percent(50) ? 0 : 1ul << 32)),
                    known_.forget(kRcx);
            if (random_.percent(50))
                branch(item_of({0xe3, 0}), FixKind::Rel8, 1, groups);
            else
                branch(item_of({0x67, 0xe3, 0}), FixKind::Rel8, 2, groups);
        } else if (random_.percent(5)) {  // loop, loope, loopne forwards
            branch(item_of({0xe0 + static_cast<int>(random_.below(3)), 0}), FixKind::Rel8, 1, groups);
            known_.forget(kRcx);
        } else if (random_.percent(60)) {
            branch(item_of({0x70 + condition, 0}), FixKind::Rel8, 1, groups);
        } else {
            branch(item_of({0x0f, 0x80 + condition, 0, 0, 0, 0}), FixKind::Rel32, 2, 1 + random_.below(8));
        }
    }

    /// Loads a label's address into a register or memory and returns the modrm-based operand that names it.
    void append_jump() {
        const u32 groups = 1 + random_.below(6);
        switch (random_.below(3)) {
            case 0:
                branch(item_of({0xeb, 0}), FixKind::Rel8, 1, 1 + random_.below(3));
                break;
            case 1:
                branch(item_of({0xe9, 0, 0, 0, 0}), FixKind::Rel32, 1, groups);
                break;
            default:
                append_indirect(0x20, groups, false);
                break;
        }
    }

    void append_call() {
        const bool function = random_.percent(70);
        if (random_.percent(50))
            append_indirect(0x10, 1 + random_.below(4), function);
        else
            branch(item_of({0xe8, 0, 0, 0, 0}), FixKind::Rel32, 1, 1 + random_.below(4));
        pending_.back().function = function;
        known_.forget_all();
    }

    /// jmp (/4: extension 0x20) or call (/2: 0x10) through a register or memory.
    void append_indirect(int extension, u32 groups, bool function) {
        const u32 reg = random_.percent(15) ? 0 : pick_register();
        Item load = load_immediate(random_, reg, 0x9000'0000);
        branch(load, FixKind::Abs32, load.size - 4u, groups);
        pending_.back().function = function;
        known_.forget(reg);
        const int low = static_cast<int>(reg & 7);
        if (random_.percent(50)) {
            Item jump;
            if (reg & 8)
                jump = item_of({0x41, 0xff, 0xc0 | extension | low});
            else if (random_.percent(10))
                jump = item_of({0x3e, 0xff, 0xc0 | extension | low});
            else
                jump = item_of({0xff, 0xc0 | extension | low});
            items().push_back(jump);
            return;
        }
        append_indirect_memory(extension, reg);
    }

    void append_indirect_memory(int extension, u32 reg) {
        const u32 slot = kData.start + 8 * random_.below(kData.size / 8);
        const int low = static_cast<int>(reg & 7);
        Item store =
            item_of({0x48 | static_cast<int>(reg >> 3) << 2, 0x89, 0x04 | low << 3, 0x25, 0, 0, 0, 0});
        put32(store, 4, slot);
        items().push_back(store);
        if (random_.percent(50)) {
            Item jump = item_of({0xff, 0x04 | extension, 0x25, 0, 0, 0, 0});
            put32(jump, 3, slot);
            items().push_back(jump);
            return;
        }
        // mov $slot-8*index, %base; jmp *(%base,%index,8)
        const u32 index = pick_register();
        u32 base = pick_register();
        if (base == index) base = index == 0 ? 3 : 0;
        items().push_back(load_immediate(random_, index, 2));
        items().push_back(load_immediate(random_, base, slot - 16 - 0x40));
        known_.forget(index), known_.forget(base);
        const int rex = 0x40 | static_cast<int>(index >> 3) << 1 | static_cast<int>(base >> 3);
        items().push_back(
            item_of({rex, 0xff, 0x44 | extension,
                     0xc0 | static_cast<int>(index & 7) << 3 | static_cast<int>(base & 7), 0x40}));
    }

    void append_return() {
        Item push = item_of({0x68, 0, 0, 0, 0});
        if (sequence_.code < 0x8000'0000 && random_.percent(50)) {
            branch(push, FixKind::Abs32, 1, 1 + random_.below(4));
        } else {
            const u32 reg = pick_register();
            Item load = load_immediate(random_, reg, 0x9000'0000);
            branch(load, FixKind::Abs32, load.size - 4u, 1 + random_.below(4));
            known_.forget(reg);
            items().push_back(reg & 8 ? item_of({0x41, 0x50 | static_cast<int>(reg & 7)})
                                      : item_of({0x50 | static_cast<int>(reg)}));
        }
        append_ret();
        known_.forget(kRsp);
    }

    void append_ret() {
        switch (random_.below(4)) {
            case 0:
                items().push_back(item_of({0xf3, 0xc3}));
                break;
            case 1:
                items().push_back(item_of({0xc2, static_cast<int>(random_.below(64)), 0}));
                break;
            default:
                items().push_back(item_of({0xc3}));
                break;
        }
    }

    u32 pick_register() {
        constexpr std::array<u32, 15> kAll{0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
        return random_.pick(kAll);
    }

    void append_loop() {
        const bool by_loop = random_.percent(50);
        const u32 counter = by_loop ? kRcx : pick_register();
        items().push_back(load_immediate(random_, counter, 1 + random_.below(20)));
        known_.forget_all();
        const u32 head = here();
        Limits limits = limits_;
        limits.keep |= 1u << counter;
        const u32 body = random_.below(4);
        for (u32 i = 0; i < body && here() < head + 6; ++i) random_instruction(limits);
        Item jump;
        if (by_loop) {
            jump = item_of({random_.percent(70) ? 0xe2 : 0xe0 + static_cast<int>(random_.below(2)), 0});
        } else {
            const int low = static_cast<int>(counter & 7);
            items().push_back(item_of({0x48 | static_cast<int>(counter >> 3), 0xff, 0xc8 | low}));  // dec
            jump = item_of({0x75, 0});
        }
        jump.fix = FixKind::Rel8;
        jump.fix_at = 1;
        jump.target = head;
        items().push_back(jump);
        known_.forget_all();
    }

    void append_stack_pointer() {
        const u32 reg = pick_register();
        const int low = static_cast<int>(reg & 7);
        const int rex = 0x48 | static_cast<int>(reg >> 3);
        const u32 place = kStack.start + 0xc00 + random_.below(0x800);
        const int small = static_cast<int>(8 * random_.below(14));
        known_.forget(kRsp);
        switch (random_.below(12)) {
            case 0:
                items().push_back(item_of({0x48, 0x83, 0xec, small}));
                break;
            case 1:
                items().push_back(item_of({0x48, 0x83, 0xc4, small}));
                break;
            case 2:
                items().push_back(item_of({0x48, 0x83, 0xe4, 0xf0}));
                break;
            case 3:
                items().push_back(item_of({0x48, 0x8d, 0x64, 0x24, random_.byte()}));
                break;
            case 4:  // mov %reg,%rsp
                load(reg, place);
                items().push_back(item_of({rex, 0x8b, 0xe0 | low}));
                items().back().bytes[0] = static_cast<u8>(0x48 | reg >> 3);
                break;
            case 5:  // mov %reg,%esp
                load(reg, place | (random_.next() << 32));
                items().push_back(reg & 8 ? item_of({0x44, 0x89, 0xc4 | low << 3})
                                          : item_of({0x89, 0xc4 | low << 3}));
                break;
            case 6:  // lea -disp(%reg),%rsp
                load(reg, place);
                items().push_back(low == 4 ? item_of({rex, 0x8d, 0x64, 0x24, random_.byte()})
                                           : item_of({rex, 0x8d, 0x60 | low, random_.byte()}));
                break;
            case 7:  // xchg %rsp,%reg, and back
                load(reg, place);
                items().push_back(item_of({rex, 0x87, 0xe0 | low}));
                known_.forget(reg);
                if (random_.percent(60)) items().push_back(item_of({rex, 0x87, 0xe0 | low}));
                break;
            case 8:  // add or sub %reg,%rsp
                load(reg, static_cast<u64>(random_.between(-128, 128)));
                items().push_back(item_of({0x48 | static_cast<int>(reg >> 3) << 2,
                                           random_.percent(50) ? 0x01 : 0x29, 0xc4 | low << 3}));
                break;
            case 9:  // push; pop %rsp
                load(reg, place);
                items().push_back(reg & 8 ? item_of({0x41, 0x50 | low}) : item_of({0x50 | low}));
                items().push_back(item_of({0x5c}));
                break;
            case 10:  // 16-bit
                items().push_back(item_of({0x66, 0x83, random_.percent(50) ? 0xc4 : 0xec, small}));
                break;
            default:  // mov mem,%rsp
                append_stack_switch(reg, place);
                break;
        }
    }

    void append_stack_switch(u32 reg, u32 place) {
        load(reg, place);
        const int low = static_cast<int>(reg & 7);
        const u32 slot = kData.start + 8 * random_.below(kData.size / 8);
        Item store =
            item_of({0x48 | static_cast<int>(reg >> 3) << 2, 0x89, 0x04 | low << 3, 0x25, 0, 0, 0, 0});
        put32(store, 4, slot);
        items().push_back(store);
        Item take = item_of({0x48, 0x8b, 0x24, 0x25, 0, 0, 0, 0});
        put32(take, 4, slot);
        items().push_back(take);
    }

    void load(u32 reg, u64 value) {
        items().push_back(load_immediate(random_, reg, value));
        known_.set(reg, value);
    }

    void append_trap() {
        if (random_.percent(15))
            items().push_back(random_.percent(50) ? item_of({0x0f, 0x0b}) : item_of({0xcc}));
    }

    void append_functions() {
        std::vector<Pending> calls;
        calls.swap(pending_);
        Limits limits = limits_;
        limits.no_stack = true;
        for (const Pending& call : calls) {
            items()[call.item].target = here();
            known_.forget_all();
            const u32 body = random_.below(4);
            for (u32 i = 0; i < body; ++i) random_instruction(limits);
            append_ret();
        }
    }

    static void put32(Item& item, size_t at, u32 value) {
        for (const u8 byte : std::bit_cast<std::array<u8, 4>>(value)) item.bytes[at++] = byte;
    }

    Random random_;
    Sequence sequence_;
    KnownRegisters known_;
    Limits limits_;
    std::vector<Pending> pending_;
};

}  // namespace

Sequence generate(u64 seed) { return Generator(seed).run(); }

}  // namespace occlum::fuzz
