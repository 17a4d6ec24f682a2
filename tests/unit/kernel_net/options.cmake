# The code under test is only reached with the kernel lock held.
target_sources(${TEST_TARGET} PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/kernel_fs/kernel_lock.cpp)
