// expect: -Wunsafe-buffer-usage-in-libc-call
#include <cstring>
void copy(char* to, const char* from) { std::memcpy(to, from, 64); }
