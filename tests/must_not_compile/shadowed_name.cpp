// expect: -Wshadow
int count(int n) {
    for (int i = 0; i < 3; i++) {
        int n = i;
        (void)n;
    }
    return n;
}
