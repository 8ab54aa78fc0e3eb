#include "engagement/data_extensions/definition_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "engagement/json_parts.h"
#include "engagement/text_rules.h"

namespace rekey::engagement::data_extensions {

namespace {

using base::Code;
using base::fail;
using base::Result;
using net::JsonValue;

constexpr std::size_t kLongestName = 100;
constexpr std::size_t kLongestKey = 100;
constexpr std::size_t kLongestFieldName = 128;
constexpr std::size_t kLongestDescription = 4000;
constexpr std::size_t kMostFields = 1000;
constexpr std::int64_t kMostDigits = 38;

// Paths name columns by "Name:value,…" (contract section 4.2).
base::Status check_field_name(std::string_view name) {
  REKEY_CHECK(check_name("the name of a column", name, kLongestFieldName));
  if (name.find_first_of(":,/") == std::string_view::npos) return {};
  return fail(Code::kInvalidArgument, "the name of a column holds no ':', ',' or '/'");
}

base::Status read_size(const JsonValue& json, Field& field) {
  REKEY_TRY(const auto length, number_member(json, "length"));
  REKEY_TRY(const auto scale, number_member(json, "scale"));
  const bool is_decimal = field.type == FieldType::kDecimal;
  field.length = length.value_or(0);
  field.scale = scale.value_or(0);
  if (field.type == FieldType::kText && field.length == 0) field.length = kLongestText;
  if (is_decimal && field.length == 0) {
    field.length = 18;
    field.scale = scale.value_or(2);
  }
  const bool is_good = is_decimal ? field.length >= 1 && field.length <= kMostDigits &&
                                        field.scale >= 0 && field.scale <= field.length
                                  : field.length >= 0 && field.length <= kLongestText;
  if (is_good) return {};
  return fail(Code::kInvalidArgument,
              fmt::format("the column \"{}\": a text has a length of 1 to {}, a decimal 1 to {} "
                          "digits and a scale within them",
                          field.name, kLongestText, kMostDigits));
}

base::Status read_default(const JsonValue& json, Field& field) {
  const JsonValue* given = find_member(json, "defaultValue");
  if (given == nullptr) return {};
  REKEY_TRY(auto text, scalar_text(*given));
  if (text && text->empty()) text.reset();
  REKEY_TRY(field.default_value, canonical(field, text));
  return {};
}

base::Status read_description(const JsonValue& json, std::string& description) {
  REKEY_TRY(auto text, text_member(json, "description"));
  if (!text) return {};
  if (character_count(*text) > kLongestDescription) {
    return fail(Code::kInvalidArgument, "a description has at most 4000 characters");
  }
  description = *std::move(text);
  return {};
}

void write_field(net::JsonWriter& json, const Field& field) {
  json.begin_object()
      .member("id", field.guid)
      .member("name", field.name)
      .member("type", name_of(field.type))
      .member("ordinal", field.ordinal);
  if (field.type == FieldType::kText || field.type == FieldType::kDecimal) {
    json.member("length", field.length);
  }
  if (field.type == FieldType::kDecimal) json.member("scale", field.scale);
  json.member("isPrimaryKey", field.is_primary_key)
      .member("isNullable", field.is_nullable)
      .member("defaultValue", field.default_value.value_or(""))
      .member("description", field.description)
      .member("isHidden", false)
      .member("isReadOnly", false)
      .end_object();
}

base::Status check_unchanged(const JsonValue& json, const Field& field) {
  REKEY_TRY(const auto type, text_member(json, "type"));
  REKEY_TRY(const auto is_primary_key, truth_member(json, "isPrimaryKey"));
  const bool keeps_type = !type || parse_field_type(*type) == field.type;
  const bool keeps_key = !is_primary_key || *is_primary_key == field.is_primary_key;
  if (keeps_type && keeps_key) return {};
  return fail(
      Code::kInvalidArgument,
      fmt::format("the column \"{}\" keeps its type and its part in the primary key", field.name));
}

}  // namespace

void write_definition(net::JsonWriter& json, const Definition& definition) {
  json.begin_object()
      .member("id", definition.guid)
      .member("name", definition.name)
      .member("key", definition.key)
      .member("description", definition.description)
      .member("isActive", true)
      .member("isSendable", definition.is_sendable)
      .member("sendableCustomObjectField", definition.sendable_field)
      .member("sendableSubscriberField", definition.subscriber_field)
      .member("isTestable", false)
      .member("categoryId", definition.category_id)
      .member("ownerId", definition.business_unit)
      .member("rowCount", definition.row_count)
      .member("createdDate", stamp(definition.created_at))
      .member("modifiedDate", stamp(definition.changed_at))
      .end_object();
}

void write_fields(net::JsonWriter& json, const Definition& definition) {
  json.begin_object()
      .member("id", definition.guid)
      .member("key", definition.key)
      .member("count", static_cast<std::int64_t>(definition.fields.size()));
  json.key("fields").begin_array();
  for (const Field& field : definition.fields) write_field(json, field);
  json.end_array().end_object();
}

Result<Field> read_new_field(const JsonValue& json, const Ids& ids) {
  Field field;
  REKEY_TRY(const auto name, text_member(json, "name"));
  field.name = name.value_or("");
  REKEY_CHECK(check_field_name(field.name));
  REKEY_TRY(const auto type, text_member(json, "type"));
  const auto parsed = parse_field_type(type.value_or("Text"));
  if (!parsed) {
    return fail(Code::kInvalidArgument,
                fmt::format("the column \"{}\": its type is none of Text, Number, Date, Boolean, "
                            "EmailAddress, Phone, Decimal, Locale",
                            field.name));
  }
  field.type = *parsed;
  REKEY_CHECK(read_size(json, field));
  REKEY_TRY(const auto is_primary_key, truth_member(json, "isPrimaryKey"));
  REKEY_TRY(const auto is_nullable, truth_member(json, "isNullable"));
  field.is_primary_key = is_primary_key.value_or(false);
  field.is_nullable = !field.is_primary_key && is_nullable.value_or(true);
  REKEY_TRY(const auto ordinal, number_member(json, "ordinal"));
  field.ordinal = ordinal.value_or(0);
  REKEY_CHECK(read_default(json, field));
  REKEY_CHECK(read_description(json, field.description));
  field.guid = ids.guid();
  return field;
}

base::Status read_changes(const JsonValue& json, bool has_rows, Field& field) {
  REKEY_CHECK(check_unchanged(json, field));
  REKEY_TRY(auto name, text_member(json, "name"));
  if (name) {
    REKEY_CHECK(check_field_name(*name));
    field.name = *std::move(name);
  }
  REKEY_TRY(const auto length, number_member(json, "length"));
  if (length && field.type == FieldType::kText) {
    const bool is_good =
        *length <= kLongestText && (*length >= field.length || !has_rows) && *length >= 1;
    if (!is_good) {
      return fail(Code::kInvalidArgument,
                  fmt::format("the column \"{}\" can only be made longer, up to {}, while there "
                              "are rows",
                              field.name, kLongestText));
    }
    field.length = *length;
  }
  REKEY_CHECK(read_default(json, field));
  REKEY_TRY(const auto is_nullable, truth_member(json, "isNullable"));
  if (is_nullable && !field.is_primary_key && *is_nullable != field.is_nullable) {
    if (has_rows && !*is_nullable) {
      return fail(
          Code::kInvalidArgument,
          fmt::format("the column \"{}\" may hold null in rows that are there", field.name));
    }
    field.is_nullable = *is_nullable;
  }
  REKEY_TRY(const auto ordinal, number_member(json, "ordinal"));
  field.ordinal = ordinal.value_or(field.ordinal);
  return read_description(json, field.description);
}

base::Status read_facts(const JsonValue& json, Definition& definition) {
  REKEY_TRY(auto name, text_member(json, "name"));
  if (name) definition.name = *std::move(name);
  REKEY_CHECK(check_name("the name of a data extension", definition.name, kLongestName));
  REKEY_CHECK(read_description(json, definition.description));
  REKEY_TRY(const auto category, number_member(json, "categoryId"));
  definition.category_id = category.value_or(definition.category_id);
  REKEY_TRY(const auto is_sendable, truth_member(json, "isSendable"));
  definition.is_sendable = is_sendable.value_or(definition.is_sendable);
  REKEY_TRY(auto by, text_member(json, "sendableCustomObjectField"));
  if (by) definition.sendable_field = *std::move(by);
  REKEY_TRY(auto subscriber, text_member(json, "sendableSubscriberField"));
  if (subscriber) definition.subscriber_field = *std::move(subscriber);
  return {};
}

Result<Definition> read_new_definition(const JsonValue& json, const Ids& ids) {
  Definition definition;
  REKEY_CHECK(read_facts(json, definition));
  definition.guid = ids.guid();
  REKEY_TRY(auto key, text_member(json, "key"));
  definition.key = key && !key->empty() ? *std::move(key) : ids.guid();
  REKEY_CHECK(check_name("the key of a data extension", definition.key, kLongestKey));
  const JsonValue* fields = find_member(json, "fields");
  if (fields != nullptr) {
    for (const JsonValue& item : fields->items()) {
      REKEY_TRY(Field field, read_new_field(item, ids));
      if (field.ordinal == 0) {
        field.ordinal = static_cast<std::int64_t>(definition.fields.size()) + 1;
      }
      definition.fields.push_back(std::move(field));
    }
  }
  REKEY_CHECK(check_definition(definition));
  return definition;
}

base::Status check_definition(const Definition& definition) {
  if (definition.fields.empty() || definition.fields.size() > kMostFields) {
    return fail(Code::kInvalidArgument,
                fmt::format("a data extension has 1 to {} columns, in \"fields\"", kMostFields));
  }
  for (const Field& field : definition.fields) {
    if (definition.find_field(field.name) != &field) {
      return fail(Code::kInvalidArgument,
                  fmt::format("two columns have the name \"{}\"", field.name));
    }
  }
  if (!definition.is_sendable || definition.find_field(definition.sendable_field) != nullptr) {
    return {};
  }
  return fail(Code::kInvalidArgument,
              "a sendable data extension names one of its columns in sendableCustomObjectField");
}

}  // namespace rekey::engagement::data_extensions
