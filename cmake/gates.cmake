# The compile-time gates: each rule of the safe dialect is a build failure. Folders named unsafe/ may use raw operations.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS ON)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/archive)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

option(OCCLUM_ASAN "AddressSanitizer and UndefinedBehaviorSanitizer for everything hosted" OFF)
option(OCCLUM_FUZZ "Build the libFuzzer targets" OFF)

find_program(CCACHE ccache)
if(CCACHE)
    # Paths relative to the tree, so that clones and work trees share what was compiled.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-stdlib=libc++> -g -fno-omit-frame-pointer -ftrivial-auto-var-init=zero)
add_compile_definitions(_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_EXTENSIVE)
include_directories(${CMAKE_SOURCE_DIR})

# Every file of the project.
set(WARNINGS -Wall -Wextra -Werror -Wshadow -Wconversion -Wthread-safety -Wdangling
    -Wno-gnu-statement-expression-from-macro-expansion)

# Every file that runs in the enclave, but those below unsafe/.
set(SAFE_DIALECT -Wunsafe-buffer-usage -Wunsafe-buffer-usage-in-container -Wunsafe-buffer-usage-in-libc-call
    -Wunsafe-buffer-usage-in-unique-ptr-array-access)

# Compiled with the enclave's rules: no vector registers, no exceptions, no RTTI, trapping arithmetic. libc++ is used as headers
# only: what it keeps in its prebuilt library is built in enclave/enclave_only/libcxx.cpp.
set(ENCLAVE_FLAGS -flto=thin -fPIE -fvisibility=hidden -mno-sse -mno-mmx -mno-avx -mno-red-zone -fno-stack-protector -ffunction-sections -fdata-sections
    -fno-asynchronous-unwind-tables -fcf-protection=none)
set(ENCLAVE_CXX_FLAGS -fno-exceptions -fno-rtti -fno-threadsafe-statics
    -fsanitize=signed-integer-overflow,shift,integer-divide-by-zero,null,return,unreachable,bool,enum -fsanitize-trap=all)

# The host's side and the host-built copies of the enclave's libraries for tests. libc++ is linked statically: the packaged shared one
# is older than the headers.
set(HOSTED_FLAGS)
set(HOSTED_LINK_FLAGS -stdlib=libc++ -static-libstdc++ -fuse-ld=lld-22)
if(OCCLUM_ASAN)
    set(HOSTED_FLAGS -fsanitize=address,undefined -fno-sanitize-recover=all)
    list(APPEND HOSTED_LINK_FLAGS -fsanitize=address,undefined)
endif()
if(OCCLUM_FUZZ)
    list(APPEND HOSTED_FLAGS -fsanitize=fuzzer-no-link)
endif()

# Marks each source by its folder: raw operations only below unsafe/.
function(apply_dialect)
    foreach(source ${ARGN})
        if(NOT source MATCHES "/unsafe/" AND source MATCHES "\\.cpp$")
            set_property(SOURCE ${source} APPEND PROPERTY COMPILE_OPTIONS ${SAFE_DIALECT})
        endif()
    endforeach()
endfunction()
