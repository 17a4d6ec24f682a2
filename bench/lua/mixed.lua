-- Tables, strings, closures, sorting.
local words, count = {}, {}
local seed = 42
local function random(n) seed = (seed * 1103515245 + 12345) % 2147483648 return seed // 65536 % n end
for i = 1, 60000 do words[i] = string.format("%s%d", ({"alpha", "beta", "gamma", "delta"})[random(4) + 1], random(500)) end
for _, w in ipairs(words) do count[w] = (count[w] or 0) + 1 end
local names = {}
for w in pairs(count) do names[#names + 1] = w end
table.sort(names, function(a, b) return count[a] > count[b] or (count[a] == count[b] and a < b) end)
local sum = 0
for i, w in ipairs(names) do sum = (sum * 31 + count[w] * i) % 1000000007 end
local sieve, primes = {}, 0
for i = 2, 400000 do
    if not sieve[i] then
        primes = primes + 1
        for j = i * i, 400000, i do sieve[j] = true end
    end
end
local parts = {}
for i = 1, 40000 do parts[#parts + 1] = tostring(i):rep(2):reverse():sub(1, 3):upper() end
local text = table.concat(parts)
for _ in text:gmatch("%d%d1") do sum = sum + 1 end
return sum + primes + #text
