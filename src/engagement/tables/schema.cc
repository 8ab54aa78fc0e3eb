#include "engagement/tables/schema.h"

#include "engagement/analytics/campaign.h"
#include "engagement/assets/asset.h"
#include "engagement/contacts/list.h"
#include "engagement/contacts/subscriber.h"
#include "engagement/data_extensions/row_counts.h"
#include "engagement/journeys/journey_schema.h"
#include "engagement/sends/send_schema.h"
#include "engagement/soap/tracking_sends.h"
#include "engagement/tracking.h"

namespace rekey::engagement::tables {

namespace {

// Instants are milliseconds since 1970. Names compare without regard to letter case (contract
// section 8 item 2). Rows of a data extension belong to a store, whose number changes when the data
// extension is cleared: so that clearing a million rows is one small write, and the rows go later.
// Rows are kept in the order of their keys, which a page reads from one end to the other.
constexpr std::string_view kFirstSchema = R"sql(
CREATE TABLE contact(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  business_unit INTEGER NOT NULL,
  key TEXT NOT NULL COLLATE NOCASE,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  UNIQUE(business_unit, key)
) STRICT;
CREATE TABLE contact_attribute(
  contact_id INTEGER NOT NULL REFERENCES contact(id) ON DELETE CASCADE,
  attribute_set TEXT NOT NULL COLLATE NOCASE,
  item INTEGER NOT NULL,
  name TEXT NOT NULL COLLATE NOCASE,
  value TEXT NOT NULL,
  PRIMARY KEY(contact_id, attribute_set, item, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_attribute_by_value
  ON contact_attribute(attribute_set, name, value COLLATE NOCASE);

CREATE TABLE store(id INTEGER PRIMARY KEY AUTOINCREMENT, is_dropped INTEGER NOT NULL) STRICT;
CREATE INDEX dropped_store ON store(id) WHERE is_dropped = 1;
CREATE TABLE data_extension(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  business_unit INTEGER NOT NULL,
  guid TEXT NOT NULL UNIQUE COLLATE NOCASE,
  key TEXT NOT NULL COLLATE NOCASE,
  name TEXT NOT NULL COLLATE NOCASE,
  description TEXT NOT NULL,
  category_id INTEGER NOT NULL,
  is_sendable INTEGER NOT NULL,
  sendable_field TEXT NOT NULL,
  subscriber_field TEXT NOT NULL,
  store INTEGER NOT NULL UNIQUE REFERENCES store(id),
  row_count INTEGER NOT NULL,
  next_row INTEGER NOT NULL,
  next_field INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  UNIQUE(business_unit, key),
  UNIQUE(business_unit, name)
) STRICT;
CREATE TABLE data_extension_field(
  data_extension_id INTEGER NOT NULL REFERENCES data_extension(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  guid TEXT NOT NULL UNIQUE COLLATE NOCASE,
  ordinal INTEGER NOT NULL,
  name TEXT NOT NULL COLLATE NOCASE,
  type TEXT NOT NULL,
  length INTEGER NOT NULL,
  scale INTEGER NOT NULL,
  is_primary_key INTEGER NOT NULL,
  is_nullable INTEGER NOT NULL,
  has_default INTEGER NOT NULL,
  default_value TEXT NOT NULL,
  description TEXT NOT NULL,
  PRIMARY KEY(data_extension_id, number),
  UNIQUE(data_extension_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE data_extension_row(
  store INTEGER NOT NULL,
  row_key TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY(store, row_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE async_request(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  guid TEXT NOT NULL UNIQUE COLLATE NOCASE,
  business_unit INTEGER NOT NULL,
  data_extension_id INTEGER NOT NULL,
  is_upsert INTEGER NOT NULL,
  items TEXT NOT NULL,
  called_at INTEGER NOT NULL,
  taken_up_at INTEGER,
  completed_at INTEGER,
  done INTEGER NOT NULL,
  has_errors INTEGER NOT NULL
) STRICT;
CREATE INDEX open_async_request ON async_request(called_at) WHERE completed_at IS NULL;
CREATE INDEX completed_async_request ON async_request(completed_at) WHERE completed_at IS NOT NULL;
CREATE TABLE async_result(
  request_id INTEGER NOT NULL REFERENCES async_request(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  error_code TEXT NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY(request_id, position)
) STRICT, WITHOUT ROWID;
)sql";

// A business unit's contacts in the order of their numbers, in which they are paged.
constexpr std::string_view kOrderOfContacts =
    "CREATE INDEX contact_by_id ON contact(business_unit, id)";

constexpr storage::Migration kMigrations[] = {{1, kFirstSchema}, {2, kOrderOfContacts}};

}  // namespace

base::Status prepare_schema(storage::Connection& connection) {
  REKEY_CHECK(storage::migrate(connection, "engagement", kMigrations));
  REKEY_CHECK(data_extensions::prepare_row_counts(connection));
  REKEY_CHECK(contacts::prepare_subscriber_schema(connection));
  REKEY_CHECK(contacts::prepare_list_schema(connection));
  REKEY_CHECK(prepare_tracking_schema(connection));
  REKEY_CHECK(soap::prepare_sends_schema(connection));
  REKEY_CHECK(assets::prepare_schema(connection));
  REKEY_CHECK(sends::prepare_schema(connection));
  REKEY_CHECK(journeys::prepare_schema(connection));
  return analytics::prepare_schema(connection);
}

}  // namespace rekey::engagement::tables
