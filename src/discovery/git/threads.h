// Work that several threads share.
#pragma once

#include <functional>
#include <thread>
#include <vector>

namespace rekey::discovery::git {

// Calls `work` once on each of so many threads, the caller's among them, with their numbers from 0
// on; returns when all have.
inline void on_threads(unsigned threads, const std::function<void(unsigned)>& work) {
  std::vector<std::thread> others;
  for (unsigned thread = 1; thread < threads; ++thread) others.emplace_back(work, thread);
  work(0);
  for (auto& other : others) other.join();
}

}  // namespace rekey::discovery::git
