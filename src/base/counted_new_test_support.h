// Counts what a thread allocates, for tests that promise an allocation-free path.
//
// Replaces the global operator new and delete, so it may be included in one file of a test program.
// The thread sanitizer brings its own and lets nobody replace them: there nothing is counted, and
// kCountsAllocations says so.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_THREAD__)
#define REKEY_HAS_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define REKEY_HAS_THREAD_SANITIZER 1
#endif
#endif

namespace rekey::base {

#if defined(REKEY_HAS_THREAD_SANITIZER)
inline constexpr bool kCountsAllocations = false;
#else
inline constexpr bool kCountsAllocations = true;
#endif

inline thread_local std::size_t allocations_of_this_thread = 0;

inline void* counted_allocation(std::size_t size_bytes) noexcept {
  ++allocations_of_this_thread;
  return std::malloc(size_bytes == 0 ? 1 : size_bytes);
}

inline void* counted_allocation_or_throw(std::size_t size_bytes) {
  if (void* memory = counted_allocation(size_bytes)) return memory;
  throw std::bad_alloc();
}

}  // namespace rekey::base

#if !defined(REKEY_HAS_THREAD_SANITIZER)
// Every unaligned form is replaced, so that each pairs with its delete.
void* operator new(std::size_t size_bytes) {
  return rekey::base::counted_allocation_or_throw(size_bytes);
}
void* operator new[](std::size_t size_bytes) {
  return rekey::base::counted_allocation_or_throw(size_bytes);
}
void* operator new(std::size_t size_bytes, const std::nothrow_t&) noexcept {
  return rekey::base::counted_allocation(size_bytes);
}
void* operator new[](std::size_t size_bytes, const std::nothrow_t&) noexcept {
  return rekey::base::counted_allocation(size_bytes);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
#endif
