# Every third-party library, each a Debian 12 package (see setup/packages.txt).
# Its headers have one home folder; docs/architecture.md says which.

find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CURL REQUIRED)
find_package(fmt REQUIRED)
find_package(tl-expected REQUIRED)
find_package(simdjson REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED COMPONENTS core)
find_package(CLI11 REQUIRED)
find_package(Boost 1.81 REQUIRED)
if(REKEY_TESTS)
  find_package(GTest REQUIRED)
  find_library(REKEY_RAPIDCHECK rapidcheck REQUIRED)
endif()
