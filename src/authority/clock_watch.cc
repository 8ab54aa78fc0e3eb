#include "authority/clock_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rekey::authority {

namespace {

// To the second: nobody acts on less.
std::string span_text(base::Duration span) {
  return base::format_duration(std::chrono::floor<std::chrono::seconds>(span));
}

}  // namespace

base::Duration ClockWatch::look(Reading reading) noexcept {
  const std::optional<Reading> before = std::exchange(last_, reading);
  if (!before || is_played_) return base::Duration{0};
  const base::Duration step =
      (reading.wall - before->wall) - (reading.monotonic - before->monotonic);
  return step > kClockAheadTolerance ? step : base::Duration{0};
}

void ClockWatch::note_caller(const CallerNetwork& network, base::Instant theirs,
                             base::Instant now) {
  if (is_played_) return;
  const std::lock_guard lock(mutex_);
  std::erase_if(notes_, [&](const Note& note) { return note.network == network; });
  if (notes_.size() == kMostNetworks) notes_.erase(notes_.begin());
  notes_.push_back({network, now - theirs});
}

std::optional<base::Duration> ClockWatch::ahead_of_callers() const {
  std::vector<base::Duration> all;
  {
    const std::lock_guard lock(mutex_);
    for (const Note& note : notes_) all.push_back(note.ahead);
  }
  if (all.empty()) return std::nullopt;
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>((all.size() - 1) / 2);
  std::nth_element(all.begin(), middle, all.end());
  return *middle;
}

std::string describe_clock_behind(base::Instant now, base::Instant latest_event) {
  return fmt::format(
      "the system clock says {}, and the ledger's latest event is of {}, {} later; set the clock "
      "right (`timedatectl` tells whether it is kept so). Where it is right, it ran ahead when "
      "that "
      "event was written: docs/data-folder.md, \"The clock\"",
      base::format_instant(now), base::format_instant(latest_event), span_text(latest_event - now));
}

std::string describe_clock_after(base::Instant now, base::Instant latest_event) {
  return fmt::format(
      "the system clock says {}, and the ledger's latest event is of {}, {} earlier; unless no "
      "server ran for so long, the clock is ahead: set it right at once, since secrets end by it",
      base::format_instant(now), base::format_instant(latest_event), span_text(now - latest_event));
}

std::string describe_clock_step(base::Duration ahead, base::Instant now) {
  return fmt::format(
      "the system clock went {} further than time passed, and says {}; unless the machine was "
      "asleep or its clock was behind, set it back at once: secrets end by it",
      span_text(ahead), base::format_instant(now));
}

std::string describe_ahead_of_callers(base::Duration ahead) {
  const bool is_ahead = ahead > base::Duration{0};
  return fmt::format(
      "the system clock seems {} {} those of its administrators; see which of them "
      "is right, since secrets end by this one",
      span_text(is_ahead ? ahead : -ahead), is_ahead ? "ahead of" : "behind");
}

}  // namespace rekey::authority
