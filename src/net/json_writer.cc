#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/assert.h"
#include "base/text.h"
#include "net/json.h"

namespace rekey::net {
namespace {

// Bytes of the UTF-8 character that starts at `text`, 0 where none does.
std::size_t utf8_length(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length) {
    if (base::is_valid_utf8(text.substr(0, length))) return length;
  }
  return 0;
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    return;
  }
  out += c;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    if (static_cast<unsigned char>(text.front()) < 0x80) {
      append_escaped(out, text.front());
      text.remove_prefix(1);
      continue;
    }
    const std::size_t length = utf8_length(text);
    out += length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out += '"';
}

JsonWriter::~JsonWriter() {
  if (reveals_) base::wipe(text_.data(), text_.size());
}

void JsonWriter::make_room(std::size_t size_bytes) {
  if (text_.capacity() - text_.size() >= size_bytes) return;
  std::string larger;
  larger.reserve(std::max(text_.capacity() * 2, text_.size() + size_bytes));
  larger = text_;
  if (reveals_) base::wipe(text_.data(), text_.size());
  text_.swap(larger);
}

void JsonWriter::before_value() {
  make_room(32);
  if (levels_.empty()) {
    REKEY_ASSERT(text_.empty());
    return;
  }
  if (levels_.back().is_object) {
    REKEY_ASSERT(follows_key_);
    follows_key_ = false;
    return;
  }
  if (levels_.back().has_item) text_ += ',';
  levels_.back().has_item = true;
}

JsonWriter& JsonWriter::begin(bool is_object) {
  before_value();
  text_ += is_object ? '{' : '[';
  levels_.push_back({.is_object = is_object});
  return *this;
}

JsonWriter& JsonWriter::end(bool is_object) {
  REKEY_ASSERT(!levels_.empty() && levels_.back().is_object == is_object && !follows_key_);
  make_room(1);
  text_ += is_object ? '}' : ']';
  levels_.pop_back();
  return *this;
}

JsonWriter& JsonWriter::begin_object() {
  return begin(true);
}
JsonWriter& JsonWriter::end_object() {
  return end(true);
}
JsonWriter& JsonWriter::begin_array() {
  return begin(false);
}
JsonWriter& JsonWriter::end_array() {
  return end(false);
}

JsonWriter& JsonWriter::key(std::string_view name) {
  REKEY_ASSERT(!levels_.empty() && levels_.back().is_object && !follows_key_);
  make_room(name.size() * 6 + 4);
  if (levels_.back().has_item) text_ += ',';
  levels_.back().has_item = true;
  append_json_string(text_, name);
  text_ += ':';
  follows_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  before_value();
  make_room(text.size() * 6 + 2);
  append_json_string(text_, text);
  return *this;
}

JsonWriter& JsonWriter::value(std::int64_t number) {
  before_value();
  fmt::format_to(std::back_inserter(text_), "{}", number);
  return *this;
}

JsonWriter& JsonWriter::value(bool truth) {
  before_value();
  text_ += truth ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null() {
  before_value();
  text_ += "null";
  return *this;
}

JsonWriter& JsonWriter::member_revealing(std::string_view name, const base::Secret& secret) {
  reveals_ = true;
  return key(name).value(secret.reveal());
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  before_value();
  make_room(json.size());
  text_ += json;
  return *this;
}

}  // namespace rekey::net
