#include "engagement/journeys/documents.h"

#include <algorithm>

#include "base/text.h"
#include "engagement/json_parts.h"

namespace rekey::engagement::journeys {

namespace {

using net::JsonValue;
using Members = std::initializer_list<std::string_view>;

bool is_among(std::string_view name, Members names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view one) { return base::equal_ignoring_case(one, name); });
}

void write_with_id(net::JsonWriter& json, const JsonValue& item, const Ids& ids) {
  const JsonValue* id = find_member(item, "id");
  const auto text = id == nullptr ? std::string_view{} : id->as_string().value_or("");
  json.begin_object().member("id", is_guid(text) ? std::string(text) : ids.guid());
  write_members(json, item, {"id"});
  json.end_object();
}

void write_member(net::JsonWriter& json, const std::string& name, const JsonValue& value,
                  const Ids& ids) {
  json.key(name);
  if (!is_among(name, {"activities", "triggers", "goals", "exits"}) ||
      value.kind() != JsonValue::Kind::kArray) {
    return write_value(json, value);
  }
  json.begin_array();
  for (const JsonValue& item : value.items()) {
    if (item.kind() == JsonValue::Kind::kObject) {
      write_with_id(json, item, ids);
    } else {
      write_value(json, item);
    }
  }
  json.end_array();
}

}  // namespace

std::string document_of(const JsonValue& given, const JsonValue& before, Members ours,
                        const Ids& ids) {
  net::JsonWriter json;
  json.begin_object();
  for (const auto& [name, value] : before.members()) {
    if (find_member(given, name) == nullptr && !is_among(name, ours)) {
      write_member(json, name, value, ids);
    }
  }
  for (const auto& [name, value] : given.members()) {
    if (!is_among(name, ours)) write_member(json, name, value, ids);
  }
  json.end_object();
  return json.release();
}

base::Status check_document(std::string_view document) {
  if (document.size() <= kLongestDocument) return {};
  return base::fail(base::Code::kInvalidArgument, "the document takes at most 512 KiB");
}

void write_members(net::JsonWriter& body, const JsonValue& document, Members except) {
  for (const auto& [name, value] : document.members()) {
    if (is_among(name, except)) continue;
    body.key(name);
    write_value(body, value);
  }
}

}  // namespace rekey::engagement::journeys
