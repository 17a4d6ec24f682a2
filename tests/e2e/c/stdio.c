// The C library's input, output and strings, whose fast paths are vector code chosen at run time.
#define _GNU_SOURCE
#include <ctype.h>
#include <stdint.h>
#include <sys/mman.h>
#include <wchar.h>

#include "check.h"

static void edges(void) {
    // Strings that end exactly at the end of mapped memory.
    char* pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mprotect(pages + 4096, 4096, PROT_NONE) == 0);
    for (size_t n = 0; n < 200; n++) {
        char* s = pages + 4095 - n;
        memset(s, 'a', n);
        s[n] = 0;
        CHECK(strlen(s) == n && strchr(s, 'b') == NULL && strchr(s, 0) == s + n && memchr(s, 0, n + 1) == s + n);
        char copy[256];
        CHECK(strcmp(strcpy(copy, s), s) == 0 && memcmp(copy, s, n + 1) == 0 && strncmp(s, copy, n) == 0);
        if (n) {
            copy[n - 1] = 'b';
            CHECK(strcmp(s, copy) < 0 && memcmp(copy, s, n) > 0 && strrchr(s, 'a') == s + n - 1);
        }
        CHECK(strstr(s, "aab") == NULL && strspn(s, "a") == n && strcspn(s, "z") == n && strnlen(s, 1000) == n);
        memmove(s, s + n / 2, n - n / 2);
    }
    for (size_t offset = 0; offset < 40; offset++)
        for (size_t n = 0; n < 300; n += 7) {
            static char from[512], to[512];
            for (size_t i = 0; i < 512; i++) from[i] = (char)(i * 7 + offset), to[i] = 0x55;
            memcpy(to + offset, from + 3, n);
            for (size_t i = 0; i < 512; i++) CHECK(to[i] == (i >= offset && i < offset + n ? from[i - offset + 3] : 0x55));
            memmove(from + offset, from + 5, n);
            memset(to + offset, 9, n);
            CHECK(!n || (to[offset] == 9 && to[offset + n - 1] == 9 && to[offset + n] == 0x55));
        }
    puts("edges ok");
}

int main(void) {
    edges();
    FILE* f = fopen("text", "w+");
    CHECK(f && setvbuf(f, NULL, _IOFBF, 1000) == 0);
    for (int i = 0; i < 5000; i++) CHECK(fprintf(f, "%d %x %s %5.3f\n", i, i, "word", i / 7.0) > 0);
    rewind(f);
    long sum = 0, lines = 0;
    int n, hex;
    double d;
    char word[16];
    while (fscanf(f, "%d %x %15s %lf", &n, &hex, word, &d) == 4) sum += n == hex && strcmp(word, "word") == 0 && d - n / 7.0 < 0.001, lines++;
    CHECK(sum == 5000 && lines == 5000);
    CHECK(fseek(f, -20, SEEK_END) == 0 && ftell(f) > 1000);
    char* line = NULL;
    size_t size = 0;
    CHECK(getline(&line, &size, f) > 0 && ungetc('!', f) == '!' && fgetc(f) == '!');
    CHECK(fseek(f, 0, SEEK_SET) == 0 && fputs("REPLACED", f) >= 0 && fflush(f) == 0 && fseek(f, 0, SEEK_SET) == 0 && fgets(word, 9, f) && strcmp(word, "REPLACED") == 0);
    CHECK(fclose(f) == 0 && remove("text") == 0);
    f = tmpfile();
    CHECK(f && fwrite("binary\0data", 1, 11, f) == 11 && fseek(f, 7, SEEK_SET) == 0 && fread(word, 1, 4, f) == 4 && memcmp(word, "data", 4) == 0);
    fclose(f);
    char* memory;
    f = open_memstream(&memory, &size);
    fprintf(f, "%s-%05d-%+.2e", "stream", 42, 12345.678);
    fclose(f);
    puts(memory);
    char text[] = "a,b;c,,d";
    for (char *save, *t = strtok_r(text, ",;", &save); t; t = strtok_r(NULL, ",;", &save)) printf("[%s]", t);
    printf("\n%ld %lu %lld %g %c\n", strtol("-0x1f", NULL, 0), strtoul("777", NULL, 8), strtoll("zz", NULL, 36), atof("1e3"), toupper('q'));
    printf("%ls %lc %s\n", L"wide", L'w', strerror(ENOENT));
    printf("%s %d\n", strcasestr("Hello World", "WORLD"), strcasecmp("abc", "ABD") < 0);
    fprintf(stderr, "to stderr\n");
    puts("stdio ok");
}
