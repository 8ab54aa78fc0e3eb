// Has every consumer moved to the new secret, and who else still uses the old one?
//
// Pure. Compares only instants of the issuer with each other, never with a local clock; those of
// another source with the issuer's only by the lag that is declared for it. Evidence for a consumer
// is one of four kinds:
//   (a) seen: as many callers as it has instances were seen on the new secret after its last
//   reload,
//       and none on the old one for its interval;
//   (b) quiet: none on the old one for its interval, counted from the last use, the reload, or the
//       instant since which usage is complete, whichever is latest, in one source that was complete
//       all that time and covers every request. No data is not quiet;
//   (c) restarted: it reads its secret only at start and only from this sink, and the engine itself
//       has restarted it after the sink was read back;
//   (d) attested: its owner says so, after the last write.
// The last two are for issuers that tell no usage; where usage says that it is still on the old
// one, they do not count. Of a consumer whose sink only a person can write, none but (a) shows that
// the value there is the right one; where no usage is told, (d) is all that there is. Use of the
// old secret that no consumer claims, and the issuer's lumped row, stand in the way until a person
// answers for them with a waiver.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "rotation/inventory/seen_as.h"
#include "rotation/machine/usage.h"

namespace rekey::rotation {

// Somebody answers for a consumer that no evidence is there for.
struct ConsumerWaiver {
  std::string by;
  std::string reason;
};

// What is known of one consumer when its usage is judged.
struct Expectation {
  std::string name;
  SeenAs seen_as;
  int instances = 1;
  base::Duration interval{};
  // The issuer's time, read after the last reload; nullopt: not yet reloaded.
  std::optional<base::Instant> reloaded_at;
  bool is_restarted = false;                 // by the engine, and it reads only at start
  std::optional<std::string> attested_by{};  // its owner, after the last write
  bool is_by_hand = false;      // a person wrote its sink, and nobody can read that back
  bool needs_sighting = false;  // is_by_hand, and usage is told
  // by hand, with nothing to reload: what it did before somebody's word counts
  bool counts_before_reload = false;
  bool is_not_asked = false;  // it moves later: what it uses is claimed, and no verdict is given
  bool was_alive = false;     // before the run, within its interval (rhythm.h)
  std::optional<ConsumerWaiver> waiver{};
};

struct WaivedUse {
  SeenAs seen_as;
  std::string by;
  std::string reason;
};

// A time in which usage could not be read. Where the issuer itself was away nobody got a token from
// it either: neither quiet nor silence is counted then.
struct Outage {
  base::Instant over_at{};  // the issuer's time
  base::Duration length{};
};

struct Question {
  std::vector<Expectation> consumers;
  std::vector<WaivedUse> waivers;
  std::string incoming;               // id of the new secret
  std::vector<std::string> outgoing;  // ids of those that would end
  std::vector<Outage> outages{};      // of the time that the run has watched
};

enum class VerdictKind { kSeenOnNew, kQuiet, kRestarted, kAttested, kNotYet, kSilent, kWaived };
// "seen", "quiet", "restarted", "attested", "not_yet", "silent", "waived"
[[nodiscard]] std::string_view name_of(VerdictKind kind) noexcept;
// The consumer stands in nobody's way.
[[nodiscard]] constexpr bool is_passing(VerdictKind kind) noexcept {
  return kind != VerdictKind::kNotYet && kind != VerdictKind::kSilent;
}

// A consumer may be late by this much, and by half its interval, before it counts as silent.
inline constexpr base::Duration kSilenceMargin = std::chrono::seconds{30};

struct Verdict {
  std::string consumer;
  VerdictKind kind = VerdictKind::kNotYet;
  int instances_seen = 0;  // on the new secret since the last reload
  std::optional<base::Instant> last_on_old;
  base::Duration quiet_for{};  // as counted by (b)
  base::Duration quiet_needed{};
  std::string reason;    // a sentence
  std::string source{};  // what it rests on, and since when that is complete
};

struct UnknownUse {
  Caller caller;
  base::Instant last_seen{};
  std::int64_t count = 0;
};

struct Evidence {
  base::Instant as_of{};
  std::vector<Verdict> verdicts;    // in the consumers' order
  std::vector<UnknownUse> unknown;  // unclaimed and not waived
  std::vector<WaivedUse> waived;    // the waivers that were needed
  bool is_told = false;             // some source covers every request: waiting may help
  [[nodiscard]] bool is_complete() const noexcept;
};

[[nodiscard]] Evidence evaluate(const UsageReport& usage, const Question& question);

// The silent ones, in the consumers' order.
[[nodiscard]] std::vector<std::string> silent_consumers(const Evidence& evidence);

// One sentence for what is missing; empty where it is complete.
[[nodiscard]] std::string describe_gap(const Evidence& evidence);
[[nodiscard]] std::string describe(const UnknownUse& use);

}  // namespace rekey::rotation
