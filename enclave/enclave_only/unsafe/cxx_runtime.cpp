// What libc++ and the compiler call and no library of theirs is linked for (see ../libcxx.cpp).
// SAFETY: names and contracts are libc++'s and the C++ ABI's; nothing here reads or writes memory by itself.
#include <memory>

#include "enclave/host.h"
#include "enclave/text.h"

namespace {

[[noreturn]] void die(const char* why) { occlum::enclave::panic(why); }

}  // namespace

_LIBCPP_BEGIN_NAMESPACE_STD

[[noreturn]] void __libcpp_verbose_abort(const char* format, ...) noexcept { die(format); }

__shared_count::~__shared_count() {}
__shared_weak_count::~__shared_weak_count() {}
void __shared_weak_count::__release_weak() noexcept {
    if (__libcpp_atomic_refcount_decrement(__shared_weak_owners_) == -1) __on_zero_shared_weak();
}
const void* __shared_weak_count::__get_deleter(const type_info&) const noexcept { return nullptr; }

_LIBCPP_END_NAMESPACE_STD

extern "C" {
void __cxa_pure_virtual() { die("a pure virtual function was called"); }
int __cxa_atexit(void (*)(void*), void*, void*) { return 0; }  // nothing is destroyed: the enclave just ends
void* __dso_handle __attribute__((visibility("hidden"))) = nullptr;
}
