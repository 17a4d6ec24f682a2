// A bzip2-like compressor: Burrows-Wheeler by suffix sort, move to front, Huffman code lengths, then back again.
#include "bench.h"
enum { kBlock = 200000 };
static unsigned char text[kBlock], last[kBlock], coded[kBlock], back[kBlock];
static int order[kBlock], rank[kBlock], next_rank[kBlock], counts[kBlock + 257];
static uint64_t huffman(const unsigned char* data) {
    uint64_t weight[512] = {0};
    int parent[512], alive = 0, total = 256;
    for (int i = 0; i < kBlock; i++) weight[data[i]]++;
    char used[512];
    for (int i = 0; i < 256; i++) alive += used[i] = weight[i] > 0;
    for (; alive > 1; alive--) {
        int low[2] = {-1, -1};
        for (int n = 0; n < 2; n++) {
            for (int i = 0; i < total; i++)
                if (used[i] && i != low[0] && (low[n] < 0 || weight[i] < weight[low[n]])) low[n] = i;
        }
        used[low[0]] = used[low[1]] = 0;
        weight[total] = weight[low[0]] + weight[low[1]];
        used[total] = 1;
        parent[low[0]] = parent[low[1]] = total++;
    }
    uint64_t bits = 0;
    for (int i = 0; i < 256; i++)
        if (weight[i])
            for (int n = i; n != total - 1; n = parent[n]) bits += weight[i];
    return bits;
}
uint64_t work(void) {
    static const char* words[] = {"enclave ", "domain ", "gate ", "the ", "of ", "verifier ", "and ", "process ", "page ", "a ", "\n", "0x7f", "return ", "if (", "}; "};
    uint32_t seed = 3;
    for (size_t at = 0; at < kBlock;) {
        const char* word = words[(next_random(&seed) >> 16) % 15];
        for (; *word && at < kBlock; word++) text[at++] = (unsigned char)*word;
        if ((seed >> 8) % 5 == 0 && at < kBlock) text[at++] = (unsigned char)('0' + (seed >> 24) % 10);
    }
    // Sort all rotations by prefix doubling, each step by counting.
    for (int i = 0; i < kBlock; i++) rank[i] = text[i], order[i] = i;
    int classes = 256;
    for (int step = 0; step < 2 * kBlock; step = step ? 2 * step : 1) {
        int* shifted = next_rank;
        for (int i = 0; i < kBlock; i++) shifted[i] = (order[i] - step % kBlock + kBlock) % kBlock;
        memset(counts, 0, sizeof(int) * (size_t)(classes + 1));
        for (int i = 0; i < kBlock; i++) counts[rank[i]]++;
        for (int i = 1; i <= classes; i++) counts[i] += counts[i - 1];
        for (int i = kBlock - 1; i >= 0; i--) order[--counts[rank[shifted[i]]]] = shifted[i];
        int* fresh = next_rank;
        int now = 0;
        fresh[order[0]] = 0;
        for (int i = 1; i < kBlock; i++) {
            int p = order[i], q = order[i - 1];
            now += rank[p] != rank[q] || rank[(p + step) % kBlock] != rank[(q + step) % kBlock];
            fresh[p] = now;
        }
        memcpy(rank, fresh, sizeof rank);
        classes = now + 1;
        if (classes == kBlock) break;
    }
    int start = 0;
    for (int i = 0; i < kBlock; i++) {
        last[i] = text[(order[i] + kBlock - 1) % kBlock];
        if (order[i] == 0) start = i;
    }
    unsigned char list[256];
    for (int i = 0; i < 256; i++) list[i] = (unsigned char)i;
    for (int i = 0; i < kBlock; i++) {
        int at = 0;
        while (list[at] != last[i]) at++;
        coded[i] = (unsigned char)at;
        memmove(list + 1, list, (size_t)at);
        list[0] = last[i];
    }
    uint64_t sum = huffman(coded);
    for (int pass = 0; pass < 10; pass++) sum = sum * 31 + huffman(text);
    int first[257] = {0};
    for (int i = 0; i < kBlock; i++) first[last[i] + 1]++;
    for (int i = 0; i < 256; i++) first[i + 1] += first[i];
    for (int i = 0; i < kBlock; i++) order[first[last[i]]++] = i;
    for (int i = 0, at = order[start]; i < kBlock; i++, at = order[at]) back[i] = last[at];
    if (memcmp(back, text, kBlock)) return 0;
    return sum;
}
