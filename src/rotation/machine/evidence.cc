#include "rotation/machine/evidence.h"
#include "rotation/machine/guards.h"

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

// What all sources together tell of one consumer. Instants of other clocks than the issuer's stand
// at their latest.
struct Sightings {
  int instances_seen = 0;   // on the new secret since the reload, by the source that saw most
  std::size_t seen_by = 0;  // that source
  std::optional<Instant> last_on_old;
  std::optional<Instant> last_request;  // with whichever secret
  bool has_asked_since = false;         // since the reload, and not with the old one
  std::vector<std::optional<Instant>>
      last_untold;          // of each source: with a secret it does not name
  bool is_off_old = false;  // for its interval, as far as anybody tells
  bool is_told = false;     // some source covers every request
};

// How much of the time since then counts for nothing, because nobody could be asked.
Duration unread_since(const std::vector<Outage>& outages, const UsageSource& source, Instant from) {
  Duration unread{};
  for (const Outage& outage : outages) {
    const Instant over_at = outage.over_at + source.lag;
    if (over_at > from) unread += std::min<Duration>(outage.length, over_at - from);
  }
  return unread;
}

void raise(std::optional<Instant>& latest, Instant at) {
  latest = std::max(latest.value_or(at), at);
}

bool is_off_old(const std::vector<UsageSource>& sources, const Sightings& seen, Duration interval,
                const std::vector<Outage>& outages) {
  // No data is not quiet: where anybody tells, he has to have listened for that long.
  if (!seen.is_told && !seen.last_on_old) return true;
  return std::any_of(sources.begin(), sources.end(), [&](const UsageSource& source) {
    if (seen.is_told && !is_telling(source)) return false;
    Instant since = seen.is_told ? source.complete_since : *seen.last_on_old + source.lag;
    if (seen.last_on_old) since = std::max(since, *seen.last_on_old + source.lag);
    return source.as_of - since - unread_since(outages, source, since) >= interval;
  });
}

Sightings look_for(const UsageReport& usage, const std::vector<UsageSource>& sources,
                   const Question& question, const Expectation& consumer) {
  Sightings seen;
  seen.last_untold.resize(sources.size());
  std::vector<int> instances(sources.size());
  for (const UsageRow& row : usage.rows) {
    const bool is_untold = row.secret_id.empty();
    const bool is_new = !is_untold && row.secret_id == question.incoming;
    const bool is_old = !is_untold && is_outgoing(question, row);
    if (!(is_untold || is_new || is_old) || !matches(consumer.seen_as, row.caller)) continue;
    const Duration lag = sources[row.source].lag;
    raise(seen.last_request, row.last_seen + lag);
    if (is_old) raise(seen.last_on_old, row.last_seen + lag);
    if (is_untold) raise(seen.last_untold[row.source], row.last_seen);
    const bool is_since_reload =
        consumer.reloaded_at &&
        (consumer.counts_before_reload ||
         holds(Guard::kSeenAfterReload, row.last_seen - lag >= *consumer.reloaded_at));
    if (is_old || !is_since_reload) continue;
    seen.has_asked_since = true;
    if (is_new && ++instances[row.source] > seen.instances_seen) {
      seen.instances_seen = instances[row.source];
      seen.seen_by = row.source;
    }
  }
  seen.is_told = std::any_of(sources.begin(), sources.end(), is_telling);
  seen.is_off_old =
      holds(Guard::kOffOld, is_off_old(sources, seen, consumer.interval, question.outages));
  return seen;
}

// How long nothing happened, as a source that covers every request tells it.
struct Calm {
  Duration length{};
  std::size_t source = 0;
};

// The longest that any source bears out; `since` gives when it began, by that source's clock.
template <typename Since>
Calm longest_calm(const std::vector<UsageSource>& sources, const std::vector<Outage>& outages,
                  const Since& since) {
  Calm calm;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (!is_telling(sources[i])) continue;
    Instant from = since(i);
    if (!holds(Guard::kQuietInCompleteSource, from >= sources[i].complete_since)) {
      from = sources[i].complete_since;
    }
    const Duration length = sources[i].as_of - from - unread_since(outages, sources[i], from);
    if (length > calm.length) calm = {length, i};
  }
  return calm;
}

Calm quiet_of(const std::vector<UsageSource>& sources, const std::vector<Outage>& outages,
              const Sightings& seen, Instant reloaded_at) {
  return longest_calm(sources, outages, [&](std::size_t i) {
    const Instant from = std::max(reloaded_at, seen.last_on_old.value_or(reloaded_at));
    return std::max(from + sources[i].lag, seen.last_untold[i].value_or(reloaded_at));
  });
}

Calm silence_of(const std::vector<UsageSource>& sources, const std::vector<Outage>& outages,
                const Sightings& seen, Instant reloaded_at) {
  return longest_calm(sources, outages, [&](std::size_t i) {
    return std::max(reloaded_at, seen.last_request.value_or(reloaded_at)) + sources[i].lag;
  });
}

// What the words of a verdict need beside it.
struct Telling {
  Instant as_of{};
  Duration silence{};
  bool is_told = false;
};

std::string reason_of(const Verdict& verdict, const Expectation& consumer, const Telling& telling) {
  if (!consumer.reloaded_at) return "it has not been reloaded yet";
  const std::string seen = fmt::format("{} of {} instance{} seen on the new secret",
                                       std::min(verdict.instances_seen, consumer.instances),
                                       consumer.instances, consumer.instances == 1 ? "" : "s");
  const std::string old =
      verdict.last_on_old
          ? fmt::format("last used the old one {} ago", rough(telling.as_of - *verdict.last_on_old))
      : telling.is_told ? std::string("the old one was not seen in use by it")
                        : std::string("nobody tells whether it uses the old one");
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
    case VerdictKind::kSilent:
      return fmt::format(
          "it asked for tokens before the run, at least every {}, and has got none for {}, neither "
          "with the old secret nor with the new one",
          rough(consumer.interval), rough(telling.silence));
    case VerdictKind::kWaived:
      return fmt::format("waived by {}: {}", consumer.waiver->by, consumer.waiver->reason);
    case VerdictKind::kNotYet:
      break;
  }
  if (consumer.needs_sighting) {
    return fmt::format(
        "{}; {}; its sink cannot be read back, so nothing but its own token request with the new "
        "secret is evidence: have it make one",
        seen, old);
  }
  if (consumer.was_alive && verdict.quiet_for >= verdict.quiet_needed) {
    return fmt::format(
        "{}; {}; it asked for tokens before the run, so it has to be seen alive: one token request "
        "since its reload is missing",
        seen, old);
  }
  return fmt::format("{}; {}; quiet for {} of {}", seen, old, rough(verdict.quiet_for),
                     rough(verdict.quiet_needed));
}

// What the verdict rests on.
std::string source_of(const Verdict& verdict, const Expectation& consumer,
                      const UsageSource& teller) {
  switch (verdict.kind) {
    case VerdictKind::kRestarted:
      return "the engine's own restart";
    case VerdictKind::kAttested:
      return "the word of " + *consumer.attested_by;
    case VerdictKind::kWaived:
      return "the word of " + consumer.waiver->by;
    default:
      return describe(teller);
  }
}

VerdictKind kind_of(const Expectation& consumer, const Sightings& seen, Duration quiet,
                    Duration silence) {
  const bool is_late = silence > consumer.interval + consumer.interval / 2 + kSilenceMargin;
  if (consumer.was_alive && is_late) return VerdictKind::kSilent;
  const bool is_all_seen =
      holds(Guard::kEveryInstanceSeen, seen.instances_seen >= consumer.instances);
  if (is_all_seen && seen.is_off_old && seen.is_told) return VerdictKind::kSeenOnNew;
  // Who asked for tokens before has to be seen alive once: a program that does not come back from
  // its restart is quiet too, and nobody's word is asked before its silence tells.
  if (consumer.needs_sighting || (consumer.was_alive && !seen.has_asked_since)) {
    return VerdictKind::kNotYet;
  }
  if (holds(Guard::kQuietLongEnough, quiet >= consumer.interval)) return VerdictKind::kQuiet;
  if (seen.is_off_old && consumer.is_restarted) return VerdictKind::kRestarted;
  if (seen.is_off_old && consumer.attested_by) return VerdictKind::kAttested;
  return VerdictKind::kNotYet;
}

Verdict judge_one(const UsageReport& usage, const std::vector<UsageSource>& sources,
                  const Question& question, const Expectation& consumer) {
  Verdict verdict;
  verdict.consumer = consumer.name;
  verdict.quiet_needed = consumer.interval;
  const Sightings seen = look_for(usage, sources, question, consumer);
  verdict.instances_seen = seen.instances_seen;
  verdict.last_on_old = seen.last_on_old;
  Calm quiet;
  Calm silence;
  if (consumer.reloaded_at) {
    quiet = quiet_of(sources, question.outages, seen, *consumer.reloaded_at);
    silence = silence_of(sources, question.outages, seen, *consumer.reloaded_at);
    verdict.quiet_for = quiet.length;
    verdict.kind = kind_of(consumer, seen, quiet.length, silence.length);
    if (consumer.waiver && !is_passing(verdict.kind)) verdict.kind = VerdictKind::kWaived;
  }
  verdict.reason = reason_of(verdict, consumer, {usage.as_of, silence.length, seen.is_told});
  const bool is_seen = verdict.kind == VerdictKind::kSeenOnNew;
  const bool is_silent = verdict.kind == VerdictKind::kSilent;
  verdict.source =
      source_of(verdict, consumer,
                sources[is_seen ? seen.seen_by : (is_silent ? silence.source : quiet.source)]);
  return verdict;
}

template <typename Patterns>
auto find_match(const Patterns& patterns, const Caller& caller) {
  return std::find_if(patterns.begin(), patterns.end(),
                      [&](const auto& pattern) { return matches(pattern.seen_as, caller); });
}

// A request with a secret that is not named may have been one with the old secret, unless somebody
// else names those of all requests, at that time: from the row's first one on, or for as long as
// its caller ever paused.
bool is_named_elsewhere(const std::vector<UsageSource>& sources, const UsageRow& row) {
  const Duration lag = sources[row.source].lag;
  return std::any_of(sources.begin(), sources.end(), [&](const UsageSource& one) {
    if (!is_telling(one) || !one.names_secrets || one.complete_since >= one.as_of) return false;
    const Instant since = one.complete_since + one.lag + lag;
    if (row.first_seen >= since) return true;
    return row.longest_gap && row.last_seen >= since && one.as_of - since >= *row.longest_gap;
  });
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
    case VerdictKind::kSilent:
      return "silent";
    case VerdictKind::kWaived:
      return "waived";
  }
  return "";
}

bool Evidence::is_complete() const noexcept {
  return holds(Guard::kNoUnknownUse, unknown.empty()) &&
         std::all_of(verdicts.begin(), verdicts.end(),
                     [](const Verdict& v) { return is_passing(v.kind); });
}

Evidence evaluate(const UsageReport& usage, const Question& question) {
  const std::vector<UsageSource> sources = sources_of(usage);
  Evidence evidence;
  evidence.as_of = usage.as_of;
  evidence.is_told = std::any_of(sources.begin(), sources.end(), is_telling);
  for (const Expectation& consumer : question.consumers) {
    if (consumer.is_not_asked) continue;
    evidence.verdicts.push_back(judge_one(usage, sources, question, consumer));
  }
  for (const UsageRow& row : usage.rows) {
    const bool is_maybe_old = row.secret_id.empty() && !is_named_elsewhere(sources, row);
    if (!is_maybe_old && !is_outgoing(question, row)) continue;
    const bool is_claimed = find_match(question.consumers, row.caller) != question.consumers.end();
    if (!is_claimed) note_unclaimed(evidence, question, row);
  }
  return evidence;
}

std::vector<std::string> silent_consumers(const Evidence& evidence) {
  std::vector<std::string> names;
  for (const Verdict& verdict : evidence.verdicts) {
    if (verdict.kind == VerdictKind::kSilent) names.push_back(verdict.consumer);
  }
  return names;
}

std::string describe_gap(const Evidence& evidence) {
  std::vector<std::string> parts;
  for (const UnknownUse& use : evidence.unknown) {
    parts.push_back("an unknown caller uses the old secret: " + describe(use));
  }
  for (const Verdict& verdict : evidence.verdicts) {
    if (!is_passing(verdict.kind)) {
      parts.push_back(fmt::format("{}: {}", verdict.consumer, verdict.reason));
    }
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace rekey::rotation
