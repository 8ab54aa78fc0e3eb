// One state of all tables, read page by page over several calls, whatever is written meanwhile.
//
// There is one at a time: a new one takes the place of the one before. While it is held the
// database's write-ahead log only grows, so it ends with its last page, and where nobody asks for
// the next one within a minute.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "storage/sqlite.h"

namespace rekey::engagement::sandbox {

// Any thread.
class Snapshot {
 public:
  explicit Snapshot(storage::Connection reads) : reads_(std::move(reads)) {}

  // Ends the one before. `name` is not empty and new.
  [[nodiscard]] base::Status begin(std::string name, base::Instant now);
  // Runs `work`, which only reads, on it. kConflict where that one has ended.
  [[nodiscard]] base::Status read(std::string_view name, base::Instant now,
                                  const std::function<base::Status(storage::Connection&)>& work);
  [[nodiscard]] base::Status end(std::string_view name);
  // Ends one that was left.
  [[nodiscard]] base::Status end_if_left(base::Instant now);

 private:
  [[nodiscard]] base::Status end_it();

  std::mutex mutex_;
  storage::Connection reads_;
  std::string name_;  // empty: there is none
  base::Instant read_at_{};
};

}  // namespace rekey::engagement::sandbox
