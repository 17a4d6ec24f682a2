// expect: -Wsign-conversion
unsigned long grow(int delta) { return delta; }
