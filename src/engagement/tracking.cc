#include "engagement/tracking.h"

#include "storage/select.h"

namespace rekey::engagement {

namespace {

constexpr std::string_view kFirstSchema = R"sql(
CREATE TABLE tracking_events(
  event_id INTEGER PRIMARY KEY AUTOINCREMENT,
  business_unit INTEGER NOT NULL,
  kind TEXT NOT NULL,
  send_key TEXT NOT NULL COLLATE NOCASE,
  subscriber_key TEXT NOT NULL COLLATE NOCASE,
  email TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX tracking_events_by_time ON tracking_events(business_unit, kind, at_ms, event_id);
CREATE INDEX tracking_events_by_send ON tracking_events(business_unit, send_key, kind);
)sql";

constexpr storage::Migration kMigrations[] = {{1, kFirstSchema}};

}  // namespace

std::string_view name_of(TrackingKind kind) noexcept {
  switch (kind) {
    case TrackingKind::kSent:
      return "Sent";
    case TrackingKind::kNotSent:
      return "NotSent";
    case TrackingKind::kBounce:
      return "Bounce";
    case TrackingKind::kOpen:
      return "Open";
    case TrackingKind::kClick:
      return "Click";
    case TrackingKind::kUnsub:
      return "Unsub";
  }
  return "";
}

base::Result<std::int64_t> record_event(storage::Connection& tables, const TrackingEvent& event) {
  REKEY_CHECK(storage::run(tables,
                           "INSERT INTO tracking_events(business_unit, kind, "
                           "send_key, subscriber_key, email, at_ms, detail) "
                           "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                           {event.business_unit, name_of(event.kind), event.send_key,
                            event.subscriber_key, event.email, event.at, event.detail}));
  return tables.last_insert_id();
}

base::Status prepare_tracking_schema(storage::Connection& connection) {
  return storage::migrate(connection, "engagement.tracking", kMigrations);
}

}  // namespace rekey::engagement
