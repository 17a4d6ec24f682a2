# The fast static checks are tests too. clang-tidy runs in `make lint` only.
if(NOT OCCLUM_ASAN)
    foreach(check format layers dialect tree)
        add_test(NAME check_${check} COMMAND ${CMAKE_SOURCE_DIR}/tools/check_${check})
    endforeach()
    add_test(NAME check_census COMMAND ${CMAKE_SOURCE_DIR}/tools/census --check)
    add_test(NAME check_system_calls COMMAND ${CMAKE_SOURCE_DIR}/tools/system_calls --check)
    set_tests_properties(check_system_calls check_format check_layers check_dialect check_tree check_census PROPERTIES TIMEOUT 120 LABELS gates)
endif()
