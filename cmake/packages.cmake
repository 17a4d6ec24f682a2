# What comes from the distribution (scripts/packages.txt). Only the host's side and the tests use these.
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(Threads REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_library(LZ4_LIBRARY NAMES liblz4.a lz4 REQUIRED)
find_library(YAML_LIBRARY NAMES libyaml.a yaml REQUIRED)
find_library(ARCHIVE_LIBRARY NAMES archive REQUIRED)
find_library(FUSE_LIBRARY NAMES fuse3 REQUIRED)
find_library(ZYDIS_LIBRARY Zydis)
find_library(CAPSTONE_LIBRARY NAMES libcapstone.a capstone)

add_library(host_packages INTERFACE)
target_compile_definitions(host_packages INTERFACE FMT_HEADER_ONLY=1)
target_link_libraries(host_packages INTERFACE OpenSSL::Crypto Threads::Threads nlohmann_json::nlohmann_json CLI11::CLI11
    ${LZ4_LIBRARY} ${YAML_LIBRARY} ${ARCHIVE_LIBRARY} ${FUSE_LIBRARY})

# GoogleTest from its sources, so that it shares our C++ library.
set(GTEST_SOURCES /usr/src/googletest/googletest /usr/src/googletest/googlemock)
if(EXISTS /usr/src/googletest/googletest/src/gtest-all.cc)
    add_library(googletest STATIC EXCLUDE_FROM_ALL
        /usr/src/googletest/googletest/src/gtest-all.cc /usr/src/googletest/googletest/src/gtest_main.cc)
    target_include_directories(googletest PRIVATE /usr/src/googletest/googletest)
    target_include_directories(googletest SYSTEM PUBLIC /usr/src/googletest/googletest/include)
    target_compile_options(googletest PRIVATE ${HOSTED_FLAGS})
endif()
