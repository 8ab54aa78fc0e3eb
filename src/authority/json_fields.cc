#include "authority/json_fields.h"

#include <fmt/format.h>

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;

template <typename Item, typename Write>
void write_list(net::JsonWriter& json, const std::vector<Item>& items, const Write& write) {
  json.begin_array();
  for (const Item& item : items) write(item);
  json.end_array();
}

void write_text_list(net::JsonWriter& json, const std::vector<std::string>& texts) {
  write_list(json, texts, [&](const std::string& text) { json.value(text); });
}

void write_unit_list(net::JsonWriter& json, const std::vector<credential::BusinessUnitId>& units) {
  write_list(json, units, [&](const credential::BusinessUnitId& unit) { json.value(unit.value); });
}

void write_setting_list(net::JsonWriter& json,
                        const std::vector<credential::PolicySetting>& settings) {
  write_list(json, settings, [&](const credential::PolicySetting& setting) {
    json.begin_object().member("key", setting.key).member("value", setting.value).end_object();
  });
}

template <typename Item, typename Read>
Result<std::vector<Item>> read_list(const net::JsonValue* list, std::string_view name,
                                    const Read& read) {
  std::vector<Item> items;
  if (list == nullptr || list->is_null()) return items;
  if (list->kind() != net::JsonValue::Kind::kArray) {
    return base::fail(Code::kInvalidArgument, fmt::format("{}: a list was expected", name));
  }
  for (const net::JsonValue& element : list->items()) {
    Result<Item> item = read(element);
    if (!item) return tl::unexpected(base::with_context(name, std::move(item).error()));
    items.push_back(*std::move(item));
  }
  return items;
}

Result<std::string> read_text(const net::JsonValue& json) {
  REKEY_TRY(const std::string_view text, json.as_string());
  return std::string(text);
}

Result<credential::BusinessUnitId> read_unit(const net::JsonValue& json) {
  constexpr std::int64_t kLargestUnit = 9'999'999'999;
  REKEY_TRY(const std::int64_t number, json.as_integer());
  if (number <= 0 || number > kLargestUnit) {
    return base::fail(Code::kInvalidArgument,
                      "a business unit is a positive number of at most 10 digits");
  }
  return credential::BusinessUnitId{number};
}

Result<credential::PolicySetting> read_setting(const net::JsonValue& json) {
  credential::PolicySetting setting;
  REKEY_TRY(setting.key, json.string_member("key"));
  REKEY_TRY(setting.value, json.string_member("value"));
  return setting;
}

}  // namespace

void write_instant(net::JsonWriter& json, std::string_view name, base::Instant at) {
  json.member(name, base::format_instant(at));
}

void write_instant(net::JsonWriter& json, std::string_view name,
                   const std::optional<base::Instant>& at) {
  if (at) {
    write_instant(json, name, *at);
  } else {
    json.key(name).null();
  }
}

void write_texts(net::JsonWriter& json, std::string_view name,
                 const std::vector<std::string>& texts) {
  write_text_list(json.key(name), texts);
}

void write_units(net::JsonWriter& json, std::string_view name,
                 const std::vector<credential::BusinessUnitId>& units) {
  write_unit_list(json.key(name), units);
}

void write_settings(net::JsonWriter& json, std::string_view name,
                    const std::vector<credential::PolicySetting>& settings) {
  write_setting_list(json.key(name), settings);
}

Result<base::Instant> instant_member(const net::JsonValue& json, std::string_view name) {
  REKEY_TRY(const std::string text, json.string_member(name));
  Result<base::Instant> at = base::parse_instant(text);
  if (!at) return tl::unexpected(base::with_context(name, std::move(at).error()));
  return at;
}

Result<std::optional<base::Instant>> optional_instant_member(const net::JsonValue& json,
                                                             std::string_view name) {
  const net::JsonValue* member = json.find(name);
  if (member == nullptr || member->is_null()) return std::optional<base::Instant>{};
  REKEY_TRY(const base::Instant at, instant_member(json, name));
  return std::optional<base::Instant>{at};
}

Result<std::vector<std::string>> texts_member(const net::JsonValue& json, std::string_view name) {
  return read_list<std::string>(json.find(name), name, read_text);
}

Result<std::vector<credential::BusinessUnitId>> units_member(const net::JsonValue& json,
                                                             std::string_view name) {
  return read_list<credential::BusinessUnitId>(json.find(name), name, read_unit);
}

Result<std::vector<credential::PolicySetting>> settings_member(const net::JsonValue& json,
                                                               std::string_view name) {
  return read_list<credential::PolicySetting>(json.find(name), name, read_setting);
}

std::string texts_to_json(const std::vector<std::string>& texts) {
  net::JsonWriter json;
  write_text_list(json, texts);
  return json.release();
}

std::string units_to_json(const std::vector<credential::BusinessUnitId>& units) {
  net::JsonWriter json;
  write_unit_list(json, units);
  return json.release();
}

std::string settings_to_json(const std::vector<credential::PolicySetting>& settings) {
  net::JsonWriter json;
  write_setting_list(json, settings);
  return json.release();
}

Result<std::vector<std::string>> texts_from_json(std::string_view text) {
  REKEY_TRY(const net::JsonValue json, net::parse_json(text));
  return read_list<std::string>(&json, "list of texts", read_text);
}

Result<std::vector<credential::BusinessUnitId>> units_from_json(std::string_view text) {
  REKEY_TRY(const net::JsonValue json, net::parse_json(text));
  return read_list<credential::BusinessUnitId>(&json, "list of business units", read_unit);
}

Result<std::vector<credential::PolicySetting>> settings_from_json(std::string_view text) {
  REKEY_TRY(const net::JsonValue json, net::parse_json(text));
  return read_list<credential::PolicySetting>(&json, "list of policy settings", read_setting);
}

}  // namespace rekey::authority
