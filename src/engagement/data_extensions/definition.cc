#include "engagement/data_extensions/definition.h"

#include <fmt/format.h>

#include "base/text.h"

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

base::Status load_fields(Connection& tables, Definition& definition) {
  REKEY_TRY(auto rows,
            tables.prepare("SELECT number, guid, ordinal, name, type, length, scale, "
                           "is_primary_key, is_nullable, has_default, default_value, description "
                           "FROM data_extension_field WHERE data_extension_id = ?1 "
                           "ORDER BY ordinal, number"));
  rows.bind(1, definition.id);
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return {};
    REKEY_TRY(definition.fields.emplace_back(), read_field(rows));
  }
}

Result<Definition> load_one(Connection& tables, Statement row) {
  REKEY_TRY(const bool has_row, row.step());
  if (!has_row) {
    return fail(Code::kNotFound, "this business unit has no such data extension");
  }
  Definition definition = read_definition(row);
  REKEY_CHECK(load_fields(tables, definition));
  return definition;
}

Result<std::int64_t> new_store(Connection& tables) {
  REKEY_TRY(auto insert, tables.prepare("INSERT INTO store(is_dropped) VALUES(0)"));
  REKEY_CHECK(insert.run());
  return tables.last_insert_id();
}

base::Status drop_store(Connection& tables, std::int64_t store) {
  REKEY_TRY(auto update, tables.prepare("UPDATE store SET is_dropped = 1 WHERE id = ?1"));
  return update.bind(1, store).run();
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

#define REKEY_DEFINITION_FILTER                                                 \
  "FROM data_extension WHERE business_unit = ?1 AND (name LIKE ?2 ESCAPE '\\' " \
  "OR key LIKE ?2 ESCAPE '\\') "

Result<std::int64_t> count_definitions(Connection& tables, const DefinitionsAsked& asked) {
  REKEY_TRY(auto row, tables.prepare("SELECT count(*) " REKEY_DEFINITION_FILTER));
  row.bind(1, asked.business_unit).bind(2, like_pattern(asked.search));
  REKEY_TRY(const bool has_row, row.step());
  return has_row ? row.integer(0) : 0;
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
    REKEY_TRY(auto row, tables.prepare("SELECT " REKEY_DEFINITION_COLUMNS " FROM data_extension "
                                       "WHERE business_unit = ?1 AND key = ?2"));
    row.bind(1, business_unit).bind(2, reference.substr(kKeyPrefix.size()));
    return load_one(tables, std::move(row));
  }
  REKEY_TRY(auto row, tables.prepare("SELECT " REKEY_DEFINITION_COLUMNS " FROM data_extension "
                                     "WHERE business_unit = ?1 AND guid = ?2"));
  row.bind(1, business_unit).bind(2, reference);
  return load_one(tables, std::move(row));
}

Result<Definition> load_definition(Connection& tables, std::int64_t business_unit,
                                   std::int64_t id) {
  REKEY_TRY(auto row, tables.prepare("SELECT " REKEY_DEFINITION_COLUMNS
                                     " FROM data_extension WHERE business_unit = ?1 AND id = ?2"));
  row.bind(1, business_unit).bind(2, id);
  return load_one(tables, std::move(row));
}

Result<DefinitionPage> list_definitions(Connection& tables, const DefinitionsAsked& asked) {
  DefinitionPage page;
  REKEY_TRY(page.count, count_definitions(tables, asked));
  REKEY_TRY(auto rows, tables.prepare("SELECT " REKEY_DEFINITION_COLUMNS " " REKEY_DEFINITION_FILTER
                                      "ORDER BY name LIMIT ?3 OFFSET ?4"));
  rows.bind(1, asked.business_unit)
      .bind(2, like_pattern(asked.search))
      .bind(3, asked.size)
      .bind(4, (asked.page - 1) * asked.size);
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return page;
    page.definitions.push_back(read_definition(rows));
  }
}

base::Status insert_definition(Connection& tables, Definition& definition) {
  REKEY_TRY(definition.store, new_store(tables));
  REKEY_TRY(auto insert,
            tables.prepare("INSERT INTO data_extension(business_unit, guid, key, name, "
                           "description, category_id, is_sendable, sendable_field, "
                           "subscriber_field, store, row_count, next_row, next_field, created_at, "
                           "changed_at) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,0,1,1,?11,?11)"));
  const base::Status inserted = insert.bind(1, definition.business_unit)
                                    .bind(2, definition.guid)
                                    .bind(3, definition.key)
                                    .bind(4, definition.name)
                                    .bind(5, definition.description)
                                    .bind(6, definition.category_id)
                                    .bind(7, std::int64_t{definition.is_sendable})
                                    .bind(8, definition.sendable_field)
                                    .bind(9, definition.subscriber_field)
                                    .bind(10, definition.store)
                                    .bind(11, base::to_millis(definition.created_at))
                                    .run();
  if (!inserted && inserted.error().code == Code::kAlreadyExists) {
    return fail(Code::kAlreadyExists,
                "this business unit has a data extension with that name or that key");
  }
  REKEY_CHECK(inserted);
  definition.id = tables.last_insert_id();
  for (Field& field : definition.fields) {
    field.number = definition.next_field++;
    REKEY_CHECK(save_field(tables, definition, field));
  }
  return save_definition(tables, definition);
}

base::Status save_definition(Connection& tables, const Definition& definition) {
  REKEY_TRY(auto update,
            tables.prepare("UPDATE data_extension SET name=?2, description=?3, category_id=?4, "
                           "is_sendable=?5, sendable_field=?6, subscriber_field=?7, store=?8, "
                           "row_count=?9, next_row=?10, next_field=?11, changed_at=?12 "
                           "WHERE id=?1"));
  const base::Status updated = update.bind(1, definition.id)
                                   .bind(2, definition.name)
                                   .bind(3, definition.description)
                                   .bind(4, definition.category_id)
                                   .bind(5, std::int64_t{definition.is_sendable})
                                   .bind(6, definition.sendable_field)
                                   .bind(7, definition.subscriber_field)
                                   .bind(8, definition.store)
                                   .bind(9, definition.row_count)
                                   .bind(10, definition.next_row)
                                   .bind(11, definition.next_field)
                                   .bind(12, base::to_millis(definition.changed_at))
                                   .run();
  if (!updated && updated.error().code == Code::kAlreadyExists) {
    return fail(Code::kAlreadyExists, "this business unit has a data extension with that name");
  }
  return updated;
}

base::Status save_field(Connection& tables, const Definition& definition, const Field& field) {
  REKEY_TRY(auto insert,
            tables.prepare("INSERT INTO data_extension_field(data_extension_id, number, guid, "
                           "ordinal, name, type, length, scale, is_primary_key, is_nullable, "
                           "has_default, default_value, description) "
                           "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13) "
                           "ON CONFLICT(data_extension_id, number) DO UPDATE SET ordinal=?4, "
                           "name=?5, length=?7, is_nullable=?10, has_default=?11, "
                           "default_value=?12, description=?13"));
  return insert.bind(1, definition.id)
      .bind(2, field.number)
      .bind(3, field.guid)
      .bind(4, field.ordinal)
      .bind(5, field.name)
      .bind(6, name_of(field.type))
      .bind(7, field.length)
      .bind(8, field.scale)
      .bind(9, std::int64_t{field.is_primary_key})
      .bind(10, std::int64_t{field.is_nullable})
      .bind(11, std::int64_t{field.default_value.has_value()})
      .bind(12, field.default_value.value_or(""))
      .bind(13, field.description)
      .run();
}

base::Status delete_definition(Connection& tables, const Definition& definition) {
  REKEY_TRY(auto remove, tables.prepare("DELETE FROM data_extension WHERE id = ?1"));
  REKEY_CHECK(remove.bind(1, definition.id).run());
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
