# A folder is a library. Trusted folders are built twice: NAME_enclave (objects for libos.elf) and NAME_hosted (a static library for tests).

function(sources_below folder result)
    file(GLOB_RECURSE found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp ${CMAKE_SOURCE_DIR}/${folder}/*.S)
    set(${result} ${found} PARENT_SCOPE)
endfunction()

# trusted_library(NAME): all .cpp and .S below the folder NAME, but hosted/ only in host builds and enclave_only/ only in the enclave.
function(trusted_library name)
    sources_below(${name} sources)
    apply_dialect(${sources})
    set(enclave ${sources})
    list(FILTER enclave EXCLUDE REGEX "/hosted/")
    set(hosted ${sources})
    list(FILTER hosted EXCLUDE REGEX "/enclave_only/")
    if(enclave AND NOT OCCLUM_ASAN)
        add_library(${name}_enclave OBJECT ${enclave})
        target_compile_options(${name}_enclave PRIVATE ${WARNINGS} ${ENCLAVE_FLAGS}
            "$<$<COMPILE_LANGUAGE:CXX>:${ENCLAVE_CXX_FLAGS}>")
        target_compile_definitions(${name}_enclave PRIVATE OCCLUM_ENCLAVE=1)
    endif()
    if(hosted)
        add_library(${name}_hosted STATIC ${hosted})
        target_compile_options(${name}_hosted PRIVATE ${WARNINGS} ${HOSTED_FLAGS})
    endif()
endfunction()

# hosted_library(NAME): untrusted code.
function(hosted_library name)
    sources_below(${name} sources)
    if(sources)
        add_library(${name} STATIC ${sources})
        target_compile_options(${name} PRIVATE ${WARNINGS} ${HOSTED_FLAGS})
        target_link_libraries(${name} PRIVATE host_packages)
        # The model's microcode runs while the vector registers are the enclave's.
        set(microcode ${sources})
        list(FILTER microcode INCLUDE REGEX "/microcode/.*\\.cpp$")
        set_property(SOURCE ${microcode} APPEND PROPERTY COMPILE_OPTIONS -mno-sse -mno-mmx -mno-avx -fno-exceptions -fno-sanitize=all)
    endif()
endfunction()

# The hosted copies of NAME and of every layer below it, top first: what a host program that uses NAME links.
function(hosted_stack name result)
    set(stack)
    foreach(layer ${TRUSTED_LAYERS})
        if(TARGET ${layer}_hosted)
            list(PREPEND stack ${layer}_hosted)
        endif()
        if(layer STREQUAL name)
            break()
        endif()
    endforeach()
    set(${result} ${stack} PARENT_SCOPE)
endfunction()

# hosted_program(TARGET LAYER SOURCES…): an executable on the host with everything up to LAYER. Tests, fuzzers and benchmarks use it.
function(hosted_program target layer)
    add_executable(${target} ${ARGN})
    target_compile_options(${target} PRIVATE ${WARNINGS} ${HOSTED_FLAGS})
    target_link_options(${target} PRIVATE ${HOSTED_LINK_FLAGS})
    hosted_stack(${layer} stack)
    target_link_libraries(${target} PRIVATE ${stack} host_packages)
endfunction()
