target_link_libraries(${TEST_TARGET} PRIVATE ${ZYDIS_LIBRARY})
target_compile_definitions(${TEST_TARGET} PRIVATE OCCLUM_GOLDEN_FOLDER="${folder}/golden")
