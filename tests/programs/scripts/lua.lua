#!/usr/bin/lua5.4
-- packages: lua5.4
print(_VERSION, 7 // 2, 2 ^ 0.5, 1 << 40, math.maxinteger, 10 / 4, 3 | 8, "10" + 5)
local account = {} account.__index = account
function account.new(n) return setmetatable({ balance = n }, account) end
function account:add(n) self.balance = self.balance + n return self end
print(account.new(5):add(7).balance)
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i * i) end end)
print(co(), co(), co())
print(pcall(error, { code = 4 }), select('#', table.unpack({ 1, nil, 3 }, 1, 3)))
print(("hello world"):gsub("o", "0"), ("key=value"):match("(%w+)=(%w+)"), ("%5.2f|%q"):format(math.pi, "a\nb"), utf8.char(955, 8364), #"λ")
local words = {} for w in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do words[#words + 1] = w end
table.sort(words) print(table.concat(words, " "))
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end print(fib(24))
local t = setmetatable({}, { __index = function(_, k) return k * 2 end, __call = function(_, a) return a .. "!" end, __close = function() print("closed") end }) print(t[21], t("called")) do local x <close> = t end
local f = assert(io.open("file", "w")) f:write("line 1\nline 2\n", 42, "\n") f:close() for line in io.lines("file") do io.write("[", line, "]") end print()
local p = io.popen("echo from a shell; exit 3") print(p:read("a"), p:close()) print(os.execute("exit 5")) print(os.rename("file", "other"), os.remove("other"), os.remove("other"))
print(string.pack("<i4", 100):byte(1, -1)) print(load("return 1 + 1")(), require("string") == string) collectgarbage() print(collectgarbage("count") < 4000, os.time({ year = 2020, month = 1, day = 1, hour = 12 }) > 0, string.rep("ab", 3, "-"))
local s = 0 for i = 1, 3e5 do s = s + (i % 7) * 0.5 end print(s) goto last ::last:: os.exit(6)
