# Tests by convention; tests/README.md describes them.

# tests/unit/NAME/*_test.cpp → unit_NAME. The part of NAME before the first '_' is the layer that it tests (sfi_verifier: sfi).
# An options.cmake in the folder may add to ${TEST_TARGET}. Folders with host code are named host_…, image_… or cli_….
file(GLOB unit_folders CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/*)
foreach(folder ${unit_folders})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cpp)
    if(NOT sources OR NOT TARGET googletest)
        continue()
    endif()
    get_filename_component(name ${folder} NAME)
    string(REGEX REPLACE "_.*" "" layer ${name})
    set(TEST_TARGET unit_${name})
    if(layer IN_LIST TRUSTED_LAYERS)
        hosted_program(${TEST_TARGET} ${layer} ${sources})
    else()
        hosted_program(${TEST_TARGET} sfi ${sources})
        foreach(host_layer image host)
            if(TARGET ${host_layer})
                target_link_libraries(${TEST_TARGET} PRIVATE ${host_layer})
            endif()
        endforeach()
        hosted_stack(sfi trusted)
        target_link_libraries(${TEST_TARGET} PRIVATE ${trusted})
    endif()
    target_link_libraries(${TEST_TARGET} PRIVATE googletest)
    target_compile_options(${TEST_TARGET} PRIVATE -Wno-conversion)
    include(${folder}/options.cmake OPTIONAL)
    add_test(NAME ${TEST_TARGET} COMMAND ${TEST_TARGET})
    set_tests_properties(${TEST_TARGET} PROPERTIES TIMEOUT 300 LABELS unit)
endforeach()

# These need folders of their own making: fuzz/NAME/CMakeLists.txt, tests/attack/NAME/CMakeLists.txt, bench/CMakeLists.txt, …
file(GLOB parts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/fuzz/*/CMakeLists.txt ${CMAKE_SOURCE_DIR}/tests/*/CMakeLists.txt
    ${CMAKE_SOURCE_DIR}/tests/attack/*/CMakeLists.txt ${CMAKE_SOURCE_DIR}/bench/CMakeLists.txt
    ${CMAKE_SOURCE_DIR}/bench/*/CMakeLists.txt)
foreach(part ${parts})
    get_filename_component(folder ${part} DIRECTORY)
    add_subdirectory(${folder})
endforeach()
