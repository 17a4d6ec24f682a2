target_link_libraries(${TEST_TARGET} PRIVATE ${ZYDIS_LIBRARY})
