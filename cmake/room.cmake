# rekey_room(name USES rooms... LIBRARIES third-party... TEST_USES rooms... TEST_LIBRARIES third-party...)
#
# One folder under src/ is one static library. USES is the list of rooms whose headers it may
# include: the link list is the rule, and tests/tidy checks the includes against the same table.
# Files that end in _test.cc become one test program beside it, test_<name>.
function(rekey_room name)
  cmake_parse_arguments(room "" "" "USES;LIBRARIES;TEST_USES;TEST_LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")

  add_library(rekey_${name} STATIC ${sources})
  list(TRANSFORM room_USES PREPEND rekey_)
  target_link_libraries(rekey_${name} PUBLIC fmt::fmt tl::expected ${room_USES}
                                      PRIVATE rekey_flags ${room_LIBRARIES})
  target_precompile_headers(rekey_${name} REUSE_FROM rekey_headers)

  if(REKEY_TESTS AND tests)
    add_executable(test_${name} ${tests})
    list(TRANSFORM room_TEST_USES PREPEND rekey_)
    target_link_libraries(test_${name} PRIVATE rekey_flags rekey_${name} ${room_TEST_USES} ${room_LIBRARIES} ${room_TEST_LIBRARIES}
                          GTest::gmock GTest::gtest_main ${REKEY_RAPIDCHECK} Threads::Threads)
    rekey_test_flags(test_${name})
    add_test(NAME ${name} COMMAND test_${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 600)
  endif()
endfunction()

# What makes test programs quick to build: the test frameworks' headers once for each program, and no
# optimisation of the tests themselves (what they test keeps its own).
function(rekey_test_flags target)
  target_precompile_headers(${target} REUSE_FROM rekey_test_headers)
  target_compile_options(${target} PRIVATE -O0)
endfunction()

# Two programs' worth of headers, compiled once for the whole build. The release build goes without: it shows that
# each file includes what it uses.
function(rekey_precompiled_headers)
  file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/headers.cc" "")
  set(standard <algorithm> <array> <charconv> <cstdint> <fmt/format.h> <functional> <map> <memory> <optional> <set> <span>
               <string> <string_view> <tl/expected.hpp> <utility> <variant> <vector>)
  add_library(rekey_headers OBJECT "${CMAKE_CURRENT_BINARY_DIR}/headers.cc")
  target_link_libraries(rekey_headers PRIVATE rekey_flags fmt::fmt tl::expected)
  target_precompile_headers(rekey_headers PRIVATE ${standard})
  if(REKEY_TESTS)
    # A program, since what is precompiled for a library (-fPIC) does not fit one (-fPIE).
    add_executable(rekey_test_headers "${CMAKE_CURRENT_BINARY_DIR}/headers.cc")
    target_link_libraries(rekey_test_headers PRIVATE rekey_flags fmt::fmt tl::expected GTest::gmock GTest::gtest_main ${REKEY_RAPIDCHECK})
    target_precompile_headers(rekey_test_headers PRIVATE ${standard} <gmock/gmock.h> <gtest/gtest.h> <rapidcheck.h> <rapidcheck/gtest.h>)
    target_compile_options(rekey_test_headers PRIVATE -O0)
  endif()
endfunction()
rekey_precompiled_headers()
