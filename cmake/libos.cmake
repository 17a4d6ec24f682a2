# lib/occlum/libos.elf: the LibOS, one freestanding static-PIE image. Nothing of a libc is linked in.
set(LIBOS ${CMAKE_BINARY_DIR}/lib/occlum/libos.elf)

# link_enclave_image(OUTPUT OBJECTS…): the linker script, where there is one, is the enclave's. Functions of up to 30 instructions are inlined
# across files: the way of a system call shrinks by a quarter, while larger ones would only make the cold paths longer.
function(link_enclave_image output)
    set(script ${CMAKE_SOURCE_DIR}/enclave/libos.lds)
    set(script_options)
    if(EXISTS ${script})
        set(script_options -T ${script})
    endif()
    get_filename_component(folder ${output} DIRECTORY)
    string(REGEX REPLACE "\\.elf$" ".map" map ${output})
    add_custom_command(OUTPUT ${output}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
        COMMAND ld.lld-22 -static -pie --no-dynamic-linker --no-undefined -z separate-code -z now -z relro -z noexecstack -z text
            -mllvm -import-instr-limit=30 --thinlto-cache-dir=${CMAKE_BINARY_DIR}/lto
            --hash-style=gnu --gc-sections --build-id=none --fatal-warnings ${script_options} -e enclave_entry
            -Map ${map} -o ${output} ${ARGN}
        DEPENDS ${ARGN} $<$<BOOL:${script_options}>:${script}>
        COMMAND_EXPAND_LISTS VERBATIM COMMENT "Linking ${output}")
endfunction()

if(EXISTS ${CMAKE_SOURCE_DIR}/enclave/enclave_only/unsafe/entry.S AND TARGET kernel_enclave AND NOT OCCLUM_ASAN AND NOT OCCLUM_FUZZ)
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
    link_enclave_image(${LIBOS} ${objects} ${CRYPTO_OBJECTS})
    add_custom_target(libos ${LIBOS_IN_ALL} DEPENDS ${LIBOS})
endif()
