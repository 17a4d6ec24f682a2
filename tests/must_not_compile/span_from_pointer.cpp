// expect: -Wunsafe-buffer-usage-in-container
#include <span>
std::span<int> forge(int* first) { return {first, 16}; }
