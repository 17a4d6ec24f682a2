// A backtracking matcher over text: small recursive functions, byte loads, unpredictable branches.
#include "bench.h"
static int match_here(const char* pattern, const char* text);
static int one(const char* p, char c) { return c && (*p == '.' || (*p == '\\' ? (p[1] == 'd' ? c >= '0' && c <= '9' : c == p[1]) : *p == c)); }
static const char* after(const char* p) { return p + (*p == '\\' ? 2 : 1); }
static __attribute__((noinline)) int match_repeated(const char* item, const char* rest, const char* text, int least) {
    int n = 0;
    while (one(item, text[n])) n++;
    for (; n >= least; n--)
        if (match_here(rest, text + n)) return 1;
    return 0;
}
static __attribute__((noinline)) int match_here(const char* p, const char* text) {
    if (!*p) return 1;
    if (*p == '$' && !p[1]) return !*text;
    const char* next = after(p);
    if (*next == '*') return match_repeated(p, next + 1, text, 0);
    if (*next == '+') return match_repeated(p, next + 1, text, 1);
    if (*next == '?') return (one(p, *text) && match_here(next + 1, text + 1)) || match_here(next + 1, text);
    return one(p, *text) && match_here(next, text + 1);
}
static int search(const char* p, const char* text) {
    if (*p == '^') return match_here(p + 1, text);
    do
        if (match_here(p, text)) return 1;
    while (*text++);
    return 0;
}
uint64_t work(void) {
    static const char* patterns[] = {"a.*b.*c", "^\\d+ .*z$", "x?y+z*w", "(.*)", "q\\d\\d*q", "aa*aa*b", "\\d\\d\\d\\d", "e.e.e", "the .*er", "$"};
    char line[128];
    uint32_t seed = 11;
    uint64_t found = 0;
    for (int i = 0; i < 60000; i++) {
        int length = 20 + (int)(next_random(&seed) >> 16) % 100;
        for (int k = 0; k < length; k++) line[k] = "abcdefghijklmnopqrstuvwxyz 0123456789 aabbee"[(next_random(&seed) >> 16) % 44];
        line[length] = 0;
        for (int p = 0; p < 10; p++) found = found * 3 + (uint64_t)search(patterns[p], line);
    }
    return found;
}
