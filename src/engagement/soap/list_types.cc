#include "engagement/soap/object_types.h"

namespace rekey::engagement::soap {

namespace {

constexpr std::string_view kRead = "list_and_subscribers_read";
constexpr std::string_view kWrite = "list_and_subscribers_write";

Property plain(std::string name, ValueKind kind, std::string sql, bool is_settable = false) {
  return {std::move(name), kind, std::move(sql), Presence::kAsked, {}, is_settable};
}

// All Subscribers, which is in no table, and those that were made.
ObjectType list() {
  ObjectType type;
  type.name = "List";
  type.read_scope = kRead;
  type.write_scope = kWrite;
  type.source =
      "(SELECT 1 AS id, ?1 AS business_unit, '00000000-0000-4000-8000-000000000001' AS guid, "
      "'All Subscribers' AS key, 'All Subscribers' AS name, '' AS description, 'Private' AS type, "
      "'ExactTargetList' AS classification, 0 AS category, NULL AS created_at, NULL AS changed_at "
      "UNION ALL SELECT id, business_unit, guid, key, name, description, type, classification, "
      "category, created_at, changed_at FROM subscriber_list) l";
  type.condition = "l.business_unit = ?1";
  type.cursor = "l.id";
  type.properties = base_properties(
      {"l.business_unit", "l.created_at", "l.changed_at", "l.id", "l.guid", "l.key"});
  const std::vector<Property> own = {
      plain("ListName", ValueKind::kText, "l.name", true),
      plain("Category", ValueKind::kInteger, "l.category", true),
      plain("Type", ValueKind::kText, "l.type", true),
      plain("Description", ValueKind::kText, "l.description", true),
      plain("ListClassification", ValueKind::kText, "l.classification", true),
      plain("AutomatedEmail.ID", ValueKind::kInteger, {}),
      plain("SendClassification.CustomerKey", ValueKind::kText, {}),
  };
  type.properties.insert(type.properties.end(), own.begin(), own.end());
  return type;
}

// Who is on which list. Everybody is on All Subscribers.
//
// Contact by contact, which is how the indexes of both tables have them: a page costs what it
// holds, whatever the number of members. The casts give both parts columns of one type, without
// which SQLite would put them together first and sort them for each page.
ObjectType list_subscriber() {
  ObjectType type;
  type.name = "ListSubscriber";
  type.read_scope = kRead;
  type.source =
      "(SELECT CAST(1 AS INTEGER) AS list_id, c.id AS contact_id, c.key, "
      "CAST(coalesce(u.status, 'Active') AS TEXT) AS status, c.created_at, c.changed_at "
      "FROM contact c LEFT JOIN subscriber u ON u.contact_id = c.id "
      "WHERE c.business_unit = ?1 AND c.id > ?2 >> 24 UNION ALL "
      "SELECT m.list_id, c.id, c.key, m.status, m.created_at, m.changed_at "
      "FROM contact c JOIN list_member m ON m.contact_id = c.id "
      "WHERE c.business_unit = ?1 AND c.id >= ?2 >> 24) m";
  type.condition = "TRUE";
  // One number for both: there are fewer lists than that.
  type.cursor = "((m.contact_id << 24) + m.list_id)";
  type.order = "m.contact_id, m.list_id";
  type.properties = base_properties({"?1", "m.created_at", "m.changed_at", "m.contact_id", {}, {}});
  const std::vector<Property> own = {
      plain("Status", ValueKind::kText, "m.status"),
      plain("ListID", ValueKind::kInteger, "m.list_id"),
      plain("SubscriberKey", ValueKind::kText, "m.key"),
  };
  type.properties.insert(type.properties.end(), own.begin(), own.end());
  return type;
}

}  // namespace

const std::vector<ObjectType>& list_types() {
  static const std::vector<ObjectType> kTypes = {list(), list_subscriber()};
  return kTypes;
}

}  // namespace rekey::engagement::soap
