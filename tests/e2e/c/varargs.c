// Variable arguments of all classes, in registers and on the stack, passed on with va_copy.
#include <stdarg.h>

#include "check.h"

struct pair {
    long a;
    double b;
};
struct large {
    long words[9];
};
static long sum_of(const char* kinds, ...) {
    va_list list, copy;
    va_start(list, kinds);
    va_copy(copy, list);
    long totals[2] = {0, 0};
    for (int pass = 0; pass < 2; pass++)
        for (const char* kind = kinds; *kind; kind++) {
            va_list* from = pass ? &copy : &list;
            switch (*kind) {
                case 'i': totals[pass] += va_arg(*from, int); break;
                case 'l': totals[pass] += va_arg(*from, long); break;
                case 'd': totals[pass] += (long)(va_arg(*from, double) * 4); break;
                case 'L': totals[pass] += (long)(va_arg(*from, long double) * 8); break;
                case 's': totals[pass] += (long)strlen(va_arg(*from, const char*)); break;
                case 'p': { struct pair p = va_arg(*from, struct pair); totals[pass] += p.a + (long)p.b; break; }
                case 'g': { struct large g = va_arg(*from, struct large); totals[pass] += g.words[8]; break; }
            }
        }
    va_end(copy);
    va_end(list);
    CHECK(totals[0] == totals[1]);
    return totals[0];
}
static int format(char* out, size_t size, const char* text, ...) {
    va_list list;
    va_start(list, text);
    int n = vsnprintf(out, size, text, list);
    va_end(list);
    return n;
}

int main(void) {
    struct pair p = {7, 8.5};
    struct large g = {.words = {[8] = 1000}};
    printf("%ld\n", sum_of("iiiiiiii", 1, 2, 3, 4, 5, 6, 7, 8));
    printf("%ld\n", sum_of("dddddddddddd", 1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 11., 12.));
    printf("%ld\n", sum_of("idLspgidLspg", 1, 2.5, 3.25L, "four", p, g, -1, 2.5, 3.25L, "four!", p, g));
    printf("%ld\n", sum_of("lLlLlLlL", 1L, 1.5L, 2L, 2.5L, 3L, 3.5L, 4L, 4.5L));
    char text[256];
    int n = format(text, sizeof text, "%d %s %c %5.2f %Lg %lx %p %n%%", 42, "str", 'z', 3.14159, 2.5L, 255UL, (void*)0, &(int){0});
    printf("%s %d\n", text, n);
    n = format(text, 8, "%s", "longer than eight");
    printf("%s %d\n", text, n);
    printf("%*d|%-*d|%.*f\n", 6, 42, 6, 42, 2, 1.23456);
    printf("%2$s %1$d %2$s\n", 5, "again");
    puts("varargs ok");
}
