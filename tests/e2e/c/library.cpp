// The C++ library: streams, containers, strings, regular expressions, coroutines, static initialisation, threads-safe statics.
#include <algorithm>
#include <atomic>
#include <bitset>
#include <chrono>
#include <coroutine>
#include <deque>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <list>
#include <map>
#include <numeric>
#include <optional>
#include <queue>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <variant>

struct Early {
    std::vector<int> values{1, 2, 3};
    Early() { std::cout << "early\n"; }
    ~Early() { std::cout << "late\n"; }
} early;

struct Counter {
    struct promise_type {
        int value = 0;
        Counter get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_always initial_suspend() { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        std::suspend_always yield_value(int v) {
            value = v;
            return {};
        }
        void return_void() {}
        void unhandled_exception() {}
    };
    std::coroutine_handle<promise_type> handle;
};
static Counter squares(int n) {
    for (int i = 0; i < n; i++) co_yield i* i;
}
static std::map<std::string, int>& once() {
    static std::map<std::string, int> map{{"one", 1}};
    return map;
}
template <typename... T>
static auto total(T... values) {
    return (values + ...);
}

int main() {
    std::map<std::string, int> counts;
    std::istringstream words("the cat and the dog and the bird");
    for (std::string w; words >> w;) counts[w]++;
    for (auto& [w, n] : counts) std::cout << w << '=' << n << ' ';
    std::cout << '\n' << std::fixed << std::setprecision(3) << 3.14159 << ' ' << std::hex << 255 << std::dec << ' ' << std::setw(6) << 42 << '\n';
    std::unordered_map<int, std::string> table;
    for (int i = 0; i < 10000; i++) table[i * 7] = std::to_string(i);
    long sum = 0;
    for (auto& [k, v] : table) sum += k + (long)v.size();
    std::set<int> unique;
    std::deque<int> deque;
    std::list<int> list;
    std::mt19937_64 random(42);
    for (int i = 0; i < 5000; i++) {
        int v = (int)(random() % 1000);
        unique.insert(v), deque.push_front(v), list.push_back(v);
    }
    list.sort();
    std::sort(deque.begin(), deque.end(), std::greater<>());
    std::cout << sum << ' ' << unique.size() << ' ' << deque.front() << ' ' << list.front() << '\n';
    std::priority_queue<std::pair<int, std::string>> queue;
    queue.push({2, "two"}), queue.push({9, "nine"}), queue.push({5, "five"});
    std::cout << queue.top().second << '\n';
    std::regex pattern(R"((\w+)@(\w+)\.com)");
    std::string text = "mail bob@example.com and eve@test.com";
    for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) std::cout << (*it)[1] << " at " << (*it)[2] << '\n';
    std::cout << std::regex_replace(text, pattern, "<$1>") << '\n';
    auto counter = squares(6);
    while (counter.handle.resume(), !counter.handle.done()) std::cout << counter.handle.promise().value << ' ';
    counter.handle.destroy();
    std::cout << '\n';
    std::variant<int, std::string, double> variant = "text";
    std::cout << std::visit([](auto&& v) { return sizeof v; }, variant) << ' ' << variant.index() << ' ' << total(1, 2.5, 3L) << ' ' << once().size() << '\n';
    std::vector<double> numbers(1000);
    std::iota(numbers.begin(), numbers.end(), 1.0);
    std::cout << std::accumulate(numbers.begin(), numbers.end(), 0.0) << ' ' << std::inner_product(numbers.begin(), numbers.end(), numbers.begin(), 0.0) << '\n';
    {
        std::ofstream out("stream.txt");
        for (int i = 0; i < 1000; i++) out << i << ' ' << i * 0.5 << '\n';
    }
    std::ifstream in("stream.txt");
    double x, all = 0;
    while (in >> x) all += x;
    std::remove("stream.txt");
    std::cout << all << ' ' << std::bitset<16>(0xbeef) << ' ' << std::string_view("a view").substr(2) << '\n';
    std::atomic<long> atomic{5};
    atomic.fetch_add(7);
    long expected = 12;
    std::cout << atomic.compare_exchange_strong(expected, 3) << atomic << '\n';
    auto start = std::chrono::steady_clock::now();
    std::cout << (std::chrono::steady_clock::now() >= start) << '\n';
    std::optional<std::tuple<int, char>> maybe{{1, 'x'}};
    auto [number, letter] = *maybe;
    std::cout << number << letter << (__int128(1) << 100 > 0) << '\n';
}
