// The open hash table against the standard map, and the hash that others cannot predict.
#include "base/hash_table.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>

#include "base/sip_hash.h"

namespace occlum::storage::test {
namespace {

// All entries want few places: they lie in long rows, around the end of the table, too.
struct PoorHash {
    u64 operator()(u64 number) const { return number % 3 == 0 ? ~u64{0} : number % 5; }
};

template <typename Hash>
void agrees_with_map(u64 seed) {
    std::mt19937_64 random(seed);
    HashTable<u64, std::unique_ptr<u64>, Hash> table;
    std::map<u64, u64> model;
    for (int step = 0; step < 20000; ++step) {
        // Now it fills, now it empties.
        const u64 most = step / 2000 % 2 == 0 ? 3 : 1, key = random() % 397, value = random();
        if (random() % 4 < most) {
            table.put(key, std::make_unique<u64>(value));
            model[key] = value;
        } else {
            const auto taken = table.take(key);
            const auto known = model.find(key);
            ASSERT_EQ(taken != nullptr, known != model.end());
            if (taken) ASSERT_EQ(*taken, known->second);
            if (taken) model.erase(known);
        }
        ASSERT_EQ(table.size(), model.size());
        const u64 other = random() % 397;
        const u64* const found = table.find(other);
        ASSERT_EQ(found != nullptr, model.contains(other));
        if (found != nullptr) ASSERT_EQ(*found, model[other]);
    }
    std::map<u64, u64> seen;
    table.for_each([&](u64 key, const u64* value) { seen[key] = *value; });
    EXPECT_EQ(seen, model);
}

}  // namespace

TEST(HashTable, AgreesWithTheStandardMap) {
    agrees_with_map<NumberHash>(1);
    agrees_with_map<PoorHash>(2);
}

// What CPython 3.11 says of these bytes with PYTHONHASHSEED=0, a key of zeroes.
TEST(SipHash, AgreesWithAnother) {
    EXPECT_EQ(sip_hash({0, 0}, "abc"), 0xc03bc3a0042630f2);
    EXPECT_EQ(sip_hash({0, 0}, "0123456"), 0x810aaf7acf670379);
    EXPECT_EQ(sip_hash({0, 0}, "01234567"), 0xda3dcedf84ea6cc6);
    EXPECT_EQ(sip_hash({0, 0}, "a longer name.txt"), 0xbc1cfb58e72f64e5);
    EXPECT_NE(sip_hash({1, 0}, "abc"), sip_hash({0, 0}, "abc"));
}

}  // namespace occlum::storage::test
