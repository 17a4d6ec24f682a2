// gate: dialect
// expect: no-pointer-bit-cast
int* forge(unsigned long address) { return std::bit_cast<int*>(address); }
