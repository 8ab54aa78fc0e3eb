#include "rotation/evidence.h"
#include "rotation/guards.h"

#include <fmt/format.h>

#include <algorithm>

namespace rekey::rotation {
namespace {

using base::Duration;
using base::Instant;

// Like format_duration, in whole seconds where there are any: people read these.
std::string rough(Duration duration) {
  using std::chrono::seconds;
  if (duration < seconds{1}) return base::format_duration(std::max(duration, Duration{0}));
  return base::format_duration(std::chrono::floor<seconds>(duration));
}

bool is_outgoing(const Question& question, const UsageRow& row) {
  return std::find(question.outgoing.begin(), question.outgoing.end(), row.secret_id) !=
         question.outgoing.end();
}

std::string reason_of(const Verdict& verdict, const Expectation& consumer, Instant as_of) {
  if (!consumer.reloaded_at) return "it has not been reloaded yet";
  const std::string seen = fmt::format("{} of {} instance{} seen on the new secret",
                                       std::min(verdict.instances_seen, consumer.instances),
                                       consumer.instances, consumer.instances == 1 ? "" : "s");
  const std::string old =
      verdict.last_on_old
          ? fmt::format("last used the old one {} ago", rough(as_of - *verdict.last_on_old))
          : std::string("the old one was never seen in use by it");
  switch (verdict.kind) {
    case VerdictKind::kSeenOnNew:
      return fmt::format("{}; {}", seen, old);
    case VerdictKind::kQuiet:
      return fmt::format("quiet on the old secret for {}, its interval is {}",
                         rough(verdict.quiet_for), rough(verdict.quiet_needed));
    case VerdictKind::kRestarted:
      return "it reads its secret only at start, and was restarted after its sink was read back";
    case VerdictKind::kAttested:
      if (!consumer.is_by_hand) {
        return fmt::format("{} attests that it uses the new secret", *consumer.attested_by);
      }
      return fmt::format(
          "{} attests that it was put there by hand and is used; nothing but this word says so",
          *consumer.attested_by);
    case VerdictKind::kNotYet:
      break;
  }
  if (consumer.needs_sighting) {
    return fmt::format(
        "{}; {}; its sink cannot be read back, so nothing but its own token request with the new "
        "secret is evidence: have it make one",
        seen, old);
  }
  return fmt::format("{}; {}; quiet for {} of {}", seen, old, rough(verdict.quiet_for),
                     rough(verdict.quiet_needed));
}

Verdict judge_one(const UsageReport& usage, const Question& question, const Expectation& consumer) {
  Verdict verdict;
  verdict.consumer = consumer.name;
  verdict.quiet_needed = consumer.interval;
  for (const UsageRow& row : usage.rows) {
    if (!matches(consumer.seen_as, row.caller)) continue;
    if (is_outgoing(question, row)) {
      verdict.last_on_old = std::max(verdict.last_on_old.value_or(row.last_seen), row.last_seen);
    } else if (row.secret_id == question.incoming && consumer.reloaded_at &&
               (consumer.counts_before_reload ||
                holds(Guard::kSeenAfterReload, row.last_seen >= *consumer.reloaded_at))) {
      ++verdict.instances_seen;
    }
  }
  if (consumer.reloaded_at) {
    Instant quiet_since =
        std::max(*consumer.reloaded_at, verdict.last_on_old.value_or(*consumer.reloaded_at));
    if (!holds(Guard::kQuietInCompleteSource, quiet_since >= usage.complete_since)) {
      quiet_since = usage.complete_since;
    }
    verdict.quiet_for = std::max(usage.as_of - quiet_since, Duration{0});
    const bool is_off_old =
        holds(Guard::kOffOld,
              !verdict.last_on_old || usage.as_of - *verdict.last_on_old >= consumer.interval);
    const bool is_seen =
        holds(Guard::kEveryInstanceSeen, verdict.instances_seen >= consumer.instances);
    if (is_seen && is_off_old) {
      verdict.kind = VerdictKind::kSeenOnNew;
    } else if (consumer.needs_sighting) {
      verdict.kind = VerdictKind::kNotYet;
    } else if (holds(Guard::kQuietLongEnough, verdict.quiet_for >= consumer.interval)) {
      verdict.kind = VerdictKind::kQuiet;
    } else if (is_off_old && consumer.is_restarted) {
      verdict.kind = VerdictKind::kRestarted;
    } else if (is_off_old && consumer.attested_by) {
      verdict.kind = VerdictKind::kAttested;
    }
  }
  verdict.reason = reason_of(verdict, consumer, usage.as_of);
  return verdict;
}

template <typename Patterns>
auto find_match(const Patterns& patterns, const Caller& caller) {
  return std::find_if(patterns.begin(), patterns.end(),
                      [&](const auto& pattern) { return matches(pattern.seen_as, caller); });
}

void note_unclaimed(Evidence& evidence, const Question& question, const UsageRow& row) {
  const auto waiver = find_match(question.waivers, row.caller);
  if (waiver == question.waivers.end()) {
    evidence.unknown.push_back({row.caller, row.last_seen, row.count});
    return;
  }
  const bool is_noted =
      std::any_of(evidence.waived.begin(), evidence.waived.end(),
                  [&](const WaivedUse& waived) { return waived.seen_as == waiver->seen_as; });
  if (!is_noted) evidence.waived.push_back(*waiver);
}

}  // namespace

std::string_view name_of(VerdictKind kind) noexcept {
  switch (kind) {
    case VerdictKind::kSeenOnNew:
      return "seen";
    case VerdictKind::kQuiet:
      return "quiet";
    case VerdictKind::kRestarted:
      return "restarted";
    case VerdictKind::kAttested:
      return "attested";
    case VerdictKind::kNotYet:
      return "not_yet";
  }
  return "";
}

bool Evidence::is_complete() const noexcept {
  return holds(Guard::kNoUnknownUse, unknown.empty()) &&
         std::all_of(verdicts.begin(), verdicts.end(),
                     [](const Verdict& v) { return v.kind != VerdictKind::kNotYet; });
}

Evidence evaluate(const UsageReport& usage, const Question& question) {
  Evidence evidence;
  evidence.as_of = usage.as_of;
  for (const Expectation& consumer : question.consumers) {
    if (consumer.is_not_asked) continue;
    evidence.verdicts.push_back(judge_one(usage, question, consumer));
  }
  for (const UsageRow& row : usage.rows) {
    if (!is_outgoing(question, row)) continue;
    const bool is_claimed = find_match(question.consumers, row.caller) != question.consumers.end();
    if (!is_claimed) note_unclaimed(evidence, question, row);
  }
  return evidence;
}

std::string describe(const UnknownUse& use) {
  return fmt::format("{} (last seen {}, {} request{})", describe(use.caller),
                     base::format_instant(use.last_seen), use.count, use.count == 1 ? "" : "s");
}

std::string describe_gap(const Evidence& evidence) {
  std::vector<std::string> parts;
  for (const UnknownUse& use : evidence.unknown) {
    parts.push_back("an unknown caller uses the old secret: " + describe(use));
  }
  for (const Verdict& verdict : evidence.verdicts) {
    if (verdict.kind == VerdictKind::kNotYet) {
      parts.push_back(fmt::format("{}: {}", verdict.consumer, verdict.reason));
    }
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace rekey::rotation
