// expect: -Wswitch
enum class Kind { A, B, C };
int value(Kind kind) {
    switch (kind) {
        case Kind::A:
            return 1;
        case Kind::B:
            return 2;
    }
    return 0;
}
