// What is due to be said now: PURE. From the subjects, what was said already, and the time.
//
// Of a secret's thresholds that have passed, only the most urgent one is said; the others count as
// covered. So a day, or a month, without power ends in one notice for a secret and not in eight.
//
//   key = <subject id> "@" <instant> "/" <rule>      secret/sec_17@2027-03-29T00:00:00Z/30d
//
// The key holds the instant: a new end date makes new keys, and the old ones void. What was said
// under a key is never said again to the same destination.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "notice/subject.h"

namespace rekey::notice {

// When notices speak. Each list may be empty: then nothing is said by it.
struct Rules {
  // Days before the end; 0 is the end itself. Default: 90, 60, 30, 14, 7, 3, 1 and 0.
  std::vector<int> days_before_end{90, 60, 30, 14, 7, 3, 1, 0};
  // Days before dormancy. Default: 30.
  std::vector<int> days_before_dormancy{30};
};
inline constexpr int kMaxThresholdDays = 3650;
inline constexpr std::size_t kMaxThresholds = 20;
// kInvalidArgument for a day that is negative or above kMaxThresholdDays, and for too many.
[[nodiscard]] base::Status check_rules(const Rules& rules);

// When only alarms may speak, in minutes after local midnight; `from` may be after `until`
// (22:00 to 07:00). Equal: never quiet. Local time is UTC and the offset; where a zone is named,
// the notifier sets the offset that the zone has at the time of its pass.
struct QuietHours {
  int from_minute = 0;         // 0 to 1439
  int until_minute = 0;        // 0 to 1439
  int utc_offset_minutes = 0;  // -840 to 840; east is positive
  std::string time_zone{};     // "Europe/Berlin"; empty: the offset is fixed
  friend bool operator==(const QuietHours&, const QuietHours&) = default;
};
[[nodiscard]] base::Status check_quiet_hours(const QuietHours& quiet);
// The end of the quiet hours that `now` lies in; nullopt where it lies in none.
[[nodiscard]] std::optional<base::Instant> quiet_until(const QuietHours& quiet, base::Instant now);

// No notice waits longer than this for the end of quiet hours: where every pass falls into them, it
// is said in them.
inline constexpr base::Duration kLongestHold = std::chrono::hours{24};

enum class Urgency {
  kAlarm,   // expired, parked, cut off or cut too early, undelivered: breaks quiet hours
  kSoon,    // a week or less, or somebody is waited for
  kNotice,  // the rest
};
[[nodiscard]] std::string_view name_of(Urgency urgency) noexcept;  // "alarm", "soon", "notice"
[[nodiscard]] base::Result<Urgency> parse_urgency(std::string_view text);

struct Due {
  std::size_t subject = 0;  // index into what was given
  std::string key;
  std::string rule;  // "30d", "expired", "ended", "dormant-30d", or the kind's name
  Urgency urgency = Urgency::kNotice;
  base::Instant became_due{};
  base::Instant about{};             // the end, the dormancy, or since when
  std::vector<std::string> covered;  // keys of less urgent thresholds that have passed too
};

// True where this key was said or covered, to the one destination that is asked about.
using WasSaid = std::function<bool(std::string_view key)>;

// What is due, most urgent first: alarms, then by how soon it is about, then by key. At most two a
// subject (end and dormancy).
[[nodiscard]] std::vector<Due> due_now(std::span<const Subject> subjects, const WasSaid& was_said,
                                       const Rules& rules, base::Instant now);

// Whether it has to wait for the end of quiet hours. It stays due, and the next pass asks again.
[[nodiscard]] bool is_held(Urgency urgency, base::Instant became_due,
                           const std::optional<QuietHours>& quiet, base::Instant now);

// Whether the key speaks of this subject at another instant than the subject's present one: what it
// says is no longer so.
[[nodiscard]] bool is_void(std::string_view key, const Subject& subject);

}  // namespace rekey::notice
