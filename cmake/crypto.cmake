# The assembly kernels of OpenSSL's static libcrypto that crypto/ stands on: AES, GHASH, the two stitched together, SHA-256. They need no libc,
# ask no CPUID, and take the processor's capabilities from a table that crypto/unsafe/kernels.cpp gives.
set(CRYPTO_KERNELS aesni-x86_64 aesni-gcm-x86_64 ghash-x86_64 sha256-x86_64)
find_library(LIBCRYPTO_ARCHIVE libcrypto.a REQUIRED)
find_program(OBJCOPY NAMES llvm-objcopy-22 llvm-objcopy REQUIRED)
find_program(NM NAMES llvm-nm-22 llvm-nm REQUIRED)
find_program(PYTHON python3 REQUIRED)
set(CRYPTO_OBJECTS)
foreach(kernel ${CRYPTO_KERNELS})
    list(APPEND CRYPTO_OBJECTS ${CMAKE_BINARY_DIR}/crypto/${kernel}.o)
endforeach()
add_custom_command(OUTPUT ${CRYPTO_OBJECTS}
    COMMAND ${PYTHON} ${CMAKE_SOURCE_DIR}/cmake/extract_kernels.py ${LIBCRYPTO_ARCHIVE} ${OBJCOPY} ${NM} ${CMAKE_BINARY_DIR}/crypto ${CRYPTO_KERNELS}
    DEPENDS ${CMAKE_SOURCE_DIR}/cmake/extract_kernels.py ${LIBCRYPTO_ARCHIVE} VERBATIM COMMENT "Kernels of libcrypto")
# The same objects for the copies that run on the host.
set(archive ${CMAKE_BINARY_DIR}/crypto/libkernels.a)
add_custom_command(OUTPUT ${archive} COMMAND ${CMAKE_COMMAND} -E rm -f ${archive} COMMAND ${CMAKE_AR} crs ${archive} ${CRYPTO_OBJECTS} DEPENDS ${CRYPTO_OBJECTS} VERBATIM)
add_custom_target(crypto_kernels DEPENDS ${archive})
add_dependencies(crypto_hosted crypto_kernels)
target_link_libraries(crypto_hosted PUBLIC ${archive})
