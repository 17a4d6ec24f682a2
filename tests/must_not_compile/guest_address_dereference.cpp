// expect: indirection requires pointer operand
#include "base/guest.h"
occlum::u64 peek(occlum::GuestAddr address) { return *address; }
