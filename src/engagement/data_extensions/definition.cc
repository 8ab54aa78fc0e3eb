#include "engagement/data_extensions/definition.h"

#include <fmt/format.h>

#include "base/text.h"
#include "storage/select.h"

namespace rekey::engagement::data_extensions {

namespace {

using base::Code;
using base::fail;
using base::Result;
using storage::Connection;
using storage::Statement;

constexpr std::string_view kKeyPrefix = "key:";

#define REKEY_DEFINITION_COLUMNS                                                           \
  "id, business_unit, guid, key, name, description, category_id, is_sendable, "            \
  "sendable_field, subscriber_field, store, row_count, next_row, next_field, created_at, " \
  "changed_at"

Definition read_definition(const Statement& row) {
  Definition definition;
  definition.id = row.integer(0);
  definition.business_unit = row.integer(1);
  definition.guid = row.text(2);
  definition.key = row.text(3);
  definition.name = row.text(4);
  definition.description = row.text(5);
  definition.category_id = row.integer(6);
  definition.is_sendable = row.integer(7) != 0;
  definition.sendable_field = row.text(8);
  definition.subscriber_field = row.text(9);
  definition.store = row.integer(10);
  definition.row_count = row.integer(11);
  definition.next_row = row.integer(12);
  definition.next_field = row.integer(13);
  definition.created_at = base::from_millis(row.integer(14));
  definition.changed_at = base::from_millis(row.integer(15));
  return definition;
}

Result<Field> read_field(const Statement& row) {
  Field field;
  field.number = row.integer(0);
  field.guid = row.text(1);
  field.ordinal = row.integer(2);
  field.name = row.text(3);
  const auto type = parse_field_type(row.text(4));
  if (!type) return fail(Code::kCorrupt, "a column of a data extension has an unknown type");
  field.type = *type;
  field.length = row.integer(5);
  field.scale = row.integer(6);
  field.is_primary_key = row.integer(7) != 0;
  field.is_nullable = row.integer(8) != 0;
  if (row.integer(9) != 0) field.default_value = row.text(10);
  field.description = row.text(11);
  return field;
}

Result<std::vector<Field>> load_fields(Connection& tables, std::int64_t definition_id) {
  return storage::all_rows(
      storage::select(tables,
                      "SELECT number, guid, ordinal, name, type, length, scale, is_primary_key, "
                      "is_nullable, has_default, default_value, description "
                      "FROM data_extension_field WHERE data_extension_id = ?1 "
                      "ORDER BY ordinal, number",
                      {definition_id}),
      read_field);
}

Result<Definition> load_one(Connection& tables, Result<Statement> row) {
  REKEY_TRY(auto found, storage::first_row(std::move(row), read_definition));
  if (!found) return fail(Code::kNotFound, "this business unit has no such data extension");
  REKEY_TRY(found->fields, load_fields(tables, found->id));
  return *std::move(found);
}

Result<std::int64_t> new_store(Connection& tables) {
  return storage::insert(tables, "INSERT INTO store(is_dropped) VALUES(0)");
}

base::Status drop_store(Connection& tables, std::int64_t store) {
  return storage::run(tables, "UPDATE store SET is_dropped = 1 WHERE id = ?1", {store});
}

// '%' and '_' of the searched text stand for themselves.
std::string like_pattern(std::string_view search) {
  std::string pattern = "%";
  for (const char c : search) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + '%';
}

}  // namespace

const Field* Definition::find_field(std::string_view field_name) const noexcept {
  for (const Field& field : fields) {
    if (base::equal_ignoring_case(field.name, field_name)) return &field;
  }
  return nullptr;
}

std::vector<const Field*> Definition::primary_key() const {
  std::vector<const Field*> keys;
  for (const Field& field : fields) {
    if (field.is_primary_key) keys.push_back(&field);
  }
  return keys;
}

Result<Definition> load_definition(Connection& tables, std::int64_t business_unit,
                                   std::string_view reference) {
  const bool is_key = base::equal_ignoring_case(reference.substr(0, kKeyPrefix.size()), kKeyPrefix);
  if (is_key) {
    return load_one(tables,
                    storage::select(tables,
                                    "SELECT " REKEY_DEFINITION_COLUMNS " FROM data_extension "
                                    "WHERE business_unit = ?1 AND key = ?2",
                                    {business_unit, reference.substr(kKeyPrefix.size())}));
  }
  return load_one(tables, storage::select(tables,
                                          "SELECT " REKEY_DEFINITION_COLUMNS " FROM data_extension "
                                          "WHERE business_unit = ?1 AND guid = ?2",
                                          {business_unit, reference}));
}

Result<Definition> load_definition(Connection& tables, std::int64_t business_unit,
                                   std::int64_t id) {
  return load_one(tables,
                  storage::select(tables,
                                  "SELECT " REKEY_DEFINITION_COLUMNS
                                  " FROM data_extension WHERE business_unit = ?1 AND id = ?2",
                                  {business_unit, id}));
}

const ListShape& definition_list() {
  static const ListShape kShape = [] {
    ListShape shape;
    shape.filters = {{"id", "guid"},
                     {"key", "key"},
                     {"name", "name"},
                     {"description", "description"},
                     {"categoryId", "category_id", ValueKind::kInteger},
                     {"isSendable", "is_sendable", ValueKind::kBoolean},
                     {"rowCount", "row_count", ValueKind::kInteger},
                     {"createdDate", "created_at", ValueKind::kInstant},
                     {"modifiedDate", "changed_at", ValueKind::kInstant}};
    shape.orders = shape.filters;
    shape.otherwise = "name";
    return shape;
  }();
  return kShape;
}

Result<DefinitionPage> list_definitions(Connection& tables, const ListAsked& asked,
                                        std::string_view search) {
  const std::string pattern = like_pattern(search);
  storage::Values values = filtered_values(asked);
  values.emplace_back(pattern);
  const std::string source = fmt::format(
      "{0} AND (name LIKE ?{1} ESCAPE '\\' OR key LIKE ?{1} ESCAPE '\\')",
      filtered_source("FROM data_extension WHERE business_unit = ?1", asked), values.size());
  return storage::read_page(
      tables, {REKEY_DEFINITION_COLUMNS, source, asked.order, values, asked.page, asked.size},
      read_definition);
}

Result<Definition> insert_definition(Connection& tables, Definition definition) {
  REKEY_TRY(definition.store, new_store(tables));
  REKEY_TRY(definition.id,
            storage::say_taken(
                storage::insert(
                    tables,
                    "INSERT INTO data_extension(business_unit, guid, key, name, description, "
                    "category_id, "
                    "is_sendable, sendable_field, subscriber_field, store, row_count, next_row, "
                    "next_field, "
                    "created_at, changed_at) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,0,1,1,?11,?11)",
                    {definition.business_unit, definition.guid, definition.key, definition.name,
                     definition.description, definition.category_id, definition.is_sendable,
                     definition.sendable_field, definition.subscriber_field, definition.store,
                     definition.created_at}),
                "this business unit has a data extension with that name or that key"));
  for (Field& field : definition.fields) {
    field.number = definition.next_field++;
    REKEY_CHECK(save_field(tables, definition, field));
  }
  REKEY_CHECK(save_definition(tables, definition));
  return definition;
}

base::Status save_definition(Connection& tables, const Definition& definition) {
  return storage::say_taken(
      storage::run(
          tables,
          "UPDATE data_extension SET name=?2, description=?3, category_id=?4, is_sendable=?5, "
          "sendable_field=?6, subscriber_field=?7, store=?8, row_count=?9, next_row=?10, "
          "next_field=?11, changed_at=?12 WHERE id=?1",
          {definition.id, definition.name, definition.description, definition.category_id,
           definition.is_sendable, definition.sendable_field, definition.subscriber_field,
           definition.store, definition.row_count, definition.next_row, definition.next_field,
           definition.changed_at}),
      "this business unit has a data extension with that name");
}

base::Status save_field(Connection& tables, const Definition& definition, const Field& field) {
  return storage::run(
      tables,
      "INSERT INTO data_extension_field(data_extension_id, number, guid, "
      "ordinal, name, type, length, scale, is_primary_key, is_nullable, "
      "has_default, default_value, description) "
      "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13) "
      "ON CONFLICT(data_extension_id, number) DO UPDATE SET ordinal=?4, "
      "name=?5, length=?7, is_nullable=?10, has_default=?11, "
      "default_value=?12, description=?13",
      {definition.id, field.number, field.guid, field.ordinal, field.name, name_of(field.type),
       field.length, field.scale, field.is_primary_key, field.is_nullable,
       field.default_value.has_value(), field.default_value.value_or(""), field.description});
}

base::Status delete_definition(Connection& tables, const Definition& definition) {
  REKEY_CHECK(storage::run(tables, "DELETE FROM data_extension WHERE id = ?1", {definition.id}));
  return drop_store(tables, definition.store);
}

base::Status clear_rows(Connection& tables, Definition& definition) {
  const std::int64_t old_store = definition.store;
  REKEY_TRY(definition.store, new_store(tables));
  definition.row_count = 0;
  REKEY_CHECK(save_definition(tables, definition));
  return drop_store(tables, old_store);
}

}  // namespace rekey::engagement::data_extensions
