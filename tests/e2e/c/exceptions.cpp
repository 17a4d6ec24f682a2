// C++ exceptions: nested, rethrown, through many frames, with cleanup, of many types, in constructors, from callbacks, captured.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <vector>

static int alive, destroyed;
struct Tracked {
    std::string name;
    explicit Tracked(std::string n) : name(std::move(n)) { alive++; }
    Tracked(const Tracked& other) : name(other.name) { alive++; }
    ~Tracked() { alive--, destroyed++; }
};
struct Base {
    virtual ~Base() = default;
    virtual const char* what() const { return "base"; }
};
struct Left : virtual Base {
    const char* what() const override { return "left"; }
};
struct Right : virtual Base {};
struct Both : Left, Right {
    const char* what() const override { return "both"; }
};
struct Member {
    Tracked a{"a"}, b{"b"};
    Member() { throw std::runtime_error("constructor"); }
};
static __attribute__((noinline)) int dive(int depth) {
    Tracked local("frame");
    if (depth == 0) throw std::out_of_range("bottom");
    int r = dive(depth - 1) + 1;
    return r + (int)local.name.size();
}
static void rethrow(int level) {
    try {
        if (level == 0) throw std::string("thrown");
        rethrow(level - 1);
    } catch (std::string& s) {
        s += "<" + std::to_string(level) + ">";
        throw;
    }
}
static void nested(int level) {
    try {
        if (level == 0) throw std::logic_error("inner");
        nested(level - 1);
    } catch (...) {
        std::throw_with_nested(std::runtime_error("level " + std::to_string(level)));
    }
}
static void print_nested(const std::exception& e, int depth = 0) {
    printf("%*s%s\n", depth, "", e.what());
    try {
        std::rethrow_if_nested(e);
    } catch (const std::exception& inner) {
        print_nested(inner, depth + 1);
    }
}
static int no_throw() noexcept {
    try {
        throw 1;
    } catch (int n) {
        return n;
    }
}

int main() {
    for (int i = 0; i < 200; i++) {
        try {
            dive(i);
        } catch (const std::out_of_range& e) {
            if (alive) return 1;
        }
    }
    printf("destroyed %d alive %d\n", destroyed, alive);
    try {
        rethrow(5);
    } catch (const std::string& s) {
        printf("%s\n", s.c_str());
    }
    try {
        nested(3);
    } catch (const std::exception& e) {
        print_nested(e);
    }
    try {
        Member m;
    } catch (const std::exception& e) {
        printf("%s alive %d\n", e.what(), alive);
    }
    try {
        throw Both();
    } catch (const Base& b) {
        printf("%s %d\n", b.what(), dynamic_cast<const Right*>(&b) != nullptr);
    }
    int sum = 0;
    for (int i = 0; i < 6; i++) {
        try {
            switch (i) {
                case 0: throw 1;
                case 1: throw 2.5;
                case 2: throw "three";
                case 3: throw std::unique_ptr<int>(new int(4));
                case 4: throw nullptr;
                case 5: throw std::bad_alloc();
            }
        } catch (int n) {
            sum += n;
        } catch (double d) {
            sum += (int)(d * 4);
        } catch (const std::unique_ptr<int>& p) {
            sum += *p * 100;
        } catch (const void* p) {
            sum += p ? 1000 : 5000;
        } catch (const std::exception& e) {
            sum += 10000;
        }
    }
    printf("sum %d\n", sum);
    std::exception_ptr kept;
    try {
        std::vector<int>().at(3);
    } catch (...) {
        kept = std::current_exception();
    }
    for (int i = 0; i < 3; i++) {
        try {
            std::rethrow_exception(kept);
        } catch (const std::out_of_range&) {
            sum++;
        }
    }
    std::vector<int> values(1000);
    for (int i = 0; i < 1000; i++) values[i] = 1000 - i;
    int compared = 0;
    try {
        std::sort(values.begin(), values.end(), [&](int a, int b) {
            if (++compared == 500) throw std::runtime_error("from sort");
            return a < b;
        });
    } catch (const std::runtime_error& e) {
        printf("%s after %d\n", e.what(), compared);
    }
    std::function<void(int)> recursive = [&](int n) {
        Tracked t("function");
        if (n == 0) throw n;
        recursive(n - 1);
    };
    try {
        recursive(100);
    } catch (int) {
        printf("alive %d\n", alive);
    }
    try {
        (void)std::stoi("not a number");
    } catch (const std::invalid_argument& e) {
        printf("stoi: %s\n", e.what());
    }
    try {
        std::string("x").substr(5);
    } catch (const std::out_of_range&) {
        puts("substr");
    }
    try {
        std::vector<char> huge(size_t(1) << 45);
    } catch (const std::bad_alloc&) {
        puts("bad_alloc");
    }
    int handled = 0;
    for (int i = 0; i < 20000; i++) {
        try {
            if (i % 3 == 0) throw i;
            if (i % 3 == 1) throw std::string("s");
        } catch (int) {
            handled++;
        } catch (const std::string&) {
            handled += 2;
        }
    }
    printf("handled %d no_throw %d uncaught %d\n", handled, no_throw(), std::uncaught_exceptions());
    try {
        try {
            throw 1;
        } catch (int) {
            try {
                throw 2;
            } catch (int n) {
                printf("inner %d\n", n);
            }
            throw;
        }
    } catch (int n) {
        printf("outer %d\n", n);
    }
    std::set_terminate([] {
        puts("terminate");
        fflush(stdout);
        _Exit(33);
    });
    struct Bad {
        ~Bad() noexcept(false) { throw 5; }
    };
    try {
        Bad bad;
    } catch (int n) {
        printf("destructor threw %d\n", n);
    }
    throw std::runtime_error("nobody catches this");
}
