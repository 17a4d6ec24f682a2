target_sources(${TEST_TARGET} PRIVATE ${folder}/enclave_code.S)
