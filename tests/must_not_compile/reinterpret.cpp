// gate: dialect
// expect: no-reinterpret-cast
long* view(char* bytes) { return reinterpret_cast<long*>(bytes); }
