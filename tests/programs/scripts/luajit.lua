#!/usr/bin/luajit
-- packages: luajit
local ffi, bit = require("ffi"), require("bit")
print(jit.version_num >= 20100, jit.arch, jit.os, (jit.status()))
ffi.cdef [[ int abs(int); double sqrt(double); typedef struct { double x, y; } point; int snprintf(char *, size_t, const char *, ...); int getppid(void); void qsort(void *, size_t, size_t, int (*)(const int *, const int *)); ]]
print(ffi.C.abs(-5), ffi.C.sqrt(2), bit.bxor(0xff, 0x0f), bit.tohex(255))
local points = ffi.new("point[?]", 1000) for i = 0, 999 do points[i].x, points[i].y = i, i * 0.5 end
local sum = 0 for round = 1, 300 do for i = 0, 999 do sum = sum + points[i].x * points[i].y end end print(sum)
local buffer = ffi.new("char[64]") ffi.C.snprintf(buffer, 64, "%d %s", ffi.cast("int", 7), "text") print(ffi.string(buffer))
local numbers = ffi.new("int[6]", 5, 2, 9, 1, 7, 3) local compare = ffi.cast("int (*)(const int *, const int *)", function(a, b) return a[0] - b[0] end) ffi.C.qsort(numbers, 6, 4, compare) print(numbers[0], numbers[3], numbers[5])
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end print(fib(27))
local sieve, count = {}, 0 for i = 2, 200000 do if not sieve[i] then count = count + 1 for k = i * 2, 200000, i do sieve[k] = true end end end print(count)
local t = {} for i = 1, 50000 do t[i] = tostring(i * 7 % 1000) end table.sort(t) print(t[1], t[25000], #table.concat(t))
for i = 1, 200 do local f = loadstring("local a = ... local s = 0 for i = 1, 200 do s = s + a * i % " .. i .. " end return s") if i % 50 == 0 then print(f(i)) end end
local co = coroutine.wrap(function() for i = 1, 1e5 do coroutine.yield(i) end end) local s = 0 for i = 1, 1e5 do s = s + co() end print(s) print(pcall(function() local x = nil; return x.y end)) print(1LL + 2ULL, 2 ^ 53) jit.off() print(fib(15)) jit.on() io.popen("echo popen"):read("a") os.exit(4)
