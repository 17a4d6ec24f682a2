// expect: -Wunsafe-buffer-usage-in-unique-ptr-array-access
#include <memory>
int pick(std::unique_ptr<int[]>& values, unsigned index) { return values[index]; }
