#include "net/json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/secret.h"

namespace rekey::net {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using simdjson::error_code;
namespace ondemand = simdjson::ondemand;

constexpr int kMaxDepth = 32;

std::string_view name_of(JsonValue::Kind kind) {
  switch (kind) {
    case JsonValue::Kind::kNull:
      return "null";
    case JsonValue::Kind::kBoolean:
      return "a boolean";
    case JsonValue::Kind::kInteger:
      return "an integer";
    case JsonValue::Kind::kNumber:
      return "a number that is no 64-bit integer";
    case JsonValue::Kind::kString:
      return "a string";
    case JsonValue::Kind::kArray:
      return "an array";
    case JsonValue::Kind::kObject:
      return "an object";
  }
  return "something else";
}

tl::unexpected<Error> wrong_kind(std::string_view expected, JsonValue::Kind found) {
  return fail(Code::kInvalidArgument,
              fmt::format("expected {}, found {}", expected, name_of(found)));
}

std::string_view describe(error_code problem) {
  switch (problem) {
    case simdjson::EMPTY:
      return "there is no value";
    case simdjson::UTF8_ERROR:
      return "it is not UTF-8";
    case simdjson::UNCLOSED_STRING:
      return "a string is not closed";
    case simdjson::UNESCAPED_CHARS:
      return "a control character stands in a string";
    case simdjson::STRING_ERROR:
      return "a string has a bad escape";
    case simdjson::DEPTH_ERROR:
      return "it is nested deeper than 32 levels";
    case simdjson::NUMBER_ERROR:
    case simdjson::NUMBER_OUT_OF_RANGE:
      return "a number is malformed or out of range";
    case simdjson::TRAILING_CONTENT:
      return "something follows the value";
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return "it ends before it is closed";
    case simdjson::CAPACITY:
      return "it is too large";
    default:
      return "the syntax is wrong";
  }
}

bool has_duplicate_name(const JsonValue::Members& members) {
  std::vector<std::string_view> names;
  names.reserve(members.size());
  for (const auto& member : members) names.emplace_back(member.first);
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

}  // namespace

// Reads one text. The parser's own buffers are not used for strings: they could not be wiped.
struct JsonBuilder {
  explicit JsonBuilder(std::string_view json)
      : text(json), padded(json), unescaped(json.size() + simdjson::SIMDJSON_PADDING, '\0') {
    padded.append(simdjson::SIMDJSON_PADDING, '\0');
  }
  ~JsonBuilder() {
    base::wipe(padded.data(), padded.size());
    base::wipe(unescaped.data(), unescaped.size());
  }
  JsonBuilder(const JsonBuilder&) = delete;
  JsonBuilder& operator=(const JsonBuilder&) = delete;

  Result<JsonValue> run() {
    if (const auto problem =
            parser.iterate(padded.data(), text.size(), padded.size()).get(document)) {
      return fail(Code::kInvalidArgument, fmt::format("malformed JSON: {}", describe(problem)));
    }
    REKEY_TRY(JsonValue value, read(document, 1));
    const char* rest = nullptr;
    if (document.current_location().get(rest) != simdjson::OUT_OF_BOUNDS) {
      return broken(simdjson::TRAILING_CONTENT);
    }
    return value;
  }

 private:
  // `source` is a document or a value: simdjson has no common type for them.
  template <typename Source>
  Result<JsonValue> read(Source& source, int depth) {
    mark();
    JsonValue value;
    ondemand::json_type type{};
    if (const auto problem = source.type().get(type)) return broken(problem);
    switch (type) {
      case ondemand::json_type::array:
        return read_array(source, depth);
      case ondemand::json_type::object:
        return read_object(source, depth);
      case ondemand::json_type::number:
        return read_number(source);
      case ondemand::json_type::string: {
        ondemand::raw_json_string raw;
        if (const auto problem = source.get_raw_json_string().get(raw)) return broken(problem);
        REKEY_TRY(value.string_, unescape(raw));
        value.kind_ = JsonValue::Kind::kString;
        return value;
      }
      case ondemand::json_type::boolean:
        if (const auto problem = source.get_bool().get(value.boolean_)) return broken(problem);
        value.kind_ = JsonValue::Kind::kBoolean;
        return value;
      case ondemand::json_type::null: {
        bool is_null = false;
        if (const auto problem = source.is_null().get(is_null)) return broken(problem);
        if (!is_null) return broken(simdjson::N_ATOM_ERROR);
        return value;
      }
    }
    return broken(simdjson::TAPE_ERROR);
  }

  template <typename Source>
  Result<JsonValue> read_number(Source& source) {
    ondemand::number number;
    if (const auto problem = source.get_number().get(number)) return broken(problem);
    JsonValue value;
    value.kind_ = number.is_int64() ? JsonValue::Kind::kInteger : JsonValue::Kind::kNumber;
    if (number.is_int64()) value.integer_ = number.get_int64();
    value.number_ = number.as_double();
    return value;
  }

  template <typename Source>
  Result<JsonValue> read_array(Source& source, int depth) {
    if (depth > kMaxDepth) return broken(simdjson::DEPTH_ERROR);
    ondemand::array array;
    if (const auto problem = source.get_array().get(array)) return broken(problem);
    JsonValue value;
    value.kind_ = JsonValue::Kind::kArray;
    for (auto element : array) {
      ondemand::value item;
      // NOLINTNEXTLINE(performance-move-const-arg): get() is for rvalues only
      if (const auto problem = std::move(element).get(item)) return broken(problem);
      REKEY_TRY(value.items_.emplace_back(), read(item, depth + 1));
    }
    return value;
  }

  template <typename Source>
  Result<JsonValue> read_object(Source& source, int depth) {
    if (depth > kMaxDepth) return broken(simdjson::DEPTH_ERROR);
    const std::size_t start = marked_offset;
    ondemand::object object;
    if (const auto problem = source.get_object().get(object)) return broken(problem);
    JsonValue value;
    value.kind_ = JsonValue::Kind::kObject;
    for (auto member : object) {
      ondemand::field field;
      if (const auto problem = std::move(member).get(field)) return broken(problem);
      auto& [name, content] = value.members_.emplace_back();
      REKEY_TRY(name, unescape(field.key()));
      REKEY_TRY(content, read(field.value(), depth + 1));
    }
    if (has_duplicate_name(value.members_)) {
      return at(start, "a member name occurs twice in the object that starts");
    }
    return value;
  }

  Result<std::string> unescape(ondemand::raw_json_string raw) {
    auto* out = reinterpret_cast<std::uint8_t*>(unescaped.data());
    std::string_view content;
    if (const auto problem = parser.unescape(raw, out).get(content)) return broken(problem);
    return std::string(content);
  }

  void mark() {
    const char* place = nullptr;
    if (!document.current_location().get(place)) {
      marked_offset = std::min(text.size(), static_cast<std::size_t>(place - padded.data()));
    }
  }

  tl::unexpected<Error> broken(error_code problem) const {
    return at(marked_offset, fmt::format("{}, at or after", describe(problem)));
  }

  tl::unexpected<Error> at(std::size_t offset, std::string_view what) const {
    const auto before = text.substr(0, offset);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto column = offset - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
    return fail(
        Code::kInvalidArgument,
        fmt::format("malformed JSON: {} line {}, column {} (byte {})", what, line, column, offset));
  }

  std::string_view text;
  std::string padded;
  std::string unescaped;
  ondemand::parser parser;
  ondemand::document document;
  std::size_t marked_offset = 0;  // of the last value that was begun
};

JsonValue::~JsonValue() {
  base::wipe(string_.data(), string_.size());
}

Result<bool> JsonValue::as_boolean() const {
  if (kind_ != Kind::kBoolean) return wrong_kind("a boolean", kind_);
  return boolean_;
}

Result<std::int64_t> JsonValue::as_integer() const {
  if (kind_ != Kind::kInteger) return wrong_kind("an integer", kind_);
  return integer_;
}

Result<double> JsonValue::as_number() const {
  if (kind_ != Kind::kInteger && kind_ != Kind::kNumber) return wrong_kind("a number", kind_);
  return number_;
}

Result<std::string_view> JsonValue::as_string() const {
  if (kind_ != Kind::kString) return wrong_kind("a string", kind_);
  return std::string_view(string_);
}

const JsonValue* JsonValue::find(std::string_view name) const noexcept {
  for (const auto& [member_name, content] : members_) {
    if (member_name == name) return &content;
  }
  return nullptr;
}

namespace {

// The member's content through `read`, with the member's name put in front of an error.
template <typename Read>
auto member_of(const JsonValue& object, std::string_view name, Read read)
    -> decltype(read(object)) {
  const JsonValue* content = object.find(name);
  if (content == nullptr) {
    return fail(Code::kInvalidArgument, fmt::format("the member \"{}\" is missing", name));
  }
  auto result = read(*content);
  if (!result) {
    return tl::unexpected<Error>(
        base::with_context(fmt::format("member \"{}\"", name), std::move(result).error()));
  }
  return result;
}

bool is_absent(const JsonValue& object, std::string_view name) {
  const JsonValue* content = object.find(name);
  return content == nullptr || content->is_null();
}

}  // namespace

Result<std::string> JsonValue::string_member(std::string_view name) const {
  REKEY_TRY(const std::string_view text,
            member_of(*this, name, [](const JsonValue& value) { return value.as_string(); }));
  return std::string(text);
}

Result<std::int64_t> JsonValue::integer_member(std::string_view name) const {
  return member_of(*this, name, [](const JsonValue& value) { return value.as_integer(); });
}

Result<std::string> JsonValue::string_member_or(std::string_view name,
                                                std::string_view fallback) const {
  if (is_absent(*this, name)) return std::string(fallback);
  return string_member(name);
}

Result<std::int64_t> JsonValue::integer_member_or(std::string_view name,
                                                  std::int64_t fallback) const {
  if (is_absent(*this, name)) return fallback;
  return integer_member(name);
}

Result<bool> JsonValue::boolean_member_or(std::string_view name, bool fallback) const {
  if (is_absent(*this, name)) return fallback;
  return member_of(*this, name, [](const JsonValue& value) { return value.as_boolean(); });
}

Result<JsonValue> parse_json(std::string_view text) {
  return JsonBuilder(text).run();
}

}  // namespace rekey::net
