#include "storage/writer.h"

#include <fmt/format.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/assert.h"

namespace rekey::storage {
namespace {

struct Piece {
  Writer::Work work;
  Writer::Done done;
};

base::Status guarded(const Writer::Work& work, Connection& connection) {
  try {
    return work(connection);
  } catch (const std::exception& exception) {
    return base::fail(base::Code::kInternal, fmt::format("a write failed: {}", exception.what()));
  }
}

// What each piece is to be told, in their order.
std::vector<base::Status> commit_together(Connection& connection,
                                          const std::vector<Piece>& pieces) {
  std::vector<base::Status> outcomes;
  outcomes.reserve(pieces.size());
  const auto committed = connection.in_transaction([&]() -> base::Status {
    for (const Piece& piece : pieces) {
      outcomes.push_back(connection.in_savepoint([&] { return guarded(piece.work, connection); }));
      if (connection.is_in_transaction()) continue;
      // SQLite rolled everything back, so that what the earlier pieces wrote is gone too.
      if (!outcomes.back()) return outcomes.back();
      return base::fail(base::Code::kInternal, "a write ended the transaction of its group");
    }
    return {};
  });
  if (committed) return outcomes;
  outcomes.resize(pieces.size());
  for (auto& outcome : outcomes) {
    if (outcome) outcome = tl::unexpected<base::Error>(committed.error());
  }
  return outcomes;
}

}  // namespace

struct Writer::State {
  Connection connection;
  const std::size_t queue_limit;
  const std::size_t group_limit;

  std::mutex mutex;
  std::condition_variable work_came;
  std::condition_variable work_done;
  std::deque<Piece> queue;  // guarded by mutex, like all below
  std::uint64_t submitted = 0;
  std::uint64_t acknowledged = 0;
  bool is_stopping = false;

  std::thread thread;

  State(Connection taken, std::size_t queue_bound, std::size_t group_bound)
      : connection(std::move(taken)), queue_limit(queue_bound), group_limit(group_bound) {}

  // Waits for work; empty once the writer stops and nothing waits.
  std::vector<Piece> take_group() {
    std::unique_lock lock(mutex);
    work_came.wait(lock, [this] { return is_stopping || !queue.empty(); });
    std::vector<Piece> group;
    while (!queue.empty() && group.size() < group_limit) {
      group.push_back(std::move(queue.front()));
      queue.pop_front();
    }
    return group;
  }

  void write_until_stopped() {
    for (;;) {
      const std::vector<Piece> group = take_group();
      if (group.empty()) return;
      auto outcomes = commit_together(connection, group);
      for (std::size_t i = 0; i < group.size(); ++i) group[i].done(std::move(outcomes[i]));
      const std::lock_guard lock(mutex);
      acknowledged += group.size();
      work_done.notify_all();
    }
  }

  [[nodiscard]] bool is_own_thread() const { return std::this_thread::get_id() == thread.get_id(); }
};

Writer::Writer(Connection connection, std::size_t queue_limit, std::size_t group_limit)
    : state_(std::make_unique<State>(std::move(connection), queue_limit, group_limit)) {
  REKEY_ASSERT(queue_limit > 0 && group_limit > 0);
  state_->thread = std::thread([state = state_.get()] { state->write_until_stopped(); });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_stopping = true;
  }
  state_->work_came.notify_one();
  state_->thread.join();
}

void Writer::submit(Work work, Done done) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->queue.size() < state_->queue_limit) {
      state_->queue.push_back({std::move(work), std::move(done)});
      ++state_->submitted;
      state_->work_came.notify_one();
      return;
    }
  }
  done(base::fail(base::Code::kLimitReached,
                  fmt::format("{} writes are waiting for the disk; try again when it has caught up",
                              state_->queue_limit)));
}

base::Status Writer::run(const Work& work) {
  REKEY_ASSERT(!state_->is_own_thread());
  // Shared, because the writer may still be inside set_value when this thread has gone on.
  const auto outcome = std::make_shared<std::promise<base::Status>>();
  auto waiting = outcome->get_future();
  submit([&work](Connection& connection) { return work(connection); },
         [outcome](base::Status status) { outcome->set_value(std::move(status)); });
  return waiting.get();
}

void Writer::drain() {
  REKEY_ASSERT(!state_->is_own_thread());
  std::unique_lock lock(state_->mutex);
  const std::uint64_t last = state_->submitted;
  state_->work_done.wait(lock, [this, last] { return state_->acknowledged >= last; });
}

}  // namespace rekey::storage
