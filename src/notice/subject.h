// What notices are about: a secret that ends, a run that needs somebody, a watcher that slept.
//
// A pass is given all subjects that there are, each time (level-triggered): a missed pass costs
// nothing, and what is no longer so is no longer said. Texts name a secret by client id, package
// and the beginning of its fingerprint, never by its value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace rekey::notice {

enum class SubjectKind {
  kSecret,           // ends at `at`, and goes dormant at `dormant_at` if nobody uses it
  kSupersededInUse,  // `at`: since when a superseded secret is seen in use
  kRunWaits,         // `at`: since when a run waits for a person
  kRunParked,        // `at`: when a run gave up until somebody looks
  kCutTooEarly,      // `at`: when an old secret ended with a consumer still on it
  kWatcherSilent,    // `at`: the last pass before the silence; `until` the first one after it,
                     // if there was one
  kUndelivered,      // `at`: when a notice was given up
  kNoSecretWorks,    // `at`: when a run found that nobody gets a token
  kUnread,           // `at`: since when an inventory or a journal cannot be read
  kStagedEnded,      // `at`: when a staged secret was found ended that consumers may hold already
  kLeaked,           // `at`: when a secret's value was first reported to have been found
};
// "secret", "superseded_in_use", "run_waits", "run_parked", "cut_too_early", "watcher_silent",
// "undelivered", "no_secret_works", "unread", "staged_ended", "leaked".
[[nodiscard]] std::string_view name_of(SubjectKind kind) noexcept;
[[nodiscard]] base::Result<SubjectKind> parse_subject_kind(std::string_view text);

enum class EndKind {
  kExpiry,   // refused from then on: somebody must have rotated by then
  kOverlap,  // a superseded secret lapses as planned: its end alarms nobody
};

struct Subject {
  // Names it for good, apart from all others of any kind: "secret/sec_17", "run/2026-11-24-x1".
  // At most 100 characters of [A-Za-z0-9._/:-]. Goes into the ledger: no name, no address.
  std::string id;
  SubjectKind kind = SubjectKind::kSecret;
  // What it was named before more was known of it: what was said under that is not said again.
  std::string former_id;
  // Owners and contacts: names of recipients in the settings, or mail addresses. Empty, or unknown:
  // the fallback recipients are told.
  std::vector<std::string> recipients;

  std::string package;    // its name
  std::string client_id;  // may be empty
  std::string secret;     // base::display(fingerprint), or the prefix that may be shown
  // See SubjectKind. Part of what was said: the same at each pass, or it is said again.
  base::Instant at{};
  EndKind end_kind = EndKind::kExpiry;
  std::optional<base::Instant> dormant_at;  // of a secret; after `at` it says nothing
  // When the secret came to be: thresholds before it do not count. Absent: all count.
  std::optional<base::Instant> since;
  std::optional<base::Instant> until;  // of kWatcherSilent

  std::string detail;   // what a run waits for, why it parked, who still uses it
  std::string command;  // what to run next; empty: the kind's own
  std::string contact;  // whom to ask
  std::string link;     // documentation, http(s)
};

// What a pass could not look at: nobody is told of what it holds, and somebody has to hear that.
struct Unread {
  std::string id;       // as of a subject, the same at each pass: "unread/5f2c…"
  std::string detail;   // which, and why
  std::string command;  // what to run next
};

inline constexpr std::size_t kMaxSubjects = 20'000;         // in one pass
inline constexpr std::size_t kMaxRecipientsOfSubject = 20;  // the rest are left out, and told
inline constexpr std::size_t kMaxTextBytes = 300;           // of each text; longer ones are cut
inline constexpr std::size_t kMaxLongTextBytes = 600;       // of details and commands
inline constexpr std::size_t kMaxSubjectIdBytes = 100;

[[nodiscard]] base::Status check_subject(const Subject& subject);

// Control characters become blanks. A text that is too long is cut between two characters, and an
// ellipsis says so; no more than `limit` bytes with it.
[[nodiscard]] std::string clean_text(std::string_view text, std::size_t limit = kMaxTextBytes);

}  // namespace rekey::notice
