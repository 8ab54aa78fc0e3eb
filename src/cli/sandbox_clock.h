// The clock of a sandbox: the system's, and as far ahead of it as the sandbox's administrator has
// moved it. It never goes back, and it is where it was after a restart.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "platform/clock.h"
#include "platform/files.h"

namespace rekey::cli {

class SandboxClock final : public platform::Clock {
 public:
  // `path`: the file that keeps how far it is ahead; made when it is moved for the first time.
  // kCorrupt where something else stands in it. `clock` and `files` outlive it.
  [[nodiscard]] static base::Result<std::unique_ptr<SandboxClock>> open(platform::Clock& clock,
                                                                        platform::Files& files,
                                                                        std::string path);

  [[nodiscard]] base::Instant now() const noexcept override {
    return clock_.now() + base::Duration{ahead_millis_};
  }
  // Waits are as long as they are: only what is written down and compared moves.
  [[nodiscard]] base::Duration monotonic() const noexcept override { return clock_.monotonic(); }
  void sleep_for(base::Duration duration) override { clock_.sleep_for(duration); }

  // Kept before it shows. Any thread.
  [[nodiscard]] base::Result<base::Instant> advance(base::Duration by);

 private:
  SandboxClock(platform::Clock& clock, platform::Files& files, std::string path)
      : clock_(clock), files_(files), path_(std::move(path)) {}

  platform::Clock& clock_;
  platform::Files& files_;
  const std::string path_;
  std::mutex mutex_;  // of the file
  std::atomic<std::int64_t> ahead_millis_{0};
};

}  // namespace rekey::cli
