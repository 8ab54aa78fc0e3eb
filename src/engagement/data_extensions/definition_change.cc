#include "engagement/data_extensions/definition_change.h"

#include <utility>

#include "base/text.h"
#include "engagement/data_extensions/definition_json.h"
#include "engagement/json_parts.h"

namespace rekey::engagement::data_extensions {

namespace {

using base::Code;
using base::fail;
using base::Result;
using net::JsonValue;

// The column that an item of the list means, by its id or else its name; nullptr for a new one.
Result<Field*> meant_field(Definition& definition, const JsonValue& item) {
  REKEY_TRY(const auto id, text_member(item, "id"));
  REKEY_TRY(const auto name, text_member(item, "name"));
  for (Field& field : definition.fields) {
    const bool is_meant = id ? base::equal_ignoring_case(field.guid, *id)
                             : name && base::equal_ignoring_case(field.name, *name);
    if (is_meant) return &field;
  }
  if (id) return fail(Code::kNotFound, "the data extension has no column with that id");
  return nullptr;
}

base::Status add_field(const JsonValue& item, const Ids& ids, Definition& definition) {
  REKEY_TRY(Field field, read_new_field(item, ids));
  const bool has_value_everywhere = field.is_nullable || field.default_value.has_value();
  if (definition.row_count > 0 && (field.is_primary_key || !has_value_everywhere)) {
    return fail(Code::kInvalidArgument,
                "while there are rows, a new column is nullable or has a default value, and is no "
                "part of the primary key");
  }
  field.number = definition.next_field++;
  if (field.ordinal == 0) field.ordinal = static_cast<std::int64_t>(definition.fields.size()) + 1;
  definition.fields.push_back(std::move(field));
  return {};
}

}  // namespace

base::Status change_fields(const JsonValue& list, const Ids& ids, Definition& definition) {
  for (const JsonValue& item : list.items()) {
    REKEY_TRY(Field * field, meant_field(definition, item));
    if (field == nullptr) {
      REKEY_CHECK(add_field(item, ids, definition));
    } else {
      REKEY_CHECK(read_changes(item, definition.row_count > 0, *field));
    }
  }
  return check_definition(definition);
}

base::Status save_with_fields(storage::Connection& tables, const Definition& definition) {
  REKEY_CHECK(save_definition(tables, definition));
  for (const Field& field : definition.fields) {
    REKEY_CHECK(save_field(tables, definition, field));
  }
  return {};
}

}  // namespace rekey::engagement::data_extensions
