// Code that changes its own next instruction, and code that shares its page with the data it writes.
#include <stdint.h>
#include <sys/mman.h>

#include "check.h"

int main(void) {
    uint8_t* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint8_t self[] = {0xc6, 0x05, 0x01, 0, 0, 0, 42, 0xb8, 1, 0, 0, 0, 0xc3};  // movb $42,1(%rip): the immediate of mov $1,%eax
    memcpy(page, self, sizeof self);
    CHECK(((int (*)(void))(uintptr_t)page)() == 42);
    uint8_t counts[] = {0xff, 0x05, 0xfa, 0x03, 0, 0, 0x8b, 0x05, 0xf4, 0x03, 0, 0, 0xc3};  // incl and load a word of the same page
    memcpy(page + 512, counts, sizeof counts);
    int last = 0;
    for (int i = 0; i < 100; i++) last = ((int (*)(void))(uintptr_t)(page + 512))();
    CHECK(last == 100);
    puts("self-modifying ok");
}
