#include "engagement/soap/tracking_sends.h"

#include <string_view>

namespace rekey::engagement::soap {

namespace {

// Numbers are given to new sends alone: an insert that is ignored would use one up.
constexpr std::string_view kFirstSchema = R"sql(
CREATE TABLE tracking_send(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  business_unit INTEGER NOT NULL,
  send_key TEXT NOT NULL COLLATE NOCASE,
  first_at_ms INTEGER NOT NULL,
  UNIQUE(business_unit, send_key)
) STRICT;
INSERT INTO tracking_send(business_unit, send_key, first_at_ms)
  SELECT business_unit, send_key, min(at_ms) FROM tracking_events
  GROUP BY business_unit, send_key ORDER BY min(event_id);
CREATE TRIGGER tracking_send_of_event BEFORE INSERT ON tracking_events
WHEN NOT EXISTS(SELECT 1 FROM tracking_send s WHERE s.business_unit = NEW.business_unit
                AND s.send_key = NEW.send_key) BEGIN
  INSERT INTO tracking_send(business_unit, send_key, first_at_ms)
    VALUES(NEW.business_unit, NEW.send_key, NEW.at_ms);
END;
CREATE INDEX tracking_events_in_order ON tracking_events(business_unit, kind, event_id);
CREATE INDEX tracking_events_of_reader
  ON tracking_events(business_unit, send_key, kind, subscriber_key);
)sql";

constexpr storage::Migration kMigrations[] = {{1, kFirstSchema}};

}  // namespace

base::Status prepare_sends_schema(storage::Connection& connection) {
  return storage::migrate(connection, "engagement.tracking_sends", kMigrations);
}

}  // namespace rekey::engagement::soap
