// Dependent loads: a random cycle through 2 MiB.
#include "bench.h"
uint64_t work(void) {
    enum { kNodes = 1 << 15 };
    struct node {
        struct node* next;
        uint64_t value[7];
    }* nodes = calloc(kNodes, sizeof(struct node));
    uint32_t *order = malloc(kNodes * 4), seed = 9;
    for (uint32_t i = 0; i < kNodes; i++) order[i] = i;
    for (uint32_t i = kNodes - 1; i > 0; i--) {
        uint32_t j = next_random(&seed) % (i + 1), t = order[i];
        order[i] = order[j], order[j] = t;
    }
    for (uint32_t i = 0; i < kNodes; i++) nodes[order[i]].next = &nodes[order[(i + 1) % kNodes]], nodes[i].value[0] = i;
    uint64_t sum = 0;
    struct node* at = nodes;
    for (int i = 0; i < 12000000; i++) sum += at->value[0], at = at->next;
    return sum;
}
