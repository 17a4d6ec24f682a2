// expect: -Wunsafe-buffer-usage
int second(int* values) { return *(values + 1); }
