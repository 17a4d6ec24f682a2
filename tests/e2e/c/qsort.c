// Calls through pointers from inside the C library: qsort, bsearch, tsearch-like trees, tables of functions.
#include <search.h>
#include <stdint.h>

#include "check.h"

static unsigned long calls;
static int ascending(const void* a, const void* b) {
    calls++;
    int x = *(const int*)a, y = *(const int*)b;
    return (x > y) - (x < y);
}
static int descending(const void* a, const void* b) { return ascending(b, a); }
static int by_text(const void* a, const void* b) { return strcmp(*(char* const*)a, *(char* const*)b); }
struct wide {
    char pad[37];
    int key;
};
static int by_key(const void* a, const void* b) { return ((const struct wide*)a)->key - ((const struct wide*)b)->key; }
static long add(long a, long b) { return a + b; }
static long sub(long a, long b) { return a - b; }
static long mul(long a, long b) { return a * b; }
static long (*const table[])(long, long) = {add, sub, mul};
static int visited;
static void visit(const void* node, VISIT order, int level) {
    (void)level;
    if (order == postorder || order == leaf) visited += **(int* const*)node;
}

int main(void) {
    enum { kCount = 50000 };
    int* values = malloc(kCount * sizeof(int));
    uint32_t seed = 12345;
    for (int i = 0; i < kCount; i++) values[i] = (int)((seed = seed * 1664525 + 1013904223) >> 8);
    qsort(values, kCount, sizeof(int), ascending);
    for (int i = 1; i < kCount; i++) CHECK(values[i - 1] <= values[i]);
    for (int i = 0; i < 1000; i++) {
        int* found = bsearch(&values[i * 37], values, kCount, sizeof(int), ascending);
        CHECK(found && *found == values[i * 37]);
    }
    qsort(values, kCount, sizeof(int), descending);
    for (int i = 1; i < kCount; i++) CHECK(values[i - 1] >= values[i]);
    CHECK(calls > 100000);
    char* words[] = {"pear", "fig", "apple", "cherry", "banana", "date"};
    qsort(words, 6, sizeof *words, by_text);
    for (int i = 0; i < 6; i++) printf("%s ", words[i]);
    struct wide rows[500];
    for (int i = 0; i < 500; i++) rows[i].key = (i * 7919) % 500, memset(rows[i].pad, rows[i].key, sizeof rows[i].pad);
    qsort(rows, 500, sizeof *rows, by_key);
    for (int i = 0; i < 500; i++) CHECK(rows[i].key == i && rows[i].pad[36] == (char)i);
    long accumulator = 1;
    for (int i = 0; i < 100000; i++) accumulator = table[i % 3](accumulator, i) & 0xffffff;
    printf("%ld\n", accumulator);
    void* root = NULL;
    for (int i = 0; i < 1000; i++) CHECK(tsearch(&values[i], &root, ascending));
    int key = values[10];
    CHECK(tfind(&key, &root, ascending));
    twalk(root, visit);
    int sum = 0, last = -1;
    for (int i = 0; i < 1000; i++)
        if (values[i] != last) sum += last = values[i];
    CHECK(sum == visited);
    puts("qsort ok");
}
