// gate: dialect
// expect: no-union
union Pun {
    long number;
    char* pointer;
};
