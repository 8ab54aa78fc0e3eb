#include "storage/writer.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "platform/temp_folder.h"

namespace rekey::storage {
namespace {

using base::Code;

Connection open_table(const std::string& path) {
  auto connection = Connection::open(path, OpenMode::kReadWriteCreate);
  if (!connection) throw std::runtime_error(connection.error().detail);
  const auto created = connection->execute(
      "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, bytes BLOB) STRICT");
  if (!created) throw std::runtime_error(created.error().detail);
  return *std::move(connection);
}

Writer::Work insert(std::int64_t id) {
  return [id](Connection& connection) -> base::Status {
    REKEY_TRY(auto statement, connection.prepare("INSERT INTO t(id) VALUES(?1)"));
    return statement.bind(1, id).run();
  };
}

std::set<std::int64_t> ids_in(const std::string& path) {
  auto connection = open_table(path);
  auto rows = *connection.prepare("SELECT id FROM t");
  std::set<std::int64_t> ids;
  while (rows.step().value()) ids.insert(rows.integer(0));
  return ids;
}

// Holds the writer's thread until it is opened, so that pieces after it wait together.
class Gate {
 public:
  Writer::Work work() {
    return [this](Connection&) -> base::Status {
      entered_.set_value();
      opened_.get_future().wait();
      return {};
    };
  }
  void wait_until_entered() { entered_.get_future().wait(); }
  void open() { opened_.set_value(); }

 private:
  std::promise<void> entered_;
  std::promise<void> opened_;
};

class WriterThreaded : public ::testing::Test {
 protected:
  platform::TempFolder folder;
  std::string path = folder / "rekey.db";
};

TEST_F(WriterThreaded, WhatIsAcknowledgedIsSeenByOthers) {
  Writer writer(open_table(path));
  const auto status = writer.run(insert(7));
  ASSERT_TRUE(status) << status.error().detail;
  EXPECT_EQ(ids_in(path), std::set<std::int64_t>{7});
}

TEST_F(WriterThreaded, ManyThreadsWriteAndEachIsToldOfItsOwn) {
  constexpr std::int64_t kThreads = 4;
  constexpr std::int64_t kEach = 50;
  Writer writer(open_table(path));
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (std::int64_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&writer, &refused, thread] {
      for (std::int64_t i = 0; i < kEach; ++i) {
        if (!writer.run(insert(thread * kEach + i))) ++refused;
        // The same again: only the repetition fails.
        if (writer.run(insert(thread * kEach + i))) ++refused;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(refused, 0);
  EXPECT_EQ(ids_in(path).size(), static_cast<std::size_t>(kThreads * kEach));
}

TEST_F(WriterThreaded, AFailingPieceUndoesItselfOnlyAndTheOrderIsKept) {
  std::vector<std::string> told;  // the writer's thread alone writes it until the drain
  Gate gate;
  Writer writer(open_table(path));
  const auto note = [&told](std::string name) {
    return [&told, name = std::move(name)](base::Status status) {
      told.push_back(name +
                     (status ? " ok" : " " + std::string(base::name_of(status.error().code))));
    };
  };
  writer.submit(gate.work(), note("gate"));
  gate.wait_until_entered();
  writer.submit(insert(1), note("first"));
  writer.submit(
      [](Connection& connection) -> base::Status {
        REKEY_CHECK(insert(2)(connection));
        return base::fail(Code::kRefused, "after it has written");
      },
      note("refused"));
  writer.submit([](Connection&) -> base::Status { throw std::runtime_error("thrown"); },
                note("throws"));
  writer.submit(insert(1), note("double"));
  writer.submit(insert(3), note("last"));
  gate.open();
  writer.drain();
  EXPECT_EQ(told,
            (std::vector<std::string>{"gate ok", "first ok", "refused refused", "throws internal",
                                      "double already_exists", "last ok"}));
  EXPECT_EQ(ids_in(path), (std::set<std::int64_t>{1, 3}));
}

TEST_F(WriterThreaded, WhatWaitsTogetherIsCommittedTogether) {
  Gate gate;
  Writer writer(open_table(path));
  writer.submit(gate.work(), [](base::Status) {});
  gate.wait_until_entered();
  std::size_t seen_by_first_done = 0;
  writer.submit(insert(1), [&](base::Status) { seen_by_first_done = ids_in(path).size(); });
  writer.submit(insert(2), [](base::Status) {});
  writer.submit(insert(3), [](base::Status) {});
  gate.open();
  writer.drain();
  EXPECT_EQ(seen_by_first_done, 3U);
}

TEST_F(WriterThreaded, AFullQueueAnswersAtOnce) {
  Gate gate;
  Writer writer(open_table(path), 2);
  writer.submit(gate.work(), [](base::Status) {});
  gate.wait_until_entered();
  writer.submit(insert(1), [](base::Status) {});
  writer.submit(insert(2), [](base::Status) {});
  EXPECT_EQ(writer.run(insert(3)).error().code, Code::kLimitReached);
  gate.open();
  writer.drain();
  EXPECT_EQ(ids_in(path), (std::set<std::int64_t>{1, 2}));
  EXPECT_TRUE(writer.run(insert(3)));
}

TEST_F(WriterThreaded, WhereTheTransactionIsLostAllOfTheGroupFailsAndTheNextGroupPasses) {
  Gate gate;
  Writer writer(open_table(path));
  writer.submit(gate.work(), [](base::Status) {});
  gate.wait_until_entered();
  int failed = 0;
  const auto count = [&failed](base::Status status) { failed += status ? 0 : 1; };
  writer.submit(insert(1), count);
  writer.submit([](Connection& connection) { return connection.execute("ROLLBACK"); }, count);
  writer.submit(insert(2), count);
  gate.open();
  writer.drain();
  EXPECT_EQ(failed, 3);
  EXPECT_TRUE(ids_in(path).empty());
  EXPECT_TRUE(writer.run(insert(1)));
}

TEST_F(WriterThreaded, WhereTheCommitFailsAllOfTheGroupFails) {
  auto connection = open_table(path);
  ASSERT_TRUE(
      connection.execute("CREATE TABLE child(parent INTEGER REFERENCES t(id) "
                         "DEFERRABLE INITIALLY DEFERRED) STRICT"));
  Gate gate;
  Writer writer(std::move(connection));
  writer.submit(gate.work(), [](base::Status) {});
  gate.wait_until_entered();
  int failed = 0;
  const auto count = [&failed](base::Status status) { failed += status ? 0 : 1; };
  writer.submit(insert(1), count);
  // The deferred constraint is looked at by COMMIT only.
  writer.submit([](Connection& c) { return c.execute("INSERT INTO child VALUES(99)"); }, count);
  gate.open();
  writer.drain();
  EXPECT_EQ(failed, 2);
  EXPECT_TRUE(ids_in(path).empty());
  EXPECT_TRUE(writer.run(insert(1)));
}

TEST_F(WriterThreaded, WhereTheTransactionCannotBeginTheGroupFails) {
  auto connection = open_table(path);
  ASSERT_TRUE(connection.execute("PRAGMA busy_timeout=1"));
  Writer writer(std::move(connection));
  auto other = open_table(path);
  const auto held = other.in_transaction([&]() -> base::Status {
    EXPECT_EQ(writer.run(insert(1)).error().code, Code::kUnavailable);
    return {};
  });
  ASSERT_TRUE(held);
  EXPECT_TRUE(writer.run(insert(1)));
}

TEST_F(WriterThreaded, AFullDiskFailsThePieceAndNotTheWriter) {
  auto connection = open_table(path);
  ASSERT_TRUE(connection.execute("PRAGMA max_page_count=20"));
  Writer writer(std::move(connection));
  ASSERT_TRUE(writer.run(insert(1)));
  const auto full = writer.run([](Connection& c) {
    return c.execute("INSERT INTO t(id, bytes) VALUES(2, zeroblob(1000000))");
  });
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::kIo);
  EXPECT_TRUE(writer.run(insert(3)));
  EXPECT_EQ(ids_in(path), (std::set<std::int64_t>{1, 3}));
}

TEST_F(WriterThreaded, TheEndFinishesWhatWaits) {
  std::atomic<int> acknowledged{0};
  {
    Writer writer(open_table(path), 4096, 8);
    for (std::int64_t id = 0; id < 100; ++id) {
      writer.submit(insert(id), [&acknowledged](base::Status status) {
        if (status) ++acknowledged;
      });
    }
  }
  EXPECT_EQ(acknowledged, 100);
  EXPECT_EQ(ids_in(path).size(), 100U);
}

// Writes ids from `first` on for ever and says each acknowledged one to `acknowledgements`.
[[noreturn]] void write_until_killed(const std::string& path, std::int64_t first,
                                     int acknowledgements) {
  Writer writer(open_table(path), 64, 16);
  for (std::int64_t id = first;; ++id) {
    writer.submit(insert(id), [acknowledgements, id](base::Status status) {
      if (!status) return;
      if (::write(acknowledgements, &id, sizeof id) != sizeof id) ::_exit(1);
    });
    if (id % 8 == 0) writer.drain();
  }
}

TEST_F(WriterThreaded, WhatWasAcknowledgedIsThereAfterAKill) {
  std::set<std::int64_t> acknowledged;
  for (int round = 0; round < 6; ++round) {
    const std::int64_t first = round * 1'000'000 + 1;
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      write_until_killed(path, first, ends[1]);
    }
    ::close(ends[1]);
    std::int64_t id = 0;
    for (int i = 0; i < 37 * (round + 1) && ::read(ends[0], &id, sizeof id) == sizeof id; ++i) {
      acknowledged.insert(id);
    }
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    while (::read(ends[0], &id, sizeof id) == sizeof id) acknowledged.insert(id);
    ::close(ends[0]);

    const auto found = ids_in(path);
    for (const std::int64_t told : acknowledged) ASSERT_TRUE(found.count(told)) << told;
    // Groups are whole and in order: what is there of this round has no hole.
    const auto begin = found.lower_bound(first);
    const auto count = std::distance(begin, found.end());
    ASSERT_GT(count, 0);
    EXPECT_EQ(*found.rbegin(), first + count - 1);
  }
  EXPECT_GE(acknowledged.size(), 37U * 21U);
}

}  // namespace
}  // namespace rekey::storage
