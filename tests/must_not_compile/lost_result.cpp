// expect: -Wunused-result
#include "base/result.h"
[[nodiscard]] occlum::Result<void> sync();
void forget() { sync(); }
