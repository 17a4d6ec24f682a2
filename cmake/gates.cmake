# The compile-time gates: each rule of the safe dialect is a build failure. Folders named unsafe/ may use raw operations.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/archive)

option(OCCLUM_ASAN "AddressSanitizer and UndefinedBehaviorSanitizer for everything hosted" OFF)
option(OCCLUM_FUZZ "Build the libFuzzer targets" OFF)

add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-stdlib=libc++> -g -fno-omit-frame-pointer
    -Wall -Wextra -Werror -Wshadow -Wconversion -Wno-gnu-statement-expression-from-macro-expansion
    -ftrivial-auto-var-init=zero)
add_compile_definitions(_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_EXTENSIVE)
add_link_options(-stdlib=libc++ -fuse-ld=lld)
include_directories(${CMAKE_SOURCE_DIR})

# What every file of the project but unsafe/ obeys.
set(SAFE_DIALECT -Wunsafe-buffer-usage -Wthread-safety -Wdangling -Wno-unsafe-buffer-usage-in-libc-call)

# Compiled with the enclave's rules: no vector registers, no exceptions, no RTTI, trapping arithmetic.
set(ENCLAVE_FLAGS -fPIE -fvisibility=hidden -mno-sse -mno-mmx -mno-avx -mno-red-zone -fno-stack-protector -ffunction-sections -fdata-sections
    -fno-asynchronous-unwind-tables -fcf-protection=none
    $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions> $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti> $<$<COMPILE_LANGUAGE:CXX>:-fno-threadsafe-statics>
    -fsanitize=signed-integer-overflow,shift,integer-divide-by-zero,null,return,unreachable,bool,enum -fsanitize-trap=all)

set(HOSTED_FLAGS)
if(OCCLUM_ASAN)
    set(HOSTED_FLAGS -fsanitize=address,undefined -fno-sanitize-recover=all)
    add_link_options($<$<NOT:$<BOOL:$<TARGET_PROPERTY:OCCLUM_ENCLAVE>>>:-fsanitize=address,undefined>)
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
