#include "engagement/sends/send_schema.h"

namespace rekey::engagement::sends {

namespace {

// A definition that was deleted stays, for the messages that were sent by it; its key and name are
// free again. A message's key keeps its letter case, because clients make keys of base64; it is
// found without regard to case too, as fuel-rest sends whole paths in lower case (contract section
// 5.3).
constexpr std::string_view kFirstSchema = R"sql(
CREATE TABLE send_definition(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  business_unit INTEGER NOT NULL,
  guid TEXT NOT NULL UNIQUE COLLATE NOCASE,
  key TEXT NOT NULL COLLATE NOCASE,
  name TEXT NOT NULL COLLATE NOCASE,
  description TEXT NOT NULL,
  classification TEXT NOT NULL,
  status TEXT NOT NULL,
  content_key TEXT NOT NULL,
  list TEXT NOT NULL,
  data_extension TEXT NOT NULL,
  adds_subscribers INTEGER NOT NULL,
  updates_subscribers INTEGER NOT NULL,
  tracks_links INTEGER NOT NULL,
  copies_to TEXT NOT NULL,
  hidden_copies_to TEXT NOT NULL,
  journey TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX send_definition_by_key ON send_definition(business_unit, key)
  WHERE status <> 'Deleted';
CREATE UNIQUE INDEX send_definition_by_name ON send_definition(business_unit, name)
  WHERE status <> 'Deleted';

CREATE TABLE send_message(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  guid TEXT NOT NULL UNIQUE COLLATE NOCASE,
  token TEXT NOT NULL UNIQUE,
  business_unit INTEGER NOT NULL,
  definition_id INTEGER NOT NULL REFERENCES send_definition(id),
  is_triggered INTEGER NOT NULL,
  key TEXT NOT NULL,
  contact_key TEXT NOT NULL,
  address TEXT NOT NULL,
  from_address TEXT NOT NULL,
  from_name TEXT NOT NULL,
  attributes TEXT NOT NULL,
  accepted_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  next_try_at INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  content TEXT NOT NULL,
  settled_at INTEGER,
  status_code INTEGER NOT NULL,
  status_message TEXT NOT NULL,
  not_sent_event INTEGER NOT NULL
) STRICT;
CREATE INDEX send_message_by_key ON send_message(business_unit, key COLLATE NOCASE, id);
CREATE INDEX send_message_by_definition ON send_message(definition_id, state);
CREATE INDEX queued_send_message ON send_message(next_try_at, id) WHERE state = 'Queued';
CREATE INDEX unsent_send_message ON send_message(business_unit, not_sent_event)
  WHERE not_sent_event > 0;
CREATE INDEX settled_send_message ON send_message(settled_at) WHERE settled_at IS NOT NULL;
CREATE TABLE send_link(
  message_id INTEGER NOT NULL REFERENCES send_message(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  url TEXT NOT NULL,
  PRIMARY KEY(message_id, number)
) STRICT, WITHOUT ROWID;
)sql";

constexpr storage::Migration kMigrations[] = {{1, kFirstSchema}};

}  // namespace

base::Status prepare_schema(storage::Connection& connection) {
  return storage::migrate(connection, "engagement.sends", kMigrations);
}

}  // namespace rekey::engagement::sends
