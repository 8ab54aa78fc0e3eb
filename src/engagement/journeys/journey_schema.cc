#include "engagement/journeys/journey_schema.h"

namespace rekey::engagement::journeys {

namespace {

// A document is what its client gave, as JSON; what the server looks at stands in columns beside
// it. A member is one contact in one version: a row for each entry, so that an entry that is over
// can be told from one that never was. History has no foreign key to members, because members that
// left long ago are kept for longer than what they did.
constexpr std::string_view kFirstSchema = R"sql(
CREATE TABLE event_definition(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  business_unit INTEGER NOT NULL,
  guid TEXT NOT NULL UNIQUE COLLATE NOCASE,
  key TEXT NOT NULL COLLATE NOCASE,
  name TEXT NOT NULL COLLATE NOCASE,
  data_extension TEXT NOT NULL,
  document TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  UNIQUE(business_unit, key)
) STRICT;

CREATE TABLE journey(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  business_unit INTEGER NOT NULL,
  guid TEXT NOT NULL UNIQUE COLLATE NOCASE,
  key TEXT NOT NULL COLLATE NOCASE,
  UNIQUE(business_unit, key)
) STRICT;
CREATE TABLE journey_version(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  journey_id INTEGER NOT NULL REFERENCES journey(id) ON DELETE CASCADE,
  guid TEXT NOT NULL UNIQUE COLLATE NOCASE,
  number INTEGER NOT NULL,
  name TEXT NOT NULL COLLATE NOCASE,
  document TEXT NOT NULL,
  status TEXT NOT NULL,
  entry_mode TEXT NOT NULL,
  event_key TEXT NOT NULL COLLATE NOCASE,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  published_at INTEGER,
  paused_at INTEGER,
  pause_ends_at INTEGER,
  extends_waits INTEGER NOT NULL,
  stops_after_pause INTEGER NOT NULL,
  keeps_entries INTEGER NOT NULL,
  UNIQUE(journey_id, number)
) STRICT;
CREATE INDEX journey_version_by_event ON journey_version(event_key, status);
CREATE INDEX paused_journey_version ON journey_version(pause_ends_at) WHERE status = 'Paused';
CREATE TABLE journey_publication(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  guid TEXT NOT NULL UNIQUE COLLATE NOCASE,
  business_unit INTEGER NOT NULL,
  version_id INTEGER NOT NULL REFERENCES journey_version(id) ON DELETE CASCADE,
  due_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  problems TEXT NOT NULL
) STRICT;
CREATE INDEX open_journey_publication ON journey_publication(due_at)
  WHERE state = 'PublishInProcess';

CREATE TABLE journey_member(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  guid TEXT NOT NULL UNIQUE COLLATE NOCASE,
  version_id INTEGER NOT NULL REFERENCES journey_version(id) ON DELETE CASCADE,
  business_unit INTEGER NOT NULL,
  contact_key TEXT NOT NULL COLLATE NOCASE,
  event_guid TEXT NOT NULL,
  data TEXT NOT NULL,
  state TEXT NOT NULL,
  step TEXT NOT NULL,
  waits INTEGER NOT NULL,
  steps_done INTEGER NOT NULL,
  met_goal INTEGER NOT NULL,
  met_exit INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  entered_at INTEGER NOT NULL,
  left_at INTEGER,
  exit_asked_at INTEGER
) STRICT;
CREATE INDEX active_journey_member ON journey_member(due_at, id) WHERE state = 'Active';
CREATE INDEX journey_member_of_contact
  ON journey_member(business_unit, contact_key, version_id);
CREATE INDEX journey_member_of_version ON journey_member(version_id, state);
CREATE TABLE journey_history(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  business_unit INTEGER NOT NULL,
  version_id INTEGER NOT NULL REFERENCES journey_version(id) ON DELETE CASCADE,
  member_guid TEXT NOT NULL,
  event_guid TEXT NOT NULL,
  contact_key TEXT NOT NULL COLLATE NOCASE,
  activity_key TEXT NOT NULL,
  activity_guid TEXT NOT NULL COLLATE NOCASE,
  activity_name TEXT NOT NULL,
  activity_type TEXT NOT NULL COLLATE NOCASE,
  status TEXT NOT NULL COLLATE NOCASE,
  message TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX journey_history_in_order ON journey_history(business_unit, at, id);
CREATE INDEX journey_history_of_version ON journey_history(version_id, at);
CREATE INDEX old_journey_history ON journey_history(at);
)sql";

constexpr storage::Migration kMigrations[] = {{1, kFirstSchema}};

}  // namespace

base::Status prepare_schema(storage::Connection& connection) {
  return storage::migrate(connection, "engagement.journeys", kMigrations);
}

}  // namespace rekey::engagement::journeys
