// The readers of rows and of what picks them: nothing crashes, a value that was brought into its
// column's form stays as it is, a filter binds all of its values, and neither a filter nor an order
// gets anything of its text into SQL.
#include <string>

#include "base/assert.h"
#include "engagement/contacts/contact_search.h"
#include "engagement/data_extensions/date_text.h"
#include "engagement/data_extensions/row_list.h"
#include "engagement/data_extensions/rows.h"
#include "engagement/filter_text.h"
#include "engagement/json_parts.h"
#include "net/json.h"

namespace {

namespace engagement = rekey::engagement;
namespace rows = rekey::engagement::data_extensions;
using rekey::net::JsonValue;

const rows::Definition& definition() {
  static const rows::Definition kDefinition = [] {
    rows::Definition made;
    for (const char* name :
         {"Text", "Number", "Date", "Boolean", "EmailAddress", "Phone", "Decimal", "Locale"}) {
      rows::Field field;
      field.number = static_cast<std::int64_t>(made.fields.size()) + 1;
      field.name = name;
      field.type = *rows::parse_field_type(name);
      field.length = 20;
      field.scale = field.type == rows::FieldType::kDecimal ? 4 : 0;
      field.is_primary_key = made.fields.size() < 2;
      made.fields.push_back(std::move(field));
    }
    return made;
  }();
  return kDefinition;
}

void check_value(const rows::Field& field, const std::optional<std::string>& text) {
  const auto value = rows::canonical(field, text);
  if (!value) {
    REKEY_ASSERT(value.error().code == rekey::base::Code::kInvalidArgument);
    return;
  }
  const auto again = rows::canonical(field, *value);
  REKEY_ASSERT(again.has_value() && *again == *value);
}

// A row as it comes in either way: an object of columns, or {"keys":{…},"values":{…}}.
void check_row(const JsonValue& item) {
  rows::Columns columns;
  rows::Faults faults;
  for (const char* part : {"keys", "values"}) {
    if (const JsonValue* found = engagement::find_member(item, part)) {
      rows::add_columns(columns, *found, faults);
    }
  }
  rows::add_columns(columns, item, faults);
  std::map<std::int64_t, std::optional<std::string>> values;
  for (const rows::Column& column : columns) {
    for (const rows::Field& field : definition().fields) check_value(field, column.text);
    const rows::Field* field = definition().find_field(column.name);
    if (field == nullptr) continue;
    if (auto value = rows::canonical(*field, column.text)) {
      values.emplace(field->number, *std::move(value));
    }
  }
  static_cast<void>(rows::key_of(definition(), values));
}

void check_condition(const engagement::Condition& condition, int first) {
  const auto place = [&](std::size_t number) {
    return "?" + std::to_string(static_cast<std::size_t>(first) + number);
  };
  const std::size_t count = condition.parameters.size();
  REKEY_ASSERT(count == 0 || condition.sql.find(place(count - 1)) != std::string::npos);
  REKEY_ASSERT(condition.sql.find(place(count)) == std::string::npos);
  // Of a column there is its number alone.
  for (const char c : condition.sql) REKEY_ASSERT(c >= ' ' && c <= '~' && c != ';');
}

void check_list(std::string_view text) {
  const engagement::ListColumns columns = rows::row_columns(definition());
  if (const auto filter = engagement::parse_filter(text, columns)) {
    if (const auto condition = engagement::compile_for(*filter, columns, 7)) {
      check_condition(*condition, 7);
    }
  } else {
    REKEY_ASSERT(filter.error().code == rekey::base::Code::kInvalidArgument);
  }
  if (const auto orders = engagement::parse_order(text, columns)) {
    REKEY_ASSERT(!orders->empty() && orders->size() <= engagement::kMostOrders);
    REKEY_ASSERT(engagement::order_by(*orders, columns, "r.row_key").find(';') ==
                 std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const std::string_view text(reinterpret_cast<const char*>(data), size_bytes);
  check_list(text);
  for (const rows::Field& field : definition().fields) check_value(field, std::string(text));
  if (const auto date = rows::canonical_date(text)) {
    REKEY_ASSERT(rows::canonical_date(*date) == date);
  }
  const auto json = rekey::net::parse_json(text);
  if (!json) return 0;
  for (const JsonValue& item : json->items()) check_row(item);
  check_row(*json);
  static_cast<void>(engagement::contacts::read_condition_set(*json));
  return 0;
}
