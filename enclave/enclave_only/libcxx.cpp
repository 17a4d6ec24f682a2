// libc++'s headers declare some instantiations as living in its prebuilt library, which uses vector registers
// and a libc. They are built here instead, with the enclave's flags. What needs a heap or aborts is in the
// runtime.
#include <algorithm>
#include <charconv>
#include <string>

template class std::basic_string<char>;
template std::string std::operator+
    <char, std::char_traits<char>, std::allocator<char>>(const char*, const std::string&);

_LIBCPP_BEGIN_NAMESPACE_STD
template <class Compare, class Iterator>
void __sort(Iterator first, Iterator last, Compare) {
    __less<> less;
    std::__introsort<_ClassicAlgPolicy, __less<>&, Iterator, false>(
        first, last, less,
        static_cast<ptrdiff_t>(2 * std::__bit_log2(static_cast<size_t>(last - first) | 1)));
}
template void __sort<__less<char>&, char*>(char*, char*, __less<char>&);
template void __sort<__less<signed char>&, signed char*>(signed char*, signed char*, __less<signed char>&);
template void __sort<__less<unsigned char>&, unsigned char*>(unsigned char*, unsigned char*,
                                                             __less<unsigned char>&);
template void __sort<__less<short>&, short*>(short*, short*, __less<short>&);
template void __sort<__less<unsigned short>&, unsigned short*>(unsigned short*, unsigned short*,
                                                               __less<unsigned short>&);
template void __sort<__less<int>&, int*>(int*, int*, __less<int>&);
template void __sort<__less<unsigned>&, unsigned*>(unsigned*, unsigned*, __less<unsigned>&);
template void __sort<__less<long>&, long*>(long*, long*, __less<long>&);
template void __sort<__less<unsigned long>&, unsigned long*>(unsigned long*, unsigned long*,
                                                             __less<unsigned long>&);
template void __sort<__less<long long>&, long long*>(long long*, long long*, __less<long long>&);
template void __sort<__less<unsigned long long>&, unsigned long long*>(unsigned long long*,
                                                                       unsigned long long*,
                                                                       __less<unsigned long long>&);
_LIBCPP_END_NAMESPACE_STD

namespace {

template <typename T>
std::string decimal(T value) {
    std::string text(20, '0');
    char* first = text.data();
    auto [end, error] = std::to_chars(first, std::to_address(text.end()), value);
    text.resize(static_cast<size_t>(end - first));
    return text;
}

}  // namespace

_LIBCPP_BEGIN_NAMESPACE_STD
string to_string(int value) { return decimal(value); }
string to_string(long value) { return decimal(value); }
string to_string(long long value) { return decimal(value); }
string to_string(unsigned value) { return decimal(value); }
string to_string(unsigned long value) { return decimal(value); }
string to_string(unsigned long long value) { return decimal(value); }
_LIBCPP_END_NAMESPACE_STD
