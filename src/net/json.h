// JSON in and out.
//
// Reading is strict: UTF-8, no duplicate member names, bounded depth and size (RFC 8259; RFC 7493
// for the duplicates). Writing escapes; it has no overload for base::Secret: a value that is shown
// once is written by member_revealing, the one place to look at.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace rekey::net {

// A parsed document. Small and plain; for admin calls, journals and configuration, not the hot
// path.
class JsonValue {
 public:
  enum class Kind { kNull, kBoolean, kInteger, kNumber, kString, kArray, kObject };
  using Members = std::vector<std::pair<std::string, JsonValue>>;

  JsonValue() = default;
  JsonValue(const JsonValue&) = default;
  JsonValue(JsonValue&&) noexcept = default;
  JsonValue& operator=(const JsonValue&) = default;
  JsonValue& operator=(JsonValue&&) noexcept = default;
  // Wipes the string: a configuration or a reply may hold a secret.
  ~JsonValue();

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] bool is_null() const noexcept { return kind_ == Kind::kNull; }

  // kInvalidArgument naming what was expected and found.
  [[nodiscard]] base::Result<bool> as_boolean() const;
  // An integer outside of 64 bits with a sign, and a number with a fraction or an exponent, are
  // none.
  [[nodiscard]] base::Result<std::int64_t> as_integer() const;
  [[nodiscard]] base::Result<double> as_number() const;
  [[nodiscard]] base::Result<std::string_view> as_string() const;
  [[nodiscard]] const std::vector<JsonValue>& items() const noexcept { return items_; }
  [[nodiscard]] const Members& members() const noexcept { return members_; }
  // nullptr where absent or where this is not an object.
  [[nodiscard]] const JsonValue* find(std::string_view name) const noexcept;

  // Member access in one step; absent is kInvalidArgument naming the member.
  [[nodiscard]] base::Result<std::string> string_member(std::string_view name) const;
  [[nodiscard]] base::Result<std::int64_t> integer_member(std::string_view name) const;
  // Absent or null gives the fallback; a wrong type is an error.
  [[nodiscard]] base::Result<std::string> string_member_or(std::string_view name,
                                                           std::string_view fallback) const;
  [[nodiscard]] base::Result<std::int64_t> integer_member_or(std::string_view name,
                                                             std::int64_t fallback) const;
  [[nodiscard]] base::Result<bool> boolean_member_or(std::string_view name, bool fallback) const;

 private:
  friend struct JsonBuilder;
  Kind kind_ = Kind::kNull;
  bool boolean_ = false;
  std::int64_t integer_ = 0;
  double number_ = 0;
  std::string string_;
  std::vector<JsonValue> items_;
  Members members_;
};

// One value and nothing after it, at most 32 levels, numbers within 64 bits or a double's range, no
// duplicate member names (RFC 7493 section 2.3). kInvalidArgument says where, as far as it is
// known, and what is wrong, never what stands there.
[[nodiscard]] base::Result<JsonValue> parse_json(std::string_view text);

// The members of one flat object, read without allocating in the steady state: the hot path's
// reader. Keep one per thread. Views live until the next parse. Members that are arrays or objects
// are kept as kOther; at most 32 members; a duplicate name is an error.
class FlatJson {
 public:
  enum class Type { kString, kInteger, kBoolean, kNull, kOther };
  struct Member {
    std::string_view name;
    Type type = Type::kNull;
    std::string_view string;
    std::int64_t integer = 0;  // of a boolean 1 or 0
  };
  FlatJson();
  ~FlatJson();
  // `text` must be followed by 64 readable bytes. False with problem() set where it is not one flat
  // JSON object of at most 64 KiB, or where a name or a string holds a NUL character; problem() is
  // a static phrase.
  [[nodiscard]] bool parse(std::string_view text) noexcept;
  [[nodiscard]] const Member* find(std::string_view name) const noexcept;
  [[nodiscard]] std::string_view problem() const noexcept;
  // Wipes what the last parse unescaped; call it when the request is answered. Cheap.
  void forget() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Builds compact JSON text in order. Nesting is checked by assertion.
class JsonWriter {
 public:
  JsonWriter() = default;
  JsonWriter(JsonWriter&&) noexcept = default;
  ~JsonWriter();

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(bool truth);
  JsonWriter& null();
  JsonWriter& value(const base::Secret&) = delete;

  template <typename T>
  JsonWriter& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }
  template <typename T>
  JsonWriter& member(std::string_view name, const std::optional<T>& content) {
    key(name);
    return content ? value(*content) : null();
  }
  // Writes a secret value in the clear: only for the one reply that shows it.
  JsonWriter& member_revealing(std::string_view name, const base::Secret& secret);
  // Writes `json`, which must be valid, as it is.
  JsonWriter& raw(std::string_view json);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  // The text with its buffer; where a value was revealed, take() as a Secret instead.
  [[nodiscard]] std::string release() { return std::move(text_); }

 private:
  struct Level {
    bool is_object = false;
    bool has_item = false;
  };
  void before_value();
  JsonWriter& begin(bool is_object);
  JsonWriter& end(bool is_object);
  void make_room(std::size_t size_bytes);

  std::string text_;
  std::vector<Level> levels_;
  bool follows_key_ = false;
  bool reveals_ = false;  // text_ holds a secret: wiped when it grows and when it dies
};

// Appends `text` as a JSON string with quotes; a byte that is not UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace rekey::net
