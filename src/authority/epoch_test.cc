#include "authority/epoch.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace rekey::authority {
namespace {

struct Counted {
  explicit Counted(int* counter) : alive(counter) { ++*alive; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --*alive; }
  int* alive;
};

TEST(Epoch, KeepsARetiredObjectWhileAReaderIsInside) {
  int alive = 0;
  EpochDomain domain;
  EpochDomain::Reader& reader = domain.register_reader();
  {
    const EpochGuard guard(domain, reader);
    domain.retire(std::unique_ptr<const Counted>(new Counted(&alive)));
    domain.collect();
    EXPECT_EQ(alive, 1);
  }
  domain.collect();
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(domain.waiting(), 0u);
}

TEST(Epoch, FreesAtOnceWhatNobodyCanHold) {
  int alive = 0;
  EpochDomain domain;
  EpochDomain::Reader& reader = domain.register_reader();
  domain.retire(std::unique_ptr<const Counted>(new Counted(&alive)));
  const EpochGuard entered_later(domain, reader);
  domain.collect();
  EXPECT_EQ(alive, 0);
}

TEST(Epoch, FreesTheRestWhenItEnds) {
  int alive = 0;
  {
    EpochDomain domain;
    domain.retire(std::unique_ptr<const Counted>(new Counted(&alive)));
  }
  EXPECT_EQ(alive, 0);
}

TEST(EpochThreaded, ReadersNeverSeeAFreedValue) {
  struct Pair {
    int first;
    int second;
    ~Pair() { first = second = -1; }
  };
  EpochDomain domain;
  EpochPointer<Pair> pointer(domain, std::unique_ptr<const Pair>(new Pair{0, 0}));
  std::atomic<bool> is_done{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      EpochDomain::Reader& reader = domain.register_reader();
      while (!is_done.load()) {
        const EpochGuard guard(domain, reader);
        const Pair& pair = pointer.load();
        if (pair.first < 0 || pair.first != pair.second) ++torn;
      }
    });
  }
  for (int i = 1; i <= 20'000; ++i) {
    pointer.publish(std::unique_ptr<const Pair>(new Pair{i, i}));
  }
  is_done = true;
  for (std::thread& thread : readers) thread.join();
  domain.collect();
  EXPECT_EQ(torn.load(), 0);
  EXPECT_EQ(domain.waiting(), 0u);
}

}  // namespace
}  // namespace rekey::authority
