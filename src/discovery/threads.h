// Work that several threads share.
#pragma once

#include <functional>
#include <system_error>
#include <thread>
#include <vector>

namespace rekey::discovery {

// Calls `work` once with each number from 0 to before `threads`, each on a thread of its own, the
// caller's for 0; returns when all have returned. Where the system gives no more threads, the
// caller's does the work of those that are missing afterwards, one after the other: no call may
// wait for another to begin.
inline void on_threads(unsigned threads, const std::function<void(unsigned)>& work) {
  std::vector<std::jthread> others;
  others.reserve(threads);
  unsigned next = 1;
  try {
    for (; next < threads; ++next) others.emplace_back(work, next);
  } catch (const std::system_error&) {
    // `next` was not started, nor are those behind it.
  }
  work(0);
  for (; next < threads; ++next) work(next);
}

}  // namespace rekey::discovery
