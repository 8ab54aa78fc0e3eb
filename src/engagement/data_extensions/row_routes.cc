// Rows, written synchronously (contract section 4.2).
#include <fmt/format.h>

#include <array>
#include <limits>

#include "base/text.h"
#include "engagement/data_extensions/data_extension_routes.h"
#include "engagement/data_extensions/rows.h"
#include "engagement/json_parts.h"

namespace rekey::engagement::data_extensions {

namespace {

using base::Code;
using base::fail;
using base::Result;
using net::JsonValue;

constexpr std::string_view kWrite = "data_extensions_write";

tl::unexpected<Refusal> refuse_rows(const Definition& definition, Faults faults) {
  return refuse_with_faults(
      fmt::format("Unable to save rows for data extension ID {}", definition.guid),
      std::move(faults));
}

base::Status check_has_primary_key(const Definition& definition) {
  if (!definition.primary_key().empty()) return {};
  return fail(Code::kInvalidArgument,
              fmt::format("data extension ID {} has no primary key, by which its rows could be "
                          "told apart",
                          definition.guid));
}

// What a row of a rowset says; its keys must be the primary key's columns and no others.
Columns columns_of(const Definition& definition, const JsonValue& item, Faults& faults) {
  Columns columns;
  const JsonValue* keys = find_member(item, "keys");
  const JsonValue* values = find_member(item, "values");
  if (keys != nullptr) add_columns(columns, *keys, faults);
  for (const Column& column : columns) {
    const Field* field = definition.find_field(column.name);
    if (field != nullptr && !field->is_primary_key) {
      faults.push_back(fmt::format("the column \"{}\" is no part of the primary key", field->name));
    }
  }
  if (values != nullptr && !values->is_null()) add_columns(columns, *values, faults);
  if (keys == nullptr) faults.emplace_back("\"keys\" is missing");
  return columns;
}

Answer put_rowset(Call& call) {
  REKEY_TRY(Definition definition,
            load_definition(call.tables, call.caller.business_unit, call.parts[0]));
  REKEY_CHECK(check_has_primary_key(definition));
  if (call.body.kind() != JsonValue::Kind::kArray) {
    return refuse_rows(definition, {"a list of rows was expected"});
  }
  RowWriter writer(call.tables, definition);
  Faults all;
  std::size_t position = 0;
  for (const JsonValue& item : call.body.items()) {
    ++position;
    Faults faults;
    const Columns columns = columns_of(definition, item, faults);
    if (faults.empty()) {
      REKEY_TRY(faults, writer.put(columns, Mode::kUpsert));
    }
    for (const std::string& fault : faults) {
      all.push_back(fmt::format("row {}: {}", position, fault));
    }
    constexpr std::size_t kMostFaults = 50;
    if (all.size() >= kMostFaults) break;
  }
  if (!all.empty()) return refuse_rows(definition, std::move(all));
  REKEY_CHECK(writer.finish());
  net::JsonWriter body;
  write_value(body, call.body);
  return reply_with(200, body);
}

// Where the next "Name:" of a primary key's column begins after a comma; npos where none does.
std::size_t next_key_at(const Definition& definition, std::string_view text) {
  for (std::size_t comma = text.find(','); comma != std::string_view::npos;
       comma = text.find(',', comma + 1)) {
    const std::string_view rest = text.substr(comma + 1);
    const Field* field =
        definition.find_field(rest.substr(0, std::min(rest.find(':'), rest.size())));
    if (field != nullptr && field->is_primary_key) return comma;
  }
  return std::string_view::npos;
}

// "Id:1,Line:2"; a comma that no column of the primary key follows belongs to the value.
Result<Columns> parse_row_reference(const Definition& definition, std::string_view text) {
  Columns columns;
  while (!text.empty()) {
    const std::size_t end = std::min(next_key_at(definition, text), text.size());
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t colon = piece.find(':');
    const Field* field =
        colon == std::string_view::npos ? nullptr : definition.find_field(piece.substr(0, colon));
    if (field == nullptr || !field->is_primary_key) {
      return fail(Code::kInvalidArgument,
                  "the path names a row by the columns of its primary key, as \"Id:1\" or "
                  "\"Id:1,Line:2\"");
    }
    columns.push_back({field->name, std::string(piece.substr(colon + 1))});
  }
  return columns;
}

void write_keys(net::JsonWriter& body, const Columns& keys) {
  body.key("keys").begin_object();
  for (const Column& key : keys) body.member(key.name, key.text);
  body.end_object();
}

Answer put_row(Call& call) {
  REKEY_TRY(Definition definition,
            load_definition(call.tables, call.caller.business_unit, call.parts[0]));
  REKEY_CHECK(check_has_primary_key(definition));
  REKEY_TRY(const Columns keys, parse_row_reference(definition, call.parts[1]));
  const JsonValue* values = find_member(call.body, "values");
  if (values == nullptr) return refuse_rows(definition, {"\"values\" is missing"});
  Columns columns = keys;
  Faults faults;
  add_columns(columns, *values, faults);
  if (!faults.empty()) return refuse_rows(definition, std::move(faults));
  RowWriter writer(call.tables, definition);
  REKEY_TRY(faults, writer.put(columns, Mode::kUpsert));
  if (!faults.empty()) return refuse_rows(definition, std::move(faults));
  REKEY_CHECK(writer.finish());
  net::JsonWriter body;
  body.begin_object();
  write_keys(body, keys);
  body.key("values");
  write_value(body, *values);
  body.end_object();
  return reply_with(200, body);
}

Result<const Field*> countable_field(const Definition& definition, std::string_view name) {
  const Field* field = definition.find_field(name);
  if (field != nullptr && field->type == FieldType::kNumber && !field->is_primary_key) return field;
  return fail(Code::kInvalidArgument,
              "only a column of type Number that is no part of the primary key can be incremented");
}

// 0 where there is no such row, or no value in it.
Result<std::int64_t> current_number(Call& call, const Definition& definition, const Columns& keys,
                                    const Field& field) {
  std::map<std::int64_t, std::optional<std::string>> values;
  for (const Column& key : keys) {
    const Field& part = *definition.find_field(key.name);
    REKEY_TRY(auto text, canonical(part, key.text));
    values.emplace(part.number, std::move(text));
  }
  const auto key = key_of(definition, values);
  if (!key) return 0;
  REKEY_TRY(const auto row, find_row(call.tables, definition, *key));
  if (!row || !row->values.contains(field.number)) return 0;
  return std::stoll(row->values.at(field.number));
}

Answer increment(Call& call) {
  REKEY_TRY(Definition definition,
            load_definition(call.tables, call.caller.business_unit, call.parts[0]));
  REKEY_CHECK(check_has_primary_key(definition));
  REKEY_TRY(const Columns keys, parse_row_reference(definition, call.parts[1]));
  REKEY_TRY(const Field* field, countable_field(definition, call.parts[2]));
  constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
  REKEY_TRY(const std::int64_t step, call.query.number_or("step", 1, -kLargest, kLargest));
  REKEY_TRY(const std::int64_t number, current_number(call, definition, keys, *field));
  const std::string result = std::to_string(number + step);
  Columns columns = keys;
  columns.push_back({field->name, result});
  RowWriter writer(call.tables, definition);
  REKEY_TRY(Faults faults, writer.put(columns, Mode::kUpsert));
  if (!faults.empty()) return refuse_rows(definition, std::move(faults));
  REKEY_CHECK(writer.finish());
  net::JsonWriter body;
  body.begin_object();
  write_keys(body, keys);
  body.key("values").begin_object().member(field->name, result).end_object().end_object();
  return reply_with(200, body);
}

constexpr std::array<Route, 3> kRoutes{{
    {net::Method::kPost, "/hub/v1/dataevents/{}/rowset", kWrite, Access::kWrites, put_rowset},
    {net::Method::kPut, "/hub/v1/dataevents/{}/rows/{}", kWrite, Access::kWrites, put_row},
    {net::Method::kPut, "/hub/v1/dataevents/{}/rows/{}/column/{}/increment", kWrite,
     Access::kWrites, increment},
}};

}  // namespace

std::span<const Route> row_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::data_extensions
