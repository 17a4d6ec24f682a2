#!/bin/bash
# packages: gcc g++ make binutils libc6-dev
export LC_ALL=C
mkdir -p project/src project/include; cd project || exit
cat >include/shape.h <<'END'
#pragma once
#ifdef __cplusplus
extern "C" {
#endif
double area(double side);
int answer(void);
#ifdef __cplusplus
}
#endif
END
printf '#include "shape.h"\n#include <math.h>\ndouble area(double side) { return pow(side, 2) * sqrt(3) / 4; }\n' >src/shape.c
printf '\t.globl answer\n\t.type answer, @function\nanswer:\tmovl $42, %%eax\n\tret\n\t.size answer, .-answer\n\t.section .note.GNU-stack,"",@progbits\n' >src/answer.s
cat >src/main.cpp <<'END'
#include "shape.h"
#include <algorithm>
#include <iostream>
#include <map>
#include <stdexcept>
#include <thread>
#include <vector>
int main(int argc, char **argv)
{
    std::vector<int> values{5, 2, 9};
    std::sort(values.begin(), values.end());
    std::map<std::string, double> areas{{"one", area(1)}, {"two", area(2)}};
    for (auto &[name, value] : areas) std::cout << name << ' ' << value << '\n';
    std::thread([] { std::cout << "thread " << answer() << std::endl; }).join();
    try { throw std::runtime_error("caught"); } catch (const std::exception &e) { std::cout << e.what() << values.back() << '\n'; }
    return argc;
}
END
cat >Makefile <<'END'
CFLAGS = -O2 -Wall -Iinclude
CXXFLAGS = -O1 -g -std=c++20 -Wall -Iinclude -pthread
all: main main-static main-lto
libshape.a: src/shape.o src/answer.o
	ar rcs $@ $^
libshape.so: src/shape.pic.o src/answer.o
	gcc -shared -Wl,-soname,$@ -o $@ $^ -lm
src/%.pic.o: src/%.c
	gcc $(CFLAGS) -fPIC -c -o $@ $<
main: src/main.o libshape.so
	g++ -o $@ $< -L. -lshape -pthread -Wl,-rpath,'$$ORIGIN'
main-static: src/main.o libshape.a
	g++ -static -o $@ $< -L. -lshape -pthread -lm
main-lto: src/shape.c src/answer.s src/main.cpp
	gcc $(CFLAGS) -flto -c -o lto.o src/shape.c
	g++ $(CXXFLAGS) -flto -o $@ src/main.cpp lto.o src/answer.s -lm
clean:
	rm -f *.o main main-static
END
make -j3 --output-sync=target 2>&1 | sort; make; make -n clean
for program in main main-static main-lto; do ./$program a b; echo "$program $?"; done
nm libshape.so | grep ' T ' | cut -d' ' -f2-; ar t libshape.a; objdump -d --no-show-raw-insn src/answer.o | tail -2; readelf -d main | grep -E 'NEEDED|RUNPATH'; size src/answer.o; strip main; ./main; echo $?; ldd main | grep -v vdso | wc -l; strings main-static | grep -c caught; addr2line -f -e main-static 0 | head -1
gcc -E -dM - </dev/null | grep __x86_64__; echo 'int main() { return x; }' | gcc -x c - 2>&1 | head -3; as -o empty.o /dev/null; ld -r -o both.o src/shape.o src/answer.o; nm both.o | wc -l; touch src/shape.c; make -q; echo $?; echo 'int main(void){__builtin_trap();}' | gcc -x c - -o trap; sh -c './trap; exit $?'; echo $?
gcc -S -O2 -o - -x c - <<<'int f(int a) { return a * 7; }' | grep -v '^[[:space:]]*\.'; g++ -x c++ -std=c++20 -fsyntax-only - <<<'#include <ranges>
#include <regex>
#include <unordered_map>'; echo $?
