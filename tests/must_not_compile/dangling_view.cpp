// expect: -Wdangling
#include <string>
#include <string_view>
std::string make();
std::string_view keep() {
    std::string_view view = make();
    return view;
}
