// One writer thread with group commit.
//
// Work that waits together is committed together: each piece runs in its own savepoint inside one
// transaction, so that a failing piece undoes itself only. A piece is acknowledged after COMMIT,
// which is durable (synchronous=FULL). Where COMMIT fails, every piece of the group fails with its
// error.
#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "storage/sqlite.h"

namespace rekey::storage {

class Writer {
 public:
  using Work = std::function<base::Status(Connection&)>;
  using Done = std::function<void(base::Status)>;

  // `queue_limit`: pieces that may wait; above it submit answers kLimitReached at once.
  Writer(Connection connection, std::size_t queue_limit = 4096, std::size_t group_limit = 256);
  ~Writer();  // finishes what waits, then stops
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // `done` runs on the writer's thread, after the commit, in the order of submission; on the
  // caller's where the queue is full. It may submit, and may not run() or drain(). An exception
  // that leaves `work` becomes kInternal. Any thread.
  void submit(Work work, Done done);
  // Blocks until it is durable. Not from the writer's own thread.
  [[nodiscard]] base::Status run(const Work& work);
  // Waits until `done` has run for all that was submitted before. Not from the writer's own thread.
  void drain();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rekey::storage
