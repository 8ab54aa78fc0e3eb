# Build options and the flags that every target shares.

option(REKEY_TESTS "Build the tests" ON)
option(REKEY_FUZZ "Build the libFuzzer targets (Clang only)" OFF)
option(REKEY_FUZZ_COVERAGE "Instrument every room, so that the libFuzzer targets see what they reach" OFF)
set(REKEY_FUZZ_SECONDS 4 CACHE STRING "How long ctest runs each libFuzzer target")
option(REKEY_WERROR "Warnings are errors" OFF)
set(REKEY_SANITIZE "" CACHE STRING "Comma-separated sanitizers for the whole build")

find_program(REKEY_CCACHE ccache)
if(REKEY_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
      "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" "CCACHE_NOHASHDIR=1"
      "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_ctime,include_file_mtime" "${REKEY_CCACHE}")
endif()

add_library(rekey_flags INTERFACE)
target_compile_options(rekey_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
if(REKEY_WERROR)
  target_compile_options(rekey_flags INTERFACE -Werror)
endif()
target_compile_definitions(rekey_flags INTERFACE
  _GLIBCXX_ASSERTIONS REKEY_VERSION="${PROJECT_VERSION}")
target_include_directories(rekey_flags INTERFACE "${CMAKE_SOURCE_DIR}/src")

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
  target_compile_options(rekey_flags INTERFACE -fstack-protector-strong -D_FORTIFY_SOURCE=2)
  target_link_options(rekey_flags INTERFACE -pie -Wl,-z,relro,-z,now)
elseif(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")
elseif(CMAKE_BUILD_TYPE STREQUAL "Debug" AND REKEY_SANITIZE)
  set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
endif()

if(REKEY_SANITIZE)
  add_compile_options(-fsanitize=${REKEY_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${REKEY_SANITIZE})
  if(REKEY_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
if(REKEY_FUZZ_COVERAGE)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # So that ccache may keep what was compiled with a precompiled header.
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  add_link_options(-fuse-ld=lld)
endif()
