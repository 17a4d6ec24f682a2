// gate: dialect
// expect: no-array-new
char* buffer(unsigned long size) { return new char[size]; }
