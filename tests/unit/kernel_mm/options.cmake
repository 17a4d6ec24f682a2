# current_space.cpp stands in for the tasks of kernel/task.
target_link_options(${TEST_TARGET} PRIVATE -Wl,--allow-multiple-definition)
