// gate: dialect
// expect: no-waiver
int first(int value);  // NOLINT
