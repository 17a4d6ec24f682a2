# The same once more with ThreadSanitizer in the parts where vCPUs meet.
if(NOT OCCLUM_ASAN AND NOT OCCLUM_FUZZ)
    set(sched ${CMAKE_SOURCE_DIR}/kernel/sched)
    hosted_program(unit_kernel_sched_tsan kernel ${sources} ${sched}/vcpus.cpp ${sched}/kernel_lock.cpp ${sched}/run_queue.cpp
        ${sched}/turn.cpp ${sched}/long_call.cpp)
    target_compile_options(unit_kernel_sched_tsan PRIVATE -fsanitize=thread -Wno-conversion)
    target_link_options(unit_kernel_sched_tsan PRIVATE -fsanitize=thread)
    target_link_libraries(unit_kernel_sched_tsan PRIVATE googletest)
    add_test(NAME unit_kernel_sched_tsan COMMAND unit_kernel_sched_tsan)
    set_tests_properties(unit_kernel_sched_tsan PROPERTIES TIMEOUT 300 LABELS unit)
endif()
