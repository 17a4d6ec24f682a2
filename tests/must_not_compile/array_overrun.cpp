// expect: -Wunsafe-buffer-usage
int pick(unsigned index) {
    int values[4] = {1, 2, 3, 4};
    return values[index];
}
