#include "engagement/contacts/list.h"

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

Result<std::optional<List>> only_list(storage::Statement rows) {
  REKEY_TRY(const bool has_row, rows.step());
  if (!has_row) return std::optional<List>();
  List list;
  list.id = rows.integer(0);
  list.business_unit = rows.integer(1);
  list.guid = rows.text(2);
  list.key = rows.text(3);
  list.name = rows.text(4);
  list.description = rows.text(5);
  list.type = rows.text(6);
  list.classification = rows.text(7);
  list.category = rows.integer(8);
  list.created_at = base::from_millis(rows.integer(9));
  list.changed_at = base::from_millis(rows.integer(10));
  return std::optional<List>(std::move(list));
}

void bind_facts(storage::Statement& statement, const List& list) {
  statement.bind(1, list.key)
      .bind(2, list.name)
      .bind(3, list.description)
      .bind(4, list.type)
      .bind(5, list.classification)
      .bind(6, list.category)
      .bind(7, base::to_millis(list.changed_at));
}

}  // namespace

base::Status prepare_list_schema(Connection& connection) {
  return storage::migrate(connection, "engagement.lists", kMigrations);
}

Result<std::optional<List>> find_list(Connection& tables, std::int64_t business_unit,
                                      std::int64_t id) {
  REKEY_TRY(auto rows, tables.prepare(REKEY_SELECT_LIST "id = ?2"));
  rows.bind(1, business_unit).bind(2, id);
  return only_list(std::move(rows));
}

Result<std::optional<List>> find_list_by_key(Connection& tables, std::int64_t business_unit,
                                             std::string_view key) {
  REKEY_TRY(auto rows, tables.prepare(REKEY_SELECT_LIST "key = ?2"));
  rows.bind(1, business_unit).bind(2, key);
  return only_list(std::move(rows));
}

Result<std::optional<List>> find_list_by_guid(Connection& tables, std::int64_t business_unit,
                                              std::string_view guid) {
  REKEY_TRY(auto rows, tables.prepare(REKEY_SELECT_LIST "guid = ?2"));
  rows.bind(1, business_unit).bind(2, guid);
  return only_list(std::move(rows));
}

base::Status insert_list(Connection& tables, List& list) {
  REKEY_TRY(auto insert, tables.prepare("INSERT INTO subscriber_list(key, name, description, type, "
                                        "classification, category, changed_at, business_unit, "
                                        "guid, created_at) "
                                        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"));
  bind_facts(insert, list);
  REKEY_CHECK(insert.bind(8, list.business_unit)
                  .bind(9, list.guid)
                  .bind(10, base::to_millis(list.created_at))
                  .run());
  list.id = tables.last_insert_id();
  return {};
}

base::Status save_list(Connection& tables, const List& list) {
  REKEY_TRY(auto update, tables.prepare("UPDATE subscriber_list SET key = ?1, name = ?2, "
                                        "description = ?3, type = ?4, classification = ?5, "
                                        "category = ?6, changed_at = ?7 WHERE id = ?8"));
  bind_facts(update, list);
  return update.bind(8, list.id).run();
}

base::Status delete_list(Connection& tables, const List& list) {
  REKEY_TRY(auto remove, tables.prepare("DELETE FROM subscriber_list WHERE id = ?1"));
  return remove.bind(1, list.id).run();
}

Result<std::optional<SubscriberStatus>> find_membership(Connection& tables, std::int64_t list_id,
                                                        std::int64_t contact_id) {
  using Found = std::optional<SubscriberStatus>;
  REKEY_TRY(auto row, tables.prepare("SELECT status FROM list_member WHERE list_id = ?1 "
                                     "AND contact_id = ?2"));
  row.bind(1, list_id).bind(2, contact_id);
  REKEY_TRY(const bool has_row, row.step());
  if (!has_row) return Found();
  const Found status = parse_subscriber_status(row.text(0));
  if (!status) return base::fail(base::Code::kCorrupt, "a member of a list has an unknown status");
  return status;
}

base::Status save_membership(Connection& tables, std::int64_t list_id, std::int64_t contact_id,
                             SubscriberStatus status, base::Instant now) {
  REKEY_TRY(auto put, tables.prepare("INSERT INTO list_member(list_id, contact_id, status, "
                                     "created_at, changed_at) VALUES(?1, ?2, ?3, ?4, ?4) "
                                     "ON CONFLICT(list_id, contact_id) DO UPDATE SET status = ?3, "
                                     "changed_at = ?4"));
  return put.bind(1, list_id)
      .bind(2, contact_id)
      .bind(3, name_of(status))
      .bind(4, base::to_millis(now))
      .run();
}

base::Status delete_membership(Connection& tables, std::int64_t list_id, std::int64_t contact_id) {
  REKEY_TRY(auto remove, tables.prepare("DELETE FROM list_member WHERE list_id = ?1 "
                                        "AND contact_id = ?2"));
  return remove.bind(1, list_id).bind(2, contact_id).run();
}

}  // namespace rekey::engagement::contacts
