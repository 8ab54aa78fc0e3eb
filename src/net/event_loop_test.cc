#include "net/event_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <thread>
#include <vector>

namespace rekey::net {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    reading = Descriptor(ends[0]);
    writing = Descriptor(ends[1]);
  }
  void put(std::size_t count) const {
    const std::vector<char> bytes(count, 'x');
    EXPECT_EQ(::write(writing.get(), bytes.data(), count), static_cast<ssize_t>(count));
  }
  Descriptor reading;
  Descriptor writing;
};

class FunctionWatcher final : public EventLoop::Watcher {
 public:
  explicit FunctionWatcher(std::function<void(Readiness)> function)
      : function_(std::move(function)) {}
  void on_ready(Readiness readiness) override { function_(readiness); }

 private:
  std::function<void(Readiness)> function_;
};

struct NoTicker final : EventLoop::Ticker {
  void on_tick() override {}
};

constexpr base::Duration kNever = std::chrono::hours{1};

void run(EventLoop& loop) {
  NoTicker ticker;
  loop.run(ticker, kNever);
}

TEST(EventLoop, TellsAgainForAsLongAsThereIsSomethingToRead) {
  EventLoop loop;
  const Pipe pipe;
  int read = 0;
  FunctionWatcher watcher([&](Readiness readiness) {
    EXPECT_TRUE(readiness.is_readable);
    char byte = 0;
    EXPECT_EQ(::read(pipe.reading.get(), &byte, 1), 1);
    if (++read == 3) loop.stop();
  });
  ASSERT_TRUE(loop.add(pipe.reading, Interest::kReading, watcher));
  pipe.put(3);
  run(loop);
  EXPECT_EQ(read, 3);
}

TEST(EventLoop, TellsNothingOfWhatIsNotWanted) {
  EventLoop loop;
  const Pipe quiet;
  const Pipe other;
  FunctionWatcher silent([](Readiness) { ADD_FAILURE() << "nobody waits for this"; });
  FunctionWatcher last([&](Readiness) { loop.stop(); });
  ASSERT_TRUE(loop.add(quiet.reading, Interest::kReading, silent));
  loop.change(quiet.reading, Interest::kNothing, silent);
  ASSERT_TRUE(loop.add(other.reading, Interest::kReading, last));
  quiet.put(1);
  other.put(1);
  run(loop);
}

TEST(EventLoop, SaysThatThePeerIsGoneEvenToAWatcherThatWaitsForNothing) {
  EventLoop loop;
  Pipe pipe;
  FunctionWatcher watcher([&](Readiness readiness) {
    EXPECT_TRUE(readiness.is_broken);
    loop.remove(pipe.reading);
    loop.stop();
  });
  ASSERT_TRUE(loop.add(pipe.reading, Interest::kNothing, watcher));
  pipe.writing = Descriptor();
  run(loop);
}

TEST(EventLoop, AWatcherMayCloseWhatItWatches) {
  EventLoop loop;
  Pipe pipe;
  int told = 0;
  FunctionWatcher watcher([&](Readiness) {
    ++told;
    loop.remove(pipe.reading);
    pipe.reading = Descriptor();
    loop.post([&] { loop.stop(); });
  });
  ASSERT_TRUE(loop.add(pipe.reading, Interest::kReading, watcher));
  pipe.put(10);
  run(loop);
  EXPECT_EQ(told, 1);
}

TEST(EventLoop, SaysWhenTheSystemRefusesADescriptor) {
  EventLoop loop;
  FunctionWatcher watcher([](Readiness) {});
  EXPECT_FALSE(loop.add(Descriptor(), Interest::kReading, watcher));
}

TEST(EventLoopThreaded, RunsTheCallsOfEveryThreadOnceAndInItsOrder) {
  EventLoop loop;
  constexpr std::size_t kThreads = 4;
  constexpr int kCalls = 5'000;
  std::array<std::vector<int>, kThreads> seen;  // touched on the loop's thread only
  std::size_t left = kThreads * kCalls;
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kCalls; ++i) {
        loop.post([&, thread, i] {
          seen[thread].push_back(i);
          if (--left == 0) loop.stop();
        });
      }
    });
  }
  run(loop);
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<int>& calls : seen) {
    ASSERT_EQ(calls.size(), static_cast<std::size_t>(kCalls));
    EXPECT_TRUE(std::is_sorted(calls.begin(), calls.end()));
  }
}

TEST(EventLoop, DestroysACallThatItDidNotComeTo) {
  const auto held = std::make_shared<int>(1);
  {
    EventLoop loop;
    loop.post([held] { ADD_FAILURE() << "the loop never ran"; });
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(EventLoop, TicksAgainAndAgainAlsoWhileThereAreEvents) {
  struct Ticker final : EventLoop::Ticker {
    explicit Ticker(EventLoop& of) : loop(of) {}
    void on_tick() override {
      if (++ticks == 3) loop.stop();
    }
    EventLoop& loop;
    int ticks = 0;
  };
  EventLoop loop;
  const Pipe pipe;
  FunctionWatcher watcher([](Readiness) {});  // reads nothing: ready in every turn
  ASSERT_TRUE(loop.add(pipe.reading, Interest::kReading, watcher));
  pipe.put(1);
  Ticker ticker(loop);
  loop.run(ticker, std::chrono::milliseconds{1});
  EXPECT_EQ(ticker.ticks, 3);
}

}  // namespace
}  // namespace rekey::net
