// expect: -Wunsafe-buffer-usage
int third(int* values) { return values[2]; }
