// What a contact is as a subscriber: whether it may be written to, and how. Who has no row is
// active and takes HTML.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "storage/sqlite.h"

namespace rekey::engagement::contacts {

// Brings the table `subscriber` to this program's version.
[[nodiscard]] base::Status prepare_subscriber_schema(storage::Connection& connection);

enum class SubscriberStatus { kActive, kBounced, kHeld, kUnsubscribed, kDeleted };
[[nodiscard]] std::string_view name_of(SubscriberStatus status) noexcept;  // "Active", …
// In any letter case; nullopt where it is none.
[[nodiscard]] std::optional<SubscriberStatus> parse_subscriber_status(
    std::string_view text) noexcept;

struct Subscriber {
  SubscriberStatus status = SubscriberStatus::kActive;
  std::optional<base::Instant> unsubscribed_at;  // of kUnsubscribed
  bool takes_html = true;
};
[[nodiscard]] base::Result<Subscriber> load_subscriber(storage::Connection& tables,
                                                       std::int64_t contact_id);
[[nodiscard]] base::Status save_subscriber(storage::Connection& tables, std::int64_t contact_id,
                                           const Subscriber& subscriber);
// Keeps the instant of an earlier unsubscription.
void set_status(Subscriber& subscriber, SubscriberStatus status, base::Instant now) noexcept;

}  // namespace rekey::engagement::contacts
