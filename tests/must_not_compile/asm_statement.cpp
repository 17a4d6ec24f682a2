// gate: dialect
// expect: no-asm
void stop() { asm volatile("hlt"); }
