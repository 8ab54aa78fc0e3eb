// What a run tells while it goes: every journalled event, and what it waits for in between.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"

namespace rekey::rotation {

// One event of the run. Holds no value.
struct RunNotice {
  base::Instant at{};
  std::string run_id;
  std::string event;     // stable name: "secret_staged", "sink_written", …
  std::string phase;     // the run's phase after it: "Propagating", …
  std::string consumer;  // empty where it concerns the whole run
  std::string message;   // a sentence for people
  bool is_news = false;  // owners and contacts want to know at once
};

// Told at least once a second while the run waits.
struct Progress {
  std::string run_id;
  std::string phase;
  std::string what;  // "the settle time of sec_17"
  base::Duration waited{};
  base::Duration total{};                // 0 where it is not known
  std::vector<std::string> consumers{};  // of whom evidence is missing
};

class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void on_event(const RunNotice& notice) = 0;
  virtual void on_progress(const Progress& progress) = 0;
  // Nothing is urgent for the run now: what comes next may take long.
  virtual void on_lull() {}
};

// One JSON object without a newline:
// {"at","run","event","phase","consumer","message"} and
// {"run","event":"waiting","phase","what","waited_ms","total_ms"}.
[[nodiscard]] std::string to_json_line(const RunNotice& notice);
[[nodiscard]] std::string to_json_line(const Progress& progress);
// "waiting for the settle time of sec_17, 3s of 7s".
[[nodiscard]] std::string describe(const Progress& progress);

}  // namespace rekey::rotation
