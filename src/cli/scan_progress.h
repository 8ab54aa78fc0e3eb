// How far a scan has come, on the last line of a terminal's error stream while it goes. Where that
// is no terminal, nothing is shown.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/time.h"
#include "cli/context.h"
#include "discovery/progress.h"

namespace rekey::cli {

struct ScanPace {
  std::string step;          // "files"
  std::uint64_t bytes = 0;   // looked at in it
  base::Duration elapsed{};  // since it was begun
  double share = 0;          // of it that is done, from 0 to 1; 0 where that is not known
};

// "files  [####......]  42 %, 1.2 GB, 340 MB/s, about 12s left": as far as it is known.
[[nodiscard]] std::string progress_line(const ScanPace& pace);

// Any thread may tell; one of them draws, ten times a second at most.
class ScanProgress final : public discovery::Progress {
 public:
  explicit ScanProgress(const Context& context);
  ~ScanProgress() override { end(); }
  ScanProgress(const ScanProgress&) = delete;
  ScanProgress& operator=(const ScanProgress&) = delete;

  void begin(const std::string& step) override;
  void advance(std::uint64_t bytes) override;
  void reach(double share) override;
  // Erases the line; no other comes.
  void end();

 private:
  void draw_if_due();

  const Context& context_;
  std::atomic<bool> is_shown_;
  std::atomic<std::int64_t> due_millis_{0};  // of the clock that never goes back
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<double> share_{0};
  std::mutex mutex_;
  std::string step_ = "files";  // guarded by mutex_, as what follows
  base::Duration begun_{};
  bool has_line_ = false;
};

}  // namespace rekey::cli
