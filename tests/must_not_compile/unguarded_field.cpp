// expect: -Wthread-safety
struct [[clang::capability("mutex")]] Lock {};
struct Counter {
    Lock lock;
    int value __attribute__((guarded_by(lock)));
};
int peek(Counter& counter) { return counter.value; }
