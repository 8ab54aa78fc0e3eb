#include "notice/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace rekey::notice {
namespace {

using base::Code;
using base::Instant;
using std::chrono::days;
using std::chrono::minutes;

constexpr std::array<std::string_view, 3> kUrgencyNames{"alarm", "soon", "notice"};
constexpr int kMinutesOfDay = 24 * 60;
constexpr int kFurthestOffsetMinutes = 14 * 60;
constexpr int kSoonDays = 7;

std::string key_of(std::string_view id, Instant about, std::string_view rule) {
  return fmt::format("{}@{}/{}", id, base::format_instant(about), rule);
}

bool is_said_of(const Subject& subject, Instant about, std::string_view rule,
                const WasSaid& was_said) {
  return was_said(key_of(subject.id, about, rule)) ||
         (!subject.former_id.empty() && was_said(key_of(subject.former_id, about, rule)));
}

std::string rule_of_end(const Subject& subject, int days_before) {
  if (days_before > 0) return fmt::format("{}d", days_before);
  return subject.end_kind == EndKind::kExpiry ? "expired" : "ended";
}

Urgency urgency_of_end(const Subject& subject, int days_before) {
  if (days_before == 0) {
    return subject.end_kind == EndKind::kExpiry ? Urgency::kAlarm : Urgency::kNotice;
  }
  return days_before <= kSoonDays ? Urgency::kSoon : Urgency::kNotice;
}

Urgency urgency_of(SubjectKind kind) {
  switch (kind) {
    case SubjectKind::kRunParked:
    case SubjectKind::kCutTooEarly:
    case SubjectKind::kUndelivered:
    case SubjectKind::kNoSecretWorks:
    case SubjectKind::kStagedEnded:
    case SubjectKind::kLeaked:
      return Urgency::kAlarm;
    case SubjectKind::kSecret:
      return Urgency::kNotice;
    default:
      return Urgency::kSoon;
  }
}

// One row of instants that lead up to `about`: a secret's end, or its dormancy.
struct Ladder {
  std::size_t subject = 0;
  Instant about{};
  std::vector<int> days_before;  // the least first
  std::function<std::string(int)> rule;
  std::function<Urgency(int)> urgency;
};

std::vector<int> ascending(std::vector<int> numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

std::optional<Due> due_on(const Ladder& ladder, const Subject& subject, const WasSaid& was_said,
                          Instant now) {
  std::optional<Due> due;
  for (const int days_before : ladder.days_before) {
    const Instant threshold = ladder.about - days{days_before};
    if (threshold > now) continue;
    if (days_before > 0 && subject.since && threshold < *subject.since) break;
    std::string rule = ladder.rule(days_before);
    std::string key = key_of(subject.id, ladder.about, rule);
    const bool is_said = is_said_of(subject, ladder.about, rule, was_said);
    if (!due) {
      // The most urgent one that has passed decides: after it, the rest says nothing new.
      if (is_said) return std::nullopt;
      due = Due{ladder.subject,
                std::move(key),
                std::move(rule),
                ladder.urgency(days_before),
                threshold,
                ladder.about,
                {}};
    } else if (!is_said) {
      due->covered.push_back(std::move(key));
    }
  }
  return due;
}

void add_secret(std::vector<Due>& found, std::size_t index, const Subject& subject,
                const WasSaid& was_said, const Rules& rules, Instant now) {
  const Ladder end{index, subject.at, ascending(rules.days_before_end),
                   [&](int before) { return rule_of_end(subject, before); },
                   [&](int before) { return urgency_of_end(subject, before); }};
  if (auto due = due_on(end, subject, was_said, now)) found.push_back(*std::move(due));
  // Where the end comes first, or has come, dormancy is no news.
  if (!subject.dormant_at || *subject.dormant_at >= subject.at || subject.at <= now) return;
  const Ladder dormancy{
      index, *subject.dormant_at, ascending(rules.days_before_dormancy),
      [](int before) { return fmt::format("dormant-{}d", before); },
      [](int before) { return before <= kSoonDays ? Urgency::kSoon : Urgency::kNotice; }};
  if (auto due = due_on(dormancy, subject, was_said, now)) found.push_back(*std::move(due));
}

void add_occasion(std::vector<Due>& found, std::size_t index, const Subject& subject,
                  const WasSaid& was_said, Instant now) {
  if (subject.at > now) return;
  const std::string rule(name_of(subject.kind));
  if (is_said_of(subject, subject.at, rule, was_said)) return;
  std::string key = key_of(subject.id, subject.at, rule);
  found.push_back(
      {index, std::move(key), rule, urgency_of(subject.kind), subject.at, subject.at, {}});
}

base::Status check_days(const std::vector<int>& numbers) {
  if (numbers.size() > kMaxThresholds) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("there are {} thresholds; {} are enough for anybody",
                                  numbers.size(), kMaxThresholds));
  }
  for (const int number : numbers) {
    if (number >= 0 && number <= kMaxThresholdDays) continue;
    return base::fail(Code::kInvalidArgument,
                      fmt::format("a notice cannot come {} days before the end; write 0 to {}",
                                  number, kMaxThresholdDays));
  }
  return {};
}

}  // namespace

base::Status check_rules(const Rules& rules) {
  REKEY_CHECK(check_days(rules.days_before_end));
  return check_days(rules.days_before_dormancy);
}

base::Status check_quiet_hours(const QuietHours& quiet) {
  const auto is_minute = [](int minute) { return minute >= 0 && minute < kMinutesOfDay; };
  if (!is_minute(quiet.from_minute) || !is_minute(quiet.until_minute)) {
    return base::fail(Code::kInvalidArgument, "quiet hours begin and end between 00:00 and 23:59");
  }
  if (std::abs(quiet.utc_offset_minutes) > kFurthestOffsetMinutes) {
    return base::fail(Code::kInvalidArgument,
                      "the offset of quiet hours from UTC lies between -14:00 and +14:00");
  }
  return {};
}

std::optional<Instant> quiet_until(const QuietHours& quiet, Instant now) {
  const Instant local = now + minutes{quiet.utc_offset_minutes};
  const auto midnight = std::chrono::floor<days>(local);
  const auto time_of_day = local - midnight;
  const minutes from{quiet.from_minute};
  const minutes until{quiet.until_minute};
  const bool is_after_from = time_of_day >= from;
  const bool is_before_until = time_of_day < until;
  const bool crosses_midnight = from > until;
  const bool is_quiet =
      crosses_midnight ? is_after_from || is_before_until : is_after_from && is_before_until;
  if (!is_quiet) return std::nullopt;
  const bool ends_tomorrow = crosses_midnight && is_after_from;
  return midnight + until + days{ends_tomorrow ? 1 : 0} - minutes{quiet.utc_offset_minutes};
}

std::string_view name_of(Urgency urgency) noexcept {
  return kUrgencyNames[static_cast<std::size_t>(urgency)];
}

base::Result<Urgency> parse_urgency(std::string_view text) {
  for (std::size_t i = 0; i < kUrgencyNames.size(); ++i) {
    if (kUrgencyNames[i] == text) return static_cast<Urgency>(i);
  }
  return base::fail(Code::kInvalidArgument, "unknown urgency");
}

std::vector<Due> due_now(std::span<const Subject> subjects, const WasSaid& was_said,
                         const Rules& rules, Instant now) {
  std::vector<Due> found;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    if (subjects[i].kind == SubjectKind::kSecret) {
      add_secret(found, i, subjects[i], was_said, rules, now);
    } else {
      add_occasion(found, i, subjects[i], was_said, now);
    }
  }
  std::sort(found.begin(), found.end(), [](const Due& a, const Due& b) {
    const bool a_calm = a.urgency != Urgency::kAlarm;
    const bool b_calm = b.urgency != Urgency::kAlarm;
    return std::tie(a_calm, a.about, a.key) < std::tie(b_calm, b.about, b.key);
  });
  return found;
}

bool is_held(Urgency urgency, Instant became_due, const std::optional<QuietHours>& quiet,
             Instant now) {
  if (urgency == Urgency::kAlarm || !quiet) return false;
  const auto until = quiet_until(*quiet, now);
  return until && *until - became_due <= kLongestHold;
}

bool is_void(std::string_view key, const Subject& subject) {
  if (key.size() <= subject.id.size() + 1 || !key.starts_with(subject.id) ||
      key[subject.id.size()] != '@') {
    return false;
  }
  const std::string_view rest = key.substr(subject.id.size() + 1);
  const std::string_view instant = rest.substr(0, rest.find('/'));
  const std::string_view rule = rest.substr(std::min(instant.size() + 1, rest.size()));
  if (rule.starts_with("dormant-")) {
    return !subject.dormant_at || instant != base::format_instant(*subject.dormant_at);
  }
  return instant != base::format_instant(subject.at);
}

}  // namespace rekey::notice
