// How far the authority's own clock is to be believed.
//
// Behind the ledger's latest event it is wrong for certain: then nothing is changed (change.h), and
// beyond a minute no token is issued. Ahead it may be right; but it ends secrets before their time,
// and what it writes holds the ledger up once it is set back. So what can be known of that is told:
// a step of wall time that monotonic time did not make, and the distance from the clocks of those
// who administer it.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "authority/caller.h"
#include "base/time.h"

namespace rekey::authority {

// Less than this is the network's time on its way, or a clock that is being steered.
inline constexpr base::Duration kClockAheadTolerance = std::chrono::minutes{1};

// While a server runs an event comes at least every day (a token key); a longer gap is a server
// that stood still, or a clock that is ahead.
inline constexpr base::Duration kLongestQuiet = base::Days{7};

class ClockWatch {
 public:
  // A played clock (a sandbox's) is moved on purpose: nothing is told of it.
  enum class Of { kSystem, kPlayed };
  explicit ClockWatch(Of clock = Of::kSystem) : is_played_(clock == Of::kPlayed) {}

  struct Reading {
    base::Instant wall;
    base::Duration monotonic;
  };
  // By how much wall time went further than monotonic time since the look before; zero the first
  // time, and up to the tolerance. One thread.
  [[nodiscard]] base::Duration look(Reading reading) noexcept;

  // What the clock of somebody in that network says, at `now` by our own. Only of callers who are
  // believed: anybody may send a Date. Any thread.
  void note_caller(const CallerNetwork& network, base::Instant theirs, base::Instant now);
  // The median over the last networks that called; negative where ours is behind; nullopt where
  // nobody said. Any thread.
  [[nodiscard]] std::optional<base::Duration> ahead_of_callers() const;

 private:
  static constexpr std::size_t kMostNetworks = 15;
  struct Note {
    CallerNetwork network;
    base::Duration ahead;
  };

  const bool is_played_;
  std::optional<Reading> last_;
  mutable std::mutex mutex_;
  std::vector<Note> notes_;  // the newest last; one of a network
};

// Sentences for logs and /readyz: both times, and what to do.
[[nodiscard]] std::string describe_clock_behind(base::Instant now, base::Instant latest_event);
[[nodiscard]] std::string describe_clock_after(base::Instant now, base::Instant latest_event);
[[nodiscard]] std::string describe_clock_step(base::Duration ahead, base::Instant now);
[[nodiscard]] std::string describe_ahead_of_callers(base::Duration ahead);

}  // namespace rekey::authority
