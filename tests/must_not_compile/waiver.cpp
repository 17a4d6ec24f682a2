// gate: dialect
// expect: no-waiver
[[clang::unsafe_buffer_usage]] int first(int* values);
