#include "engagement/contacts/subscriber.h"

#include <array>
#include <utility>

#include "base/text.h"
#include "storage/select.h"

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

base::Result<Subscriber> read_subscriber(const storage::Statement& row) {
  const auto status = parse_subscriber_status(row.text(0));
  if (!status) return base::fail(base::Code::kCorrupt, "a subscriber has an unknown status");
  Subscriber subscriber;
  subscriber.status = *status;
  subscriber.unsubscribed_at = storage::optional_instant(row, 1);
  subscriber.takes_html = row.integer(2) != 0;
  return subscriber;
}

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
  REKEY_TRY(auto found,
            storage::first_row(storage::select(tables,
                                               "SELECT status, unsubscribed_at, takes_html "
                                               "FROM subscriber WHERE contact_id = ?1",
                                               {contact_id}),
                               read_subscriber));
  return std::move(found).value_or(Subscriber{});
}

base::Status save_subscriber(Connection& tables, std::int64_t contact_id,
                             const Subscriber& subscriber) {
  return storage::run(
      tables,
      "INSERT INTO subscriber(contact_id, status, unsubscribed_at, takes_html) "
      "VALUES(?1, ?2, ?3, ?4) ON CONFLICT(contact_id) DO UPDATE SET "
      "status = ?2, unsubscribed_at = ?3, takes_html = ?4",
      {contact_id, name_of(subscriber.status), subscriber.unsubscribed_at, subscriber.takes_html});
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
