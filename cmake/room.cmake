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
  target_precompile_headers(${target} PRIVATE <gmock/gmock.h> <gtest/gtest.h> <rapidcheck.h> <rapidcheck/gtest.h>
                            <fmt/format.h> <map> <string> <vector>)
  target_compile_options(${target} PRIVATE -O0)
endfunction()
