#include "engagement/json_parts.h"

#include <fmt/format.h>

#include "base/text.h"

namespace rekey::engagement {

namespace {

using base::Code;
using base::fail;
using base::Result;
using net::JsonValue;

constexpr std::size_t kStampSize = 19;

tl::unexpected<base::Error> wrong_kind(std::string_view name, std::string_view expected) {
  return fail(Code::kInvalidArgument, fmt::format("{} takes {}", name, expected));
}

bool is_absent(const JsonValue* value) noexcept {
  return value == nullptr || value->is_null();
}

}  // namespace

const JsonValue* find_member(const JsonValue& object, std::string_view name) noexcept {
  for (const auto& [known, value] : object.members()) {
    if (base::equal_ignoring_case(known, name)) return &value;
  }
  return nullptr;
}

Result<std::optional<std::string>> text_member(const JsonValue& object, std::string_view name) {
  const JsonValue* value = find_member(object, name);
  if (is_absent(value)) return std::optional<std::string>{};
  const auto text = value->as_string();
  if (!text) return wrong_kind(name, "a text");
  return std::optional<std::string>(std::string(*text));
}

Result<std::optional<std::int64_t>> number_member(const JsonValue& object, std::string_view name) {
  const JsonValue* value = find_member(object, name);
  if (is_absent(value)) return std::optional<std::int64_t>{};
  const auto number = value->as_integer();
  if (!number) return wrong_kind(name, "a whole number");
  return std::optional<std::int64_t>(*number);
}

Result<std::optional<bool>> truth_member(const JsonValue& object, std::string_view name) {
  const JsonValue* value = find_member(object, name);
  if (is_absent(value)) return std::optional<bool>{};
  const auto truth = value->as_boolean();
  if (!truth) return wrong_kind(name, "true or false");
  return std::optional<bool>(*truth);
}

Result<std::optional<std::string>> scalar_text(const JsonValue& value) {
  switch (value.kind()) {
    case JsonValue::Kind::kNull:
      return std::optional<std::string>{};
    case JsonValue::Kind::kBoolean:
      return std::optional<std::string>(*value.as_boolean() ? "True" : "False");
    case JsonValue::Kind::kInteger:
      return std::optional<std::string>(std::to_string(*value.as_integer()));
    case JsonValue::Kind::kNumber:
      return std::optional<std::string>(fmt::format("{}", *value.as_number()));
    case JsonValue::Kind::kString:
      return std::optional<std::string>(std::string(*value.as_string()));
    default:
      return fail(Code::kInvalidArgument, "a text, a number, true, false or null was expected");
  }
}

void write_value(net::JsonWriter& json, const JsonValue& value) {
  switch (value.kind()) {
    case JsonValue::Kind::kNull:
      json.null();
      return;
    case JsonValue::Kind::kBoolean:
      json.value(*value.as_boolean());
      return;
    case JsonValue::Kind::kInteger:
      json.value(*value.as_integer());
      return;
    case JsonValue::Kind::kNumber:
      json.raw(fmt::format("{}", *value.as_number()));
      return;
    case JsonValue::Kind::kString:
      json.value(*value.as_string());
      return;
    case JsonValue::Kind::kArray:
      json.begin_array();
      for (const JsonValue& item : value.items()) write_value(json, item);
      json.end_array();
      return;
    case JsonValue::Kind::kObject:
      json.begin_object();
      for (const auto& [name, content] : value.members()) {
        json.key(name);
        write_value(json, content);
      }
      json.end_object();
      return;
  }
}

std::string stamp(base::Instant at) {
  return base::format_instant(at).substr(0, kStampSize);
}

}  // namespace rekey::engagement
