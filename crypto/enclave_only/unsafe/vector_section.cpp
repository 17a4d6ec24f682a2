// SAFETY: XSAVE64 and XRSTOR64 of x87|SSE|AVX touch at most 832 bytes of an area that is 64-byte aligned and
// that large (XFRM is 7 by the signature). What is restored is what was saved, in the same object. The header
// is zeroed first, as XRSTOR demands; the kernel itself holds nothing in vector registers.
#include "crypto/vector_section.h"

namespace occlum::crypto {

VectorSection::VectorSection() : saved_{} {
    asm volatile("xsave64 %0" : "+m"(saved_) : "a"(7), "d"(0) : "memory");
}

VectorSection::~VectorSection() { asm volatile("xrstor64 %0" : : "m"(saved_), "a"(7), "d"(0) : "memory"); }

}  // namespace occlum::crypto
