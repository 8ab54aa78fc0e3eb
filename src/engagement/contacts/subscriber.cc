#include "engagement/contacts/subscriber.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace rekey::engagement::contacts {

namespace {

using storage::Connection;

constexpr std::string_view kFirstSchema = R"sql(
CREATE TABLE subscriber(
  contact_id INTEGER PRIMARY KEY REFERENCES contact(id) ON DELETE CASCADE,
  status TEXT NOT NULL,
  unsubscribed_at INTEGER,
  takes_html INTEGER NOT NULL
) STRICT;
)sql";

constexpr storage::Migration kMigrations[] = {{1, kFirstSchema}};

constexpr std::array<std::pair<SubscriberStatus, std::string_view>, 5> kNames{{
    {SubscriberStatus::kActive, "Active"},
    {SubscriberStatus::kBounced, "Bounced"},
    {SubscriberStatus::kHeld, "Held"},
    {SubscriberStatus::kUnsubscribed, "Unsubscribed"},
    {SubscriberStatus::kDeleted, "Deleted"},
}};

}  // namespace

base::Status prepare_subscriber_schema(Connection& connection) {
  return storage::migrate(connection, "subscribers", kMigrations);
}

std::string_view name_of(SubscriberStatus status) noexcept {
  for (const auto& [known, name] : kNames) {
    if (known == status) return name;
  }
  return {};
}

std::optional<SubscriberStatus> parse_subscriber_status(std::string_view text) noexcept {
  for (const auto& [status, name] : kNames) {
    if (base::equal_ignoring_case(name, text)) return status;
  }
  return std::nullopt;
}

base::Result<Subscriber> load_subscriber(Connection& tables, std::int64_t contact_id) {
  REKEY_TRY(auto row, tables.prepare("SELECT status, unsubscribed_at, takes_html FROM subscriber "
                                     "WHERE contact_id = ?1"));
  row.bind(1, contact_id);
  REKEY_TRY(const bool has_row, row.step());
  Subscriber subscriber;
  if (!has_row) return subscriber;
  const auto status = parse_subscriber_status(row.text(0));
  if (!status) return base::fail(base::Code::kCorrupt, "a subscriber has an unknown status");
  subscriber.status = *status;
  if (const auto at = row.optional_integer(1)) subscriber.unsubscribed_at = base::from_millis(*at);
  subscriber.takes_html = row.integer(2) != 0;
  return subscriber;
}

base::Status save_subscriber(Connection& tables, std::int64_t contact_id,
                             const Subscriber& subscriber) {
  REKEY_TRY(auto put, tables.prepare("INSERT INTO subscriber(contact_id, status, unsubscribed_at, "
                                     "takes_html) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(contact_id) "
                                     "DO UPDATE SET status = ?2, unsubscribed_at = ?3, "
                                     "takes_html = ?4"));
  std::optional<std::int64_t> at;
  if (subscriber.unsubscribed_at) at = base::to_millis(*subscriber.unsubscribed_at);
  return put.bind(1, contact_id)
      .bind(2, name_of(subscriber.status))
      .bind(3, at)
      .bind(4, std::int64_t{subscriber.takes_html})
      .run();
}

void set_status(Subscriber& subscriber, SubscriberStatus status, base::Instant now) noexcept {
  const bool was_unsubscribed = subscriber.status == SubscriberStatus::kUnsubscribed;
  subscriber.status = status;
  if (status != SubscriberStatus::kUnsubscribed) {
    subscriber.unsubscribed_at.reset();
  } else if (!was_unsubscribed) {
    subscriber.unsubscribed_at = now;
  }
}

}  // namespace rekey::engagement::contacts
