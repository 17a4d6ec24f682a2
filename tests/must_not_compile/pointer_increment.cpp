// expect: -Wunsafe-buffer-usage
const char* skip(const char* text) { return ++text; }
