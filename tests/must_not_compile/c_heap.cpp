// gate: dialect
// expect: no-malloc
void* buffer(unsigned long size) { return malloc(size); }
