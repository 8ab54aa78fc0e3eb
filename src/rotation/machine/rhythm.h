// How long a consumer may go between two token requests: what the gate waits for, and what tells
// silence from an alarm.
//
// Pure. By default it is the life of a token and what the consumer adds to it: who holds a token
// needs no other before it ends. A declared interval that is longer holds; a shorter one holds only
// where usage before the run confirms it, because a wait that is too short ends the old secret
// under a consumer that was about to use it. The journal keeps what was found (ConsumerDeclared).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "rotation/inventory/inventory.h"
#include "rotation/machine/usage.h"

namespace rekey::rotation {

// What was known of one consumer's token requests when it came into the run.
struct Rhythm {
  base::Duration token_life{};                // 0: the issuer did not tell
  std::optional<base::Duration> confirmed{};  // the shortest interval that usage bears out,
  base::Duration watched{};                   // and for how long it was watched: the longest
  // Of a caller that asked twice or more with a secret that would end: the last time, and the mean
  // time between two. Who asked once has no rhythm.
  std::optional<base::Instant> last_seen{};
  base::Duration mean_gap{};
  base::Instant as_of{};  // when that was told
  friend bool operator==(const Rhythm&, const Rhythm&) = default;
};

// Fewer requests of one caller confirm nothing.
inline constexpr std::int64_t kFewestRequests = 4;

// Usage tells the first request, the last and how many there were. So what it can confirm is the
// mean time between two, and that the last one is no longer ago: of a consumer that works in bursts
// it says nothing of the pauses. A source that has seen each request tells the longest time itself.
[[nodiscard]] Rhythm observe_rhythm(const UsageReport& usage, const SeenAs& seen_as,
                                    const std::vector<std::string>& outgoing,
                                    base::Duration token_life);

// Token life and what the consumer's reload form adds; 0 where neither is known.
[[nodiscard]] base::Duration usual_interval(const Consumer& consumer, const Rhythm& rhythm);
// What counts: the declared interval or the usual one. nullopt for `rhythm`, in a journal from
// before it was observed: the declared one. 0: none is declared and none is known.
[[nodiscard]] base::Duration longest_interval(const Consumer& consumer,
                                              const std::optional<Rhythm>& rhythm);
// A shorter interval is declared than counts.
[[nodiscard]] bool is_overruled(const Consumer& consumer, const Rhythm& rhythm);
// It asked for tokens within that interval before the run: its silence would be new.
[[nodiscard]] bool was_alive(const Consumer& consumer, const std::optional<Rhythm>& rhythm);

// "1s, declared and confirmed by usage before the run", …
[[nodiscard]] std::string describe_interval(const Consumer& consumer,
                                            const std::optional<Rhythm>& rhythm);

}  // namespace rekey::rotation
