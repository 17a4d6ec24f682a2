#include "crypto/vector_section.h"

namespace occlum::crypto {

VectorSection::VectorSection() : saved_{} {}
VectorSection::~VectorSection() = default;

}  // namespace occlum::crypto
