// expect: no matching function
#include "base/guest.h"
void fill(occlum::UserOut<int> out);
void wrong(occlum::UserIn<int> in) { fill(in); }
