#include "engagement/contacts/list.h"

#include "storage/select.h"

namespace rekey::engagement::contacts {

namespace {

using base::Result;
using storage::Connection;

// Ids begin behind that of All Subscribers.
constexpr std::string_view kFirstSchema = R"sql(
CREATE TABLE subscriber_list(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  business_unit INTEGER NOT NULL,
  guid TEXT NOT NULL UNIQUE COLLATE NOCASE,
  key TEXT NOT NULL COLLATE NOCASE,
  name TEXT NOT NULL COLLATE NOCASE,
  description TEXT NOT NULL,
  type TEXT NOT NULL,
  classification TEXT NOT NULL,
  category INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  UNIQUE(business_unit, key),
  UNIQUE(business_unit, name)
) STRICT;
INSERT INTO sqlite_sequence(name, seq) VALUES('subscriber_list', 1);
CREATE TABLE list_member(
  list_id INTEGER NOT NULL REFERENCES subscriber_list(id) ON DELETE CASCADE,
  contact_id INTEGER NOT NULL REFERENCES contact(id) ON DELETE CASCADE,
  status TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY(list_id, contact_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX list_member_by_contact ON list_member(contact_id);
)sql";

constexpr storage::Migration kMigrations[] = {{1, kFirstSchema}};

#define REKEY_SELECT_LIST                                                                    \
  "SELECT id, business_unit, guid, key, name, description, type, classification, category, " \
  "created_at, changed_at FROM subscriber_list WHERE business_unit = ?1 AND "

List read_list(const storage::Statement& row) {
  List list;
  list.id = row.integer(0);
  list.business_unit = row.integer(1);
  list.guid = row.text(2);
  list.key = row.text(3);
  list.name = row.text(4);
  list.description = row.text(5);
  list.type = row.text(6);
  list.classification = row.text(7);
  list.category = row.integer(8);
  list.created_at = base::from_millis(row.integer(9));
  list.changed_at = base::from_millis(row.integer(10));
  return list;
}

Result<SubscriberStatus> read_status(const storage::Statement& row) {
  const auto status = parse_subscriber_status(row.text(0));
  if (status) return *status;
  return base::fail(base::Code::kCorrupt, "a member of a list has an unknown status");
}

}  // namespace

base::Status prepare_list_schema(Connection& connection) {
  return storage::migrate(connection, "engagement.lists", kMigrations);
}

Result<std::optional<List>> find_list(Connection& tables, std::int64_t business_unit,
                                      std::int64_t id) {
  return storage::first_row(
      storage::select(tables, REKEY_SELECT_LIST "id = ?2", {business_unit, id}), read_list);
}

Result<std::optional<List>> find_list_by_key(Connection& tables, std::int64_t business_unit,
                                             std::string_view key) {
  return storage::first_row(
      storage::select(tables, REKEY_SELECT_LIST "key = ?2", {business_unit, key}), read_list);
}

Result<std::optional<List>> find_list_by_guid(Connection& tables, std::int64_t business_unit,
                                              std::string_view guid) {
  return storage::first_row(
      storage::select(tables, REKEY_SELECT_LIST "guid = ?2", {business_unit, guid}), read_list);
}

Result<std::int64_t> insert_list(Connection& tables, const List& list) {
  return storage::insert(
      tables,
      "INSERT INTO subscriber_list(business_unit, guid, key, name, description, type, "
      "classification, category, created_at, changed_at) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
      {list.business_unit, list.guid, list.key, list.name, list.description, list.type,
       list.classification, list.category, list.created_at, list.changed_at});
}

base::Status save_list(Connection& tables, const List& list) {
  return storage::run(tables,
                      "UPDATE subscriber_list SET key = ?2, name = ?3, description = ?4, "
                      "type = ?5, classification = ?6, category = ?7, changed_at = ?8 "
                      "WHERE id = ?1",
                      {list.id, list.key, list.name, list.description, list.type,
                       list.classification, list.category, list.changed_at});
}

base::Status delete_list(Connection& tables, const List& list) {
  return storage::run(tables, "DELETE FROM subscriber_list WHERE id = ?1", {list.id});
}

Result<std::optional<SubscriberStatus>> find_membership(Connection& tables, std::int64_t list_id,
                                                        std::int64_t contact_id) {
  return storage::first_row(
      storage::select(tables,
                      "SELECT status FROM list_member WHERE list_id = ?1 AND contact_id = ?2",
                      {list_id, contact_id}),
      read_status);
}

base::Status save_membership(Connection& tables, std::int64_t list_id, std::int64_t contact_id,
                             SubscriberStatus status, base::Instant now) {
  return storage::run(tables,
                      "INSERT INTO list_member(list_id, contact_id, status, created_at, "
                      "changed_at) VALUES(?1, ?2, ?3, ?4, ?4) "
                      "ON CONFLICT(list_id, contact_id) DO UPDATE SET status = ?3, "
                      "changed_at = ?4",
                      {list_id, contact_id, name_of(status), now});
}

base::Status delete_membership(Connection& tables, std::int64_t list_id, std::int64_t contact_id) {
  return storage::run(tables, "DELETE FROM list_member WHERE list_id = ?1 AND contact_id = ?2",
                      {list_id, contact_id});
}

}  // namespace rekey::engagement::contacts
