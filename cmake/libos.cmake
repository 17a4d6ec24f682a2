# lib/occlum/libos.elf: the LibOS, one freestanding static-PIE image. Nothing of a libc is linked in.
set(LIBOS ${CMAKE_BINARY_DIR}/lib/occlum/libos.elf)
set(LIBOS_SCRIPT ${CMAKE_SOURCE_DIR}/enclave/libos.lds)

if(EXISTS ${CMAKE_SOURCE_DIR}/enclave/unsafe/entry.S AND TARGET kernel_enclave AND NOT OCCLUM_ASAN AND NOT OCCLUM_FUZZ)
    # While the kernel's main function is not there, the image is linked only on request.
    file(GLOB_RECURSE kernel_sources ${CMAKE_SOURCE_DIR}/kernel/*.cpp)
    foreach(source ${kernel_sources})
        file(STRINGS ${source} main REGEX "void (enclave::)?libos_main\\(\\) {")
        if(main)
            set(LIBOS_IN_ALL ALL)
        endif()
    endforeach()
    set(objects)
    foreach(layer ${TRUSTED_LAYERS})
        if(TARGET ${layer}_enclave)
            list(APPEND objects $<TARGET_OBJECTS:${layer}_enclave>)
        endif()
    endforeach()
    set(script_options)
    if(EXISTS ${LIBOS_SCRIPT})
        set(script_options -T ${LIBOS_SCRIPT})
    endif()
    add_custom_command(OUTPUT ${LIBOS}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/lib/occlum
        COMMAND ld.lld-22 -static -pie --no-dynamic-linker --no-undefined -z separate-code -z now -z relro -z noexecstack -z text
            --hash-style=gnu --gc-sections --build-id=none --fatal-warnings ${script_options} -e enclave_entry
            -Map ${CMAKE_BINARY_DIR}/lib/occlum/libos.map -o ${LIBOS} ${objects}
        DEPENDS ${objects} $<$<BOOL:${script_options}>:${LIBOS_SCRIPT}>
        COMMAND_EXPAND_LISTS VERBATIM COMMENT "Linking libos.elf")
    add_custom_target(libos ${LIBOS_IN_ALL} DEPENDS ${LIBOS})
endif()
