#include "rotation/machine/rhythm.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace rekey::rotation {
namespace {

using base::Duration;
using base::Instant;

bool is_outgoing(const std::vector<std::string>& outgoing, const UsageRow& row) {
  return row.secret_id.empty() ||
         std::find(outgoing.begin(), outgoing.end(), row.secret_id) != outgoing.end();
}

// The shortest interval that this row bears out; nullopt where it shows too little.
std::optional<Duration> confirmed_by(const UsageRow& row, Instant as_of) {
  if (row.count < kFewestRequests) return std::nullopt;
  const Duration age = std::max(as_of - row.last_seen, Duration{0});
  const Duration span = row.last_seen - row.first_seen;
  const Duration gap = row.longest_gap.value_or(span / (row.count - 1));
  return std::max({gap, age, Duration{1}});
}

}  // namespace

Rhythm observe_rhythm(const UsageReport& usage, const SeenAs& seen_as,
                      const std::vector<std::string>& outgoing, Duration token_life) {
  Rhythm rhythm;
  rhythm.token_life = token_life;
  rhythm.as_of = usage.as_of;
  const std::vector<UsageSource> sources = sources_of(usage);
  bool is_every_one_regular = true;
  for (const UsageRow& row : usage.rows) {
    if (!is_outgoing(outgoing, row) || !matches(seen_as, row.caller)) continue;
    if (row.count >= 2) {
      const Duration mean = (row.last_seen - row.first_seen) / (row.count - 1);
      rhythm.mean_gap = rhythm.last_seen ? std::min(rhythm.mean_gap, mean) : mean;
      rhythm.last_seen = std::max(rhythm.last_seen.value_or(row.last_seen), row.last_seen);
    }
    const UsageSource& source = sources[row.source];
    // Who was not seen for the life of a token is an instance that is gone.
    const bool is_gone = token_life > Duration{0} && source.as_of - row.last_seen > token_life;
    if (is_gone || !is_telling(source)) continue;
    const auto shortest = confirmed_by(row, source.as_of);
    const Duration span = row.last_seen - row.first_seen;
    is_every_one_regular = is_every_one_regular && shortest;
    rhythm.watched = rhythm.confirmed ? std::min(rhythm.watched, span) : span;
    if (shortest) rhythm.confirmed = std::max(rhythm.confirmed.value_or(*shortest), *shortest);
  }
  if (!is_every_one_regular) rhythm.confirmed.reset();
  if (!rhythm.confirmed) rhythm.watched = {};
  return rhythm;
}

Duration usual_interval(const Consumer& consumer, const Rhythm& rhythm) {
  // Who rereads its sink by itself may hold the old value for that long, and a token of it after.
  return rhythm.token_life > Duration{0} ? rhythm.token_life + consumer.reload.every : Duration{0};
}

Duration longest_interval(const Consumer& consumer, const std::optional<Rhythm>& rhythm) {
  if (!rhythm) return consumer.interval;
  const Duration usual = usual_interval(consumer, *rhythm);
  const bool is_declared = consumer.interval > Duration{0};
  return is_declared && !is_overruled(consumer, *rhythm) ? consumer.interval : usual;
}

bool is_overruled(const Consumer& consumer, const Rhythm& rhythm) {
  if (consumer.interval == Duration{0}) return false;
  if (consumer.interval >= usual_interval(consumer, rhythm)) return false;
  // A few requests in a second bear out no interval of an hour.
  return !rhythm.confirmed || *rhythm.confirmed > consumer.interval ||
         rhythm.watched < consumer.interval;
}

bool was_alive(const Consumer& consumer, const std::optional<Rhythm>& rhythm) {
  if (!rhythm || !rhythm->last_seen) return false;
  const Duration interval = longest_interval(consumer, rhythm);
  return rhythm->mean_gap <= interval && rhythm->as_of - *rhythm->last_seen <= interval;
}

std::string describe_interval(const Consumer& consumer, const std::optional<Rhythm>& rhythm) {
  const std::string text = base::format_duration(longest_interval(consumer, rhythm));
  if (!rhythm) return text;
  const Duration usual = usual_interval(consumer, *rhythm);
  const std::string_view why = consumer.reload.every == Duration{0}
                                   ? "as long as its tokens live"
                                   : "as long as its tokens live and it keeps what it read";
  if (consumer.interval == Duration{0}) return fmt::format("{}, {}", text, why);
  if (is_overruled(consumer, *rhythm)) {
    const bool is_too_slow = rhythm->confirmed && *rhythm->confirmed > consumer.interval;
    return fmt::format("{}, {}: {} is declared, and usage before the run {}", text, why,
                       base::format_duration(consumer.interval),
                       is_too_slow ? "shows longer pauses" : "does not confirm it");
  }
  return text + (consumer.interval < usual ? ", declared and confirmed by usage before the run"
                                           : ", declared");
}

}  // namespace rekey::rotation
