#include "documents/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "documents/position.h"

namespace rekey::documents {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Secret;
using base::Status;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr int kMaxDepth = 128;

using Path = std::vector<std::string>;

// RFC 6901 section 3: "~1" is '/', "~0" is '~', and '~' stands nowhere else.
Result<std::string> unescape_pointer_token(std::string_view token) {
  std::string name;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      name += token[i];
      continue;
    }
    const char next = i + 1 < token.size() ? token[i + 1] : '\0';
    if (next != '0' && next != '1') {
      return fail(Code::kInvalidArgument,
                  "in a JSON Pointer '~' must be followed by 0 or 1 (RFC 6901)");
    }
    name += next == '0' ? '~' : '/';
    ++i;
  }
  return name;
}

Result<Path> parse_path(std::string_view key) {
  const bool is_pointer = key.starts_with('/');
  const char separator = is_pointer ? '/' : '.';
  if (is_pointer) key.remove_prefix(1);
  Path path;
  for (;;) {
    const auto end = std::min(key.find(separator), key.size());
    const auto step = key.substr(0, end);
    if (is_pointer) {
      REKEY_TRY(path.emplace_back(), unescape_pointer_token(step));
    } else {
      if (step.empty()) {
        return fail(Code::kInvalidArgument,
                    "a dotted key has an empty step; write it as a JSON Pointer, such as /a/b");
      }
      path.emplace_back(step);
    }
    if (end == key.size()) return path;
    key.remove_prefix(end + 1);
  }
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = base::to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | point >> 6);
    put(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    put(0xe0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
  } else {
    put(0xf0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3f));
    put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
  }
}

// The four hex digits at `index`; the scanner has seen that they are there.
std::uint32_t code_unit_at(std::string_view text, std::size_t index) {
  std::uint32_t unit = 0;
  for (std::size_t i = index; i < index + 4; ++i) {
    unit = unit * 16 + static_cast<std::uint32_t>(hex_value(text[i]));
  }
  return unit;
}

bool is_high_surrogate(std::uint32_t unit) {
  return unit >= 0xd800 && unit < 0xdc00;
}
bool is_low_surrogate(std::uint32_t unit) {
  return unit >= 0xdc00 && unit < 0xe000;
}

char unescape_short(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

// What the text between the quotes means; nothing where it escapes half of a surrogate pair.
std::optional<std::string> unescape(std::string_view text) {
  std::string value;
  value.reserve(text.size());  // no growth: it would leave copies
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      value += text[i];
      continue;
    }
    if (text[++i] != 'u') {
      value += unescape_short(text[i]);
      continue;
    }
    std::uint32_t point = code_unit_at(text, i + 1);
    i += 4;
    if (is_high_surrogate(point) && text.substr(i + 1, 2) == "\\u" &&
        is_low_surrogate(code_unit_at(text, i + 3))) {
      point = 0x10000 + ((point - 0xd800) << 10) + (code_unit_at(text, i + 3) - 0xdc00);
      i += 6;
    }
    if (is_high_surrogate(point) || is_low_surrogate(point)) {
      base::wipe(value.data(), value.size());
      return std::nullopt;
    }
    append_utf8(value, point);
  }
  return value;
}

// Reads a whole document and notes where the value at a path stands.
class Scanner {
 public:
  enum class Kind { kString, kOther };
  struct Target {
    std::size_t begin = 0;
    std::size_t end = 0;
    Kind kind = Kind::kOther;
  };

  Scanner(std::string_view document, const Path& path) : document_(document), path_(path) {}

  Status run() {
    if (document_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
    REKEY_CHECK(skip_space());
    REKEY_CHECK(read_value(1, 0));
    REKEY_CHECK(skip_space());
    if (at_ != document_.size()) return corrupt(at_, "expected the end of the document");
    return {};
  }

  [[nodiscard]] const std::optional<Target>& target() const { return target_; }
  // A member on the path occurs twice.
  [[nodiscard]] bool is_ambiguous() const { return is_ambiguous_; }

 private:
  // Steps of the path that lead to the value at hand, or that the path does not lead there.
  using Matched = std::optional<std::size_t>;

  [[nodiscard]] char peek() const { return at_ < document_.size() ? document_[at_] : '\0'; }
  [[nodiscard]] bool starts_with(std::string_view text) const {
    return document_.substr(at_).starts_with(text);
  }

  Status skip_space() {
    for (;;) {
      at_ = std::min(document_.find_first_not_of(" \t\r\n", at_), document_.size());
      if (starts_with("//")) {
        at_ = std::min(document_.find('\n', at_), document_.size());
      } else if (starts_with("/*")) {
        const auto end = document_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return corrupt(at_, "this comment is not closed");
        at_ = end + 2;
      } else {
        return {};
      }
    }
  }

  Status read_value(int depth, Matched matched) {
    if (depth > kMaxDepth) return corrupt(at_, "nested deeper than 128 levels");
    const std::size_t begin = at_;
    const char first = peek();
    if (first == '{') {
      REKEY_CHECK(read_object(depth, matched));
    } else if (first == '[') {
      REKEY_CHECK(read_array(depth, matched));
    } else if (first == '"') {
      REKEY_CHECK(read_string());
    } else {
      REKEY_CHECK(read_word());
    }
    if (matched == path_.size()) {
      target_ = Target{begin, at_, first == '"' ? Kind::kString : Kind::kOther};
    }
    return {};
  }

  Status read_object(int depth, Matched matched) {
    bool was_seen = false;
    ++at_;
    for (;;) {
      REKEY_CHECK(skip_space());
      if (peek() == '}') break;
      const std::size_t name_begin = at_;
      if (peek() != '"') return corrupt(at_, "expected a member's name in double quotes or '}'");
      REKEY_CHECK(read_string());
      Matched child;
      if (is_step(matched, name_begin)) {
        is_ambiguous_ = is_ambiguous_ || was_seen;
        was_seen = true;
        child = *matched + 1;
      }
      REKEY_CHECK(skip_space());
      if (peek() != ':') return corrupt(at_, "expected ':' after the member's name");
      ++at_;
      REKEY_CHECK(skip_space());
      REKEY_CHECK(read_value(depth + 1, child));
      REKEY_CHECK(skip_space());
      if (peek() == '}') break;
      if (peek() != ',') return corrupt(at_, "expected ',' or '}' after a member");
      ++at_;
    }
    ++at_;
    return {};
  }

  Status read_array(int depth, Matched matched) {
    ++at_;
    for (std::size_t index = 0;; ++index) {
      REKEY_CHECK(skip_space());
      if (peek() == ']') break;
      Matched child;
      if (leads_further(matched) && path_[*matched] == std::to_string(index)) {
        child = *matched + 1;
      }
      REKEY_CHECK(read_value(depth + 1, child));
      REKEY_CHECK(skip_space());
      if (peek() == ']') break;
      if (peek() != ',') return corrupt(at_, "expected ',' or ']' after an item");
      ++at_;
    }
    ++at_;
    return {};
  }

  [[nodiscard]] bool leads_further(Matched matched) const {
    return matched && *matched < path_.size();
  }

  // Whether the member's name that was just read is the path's next step.
  [[nodiscard]] bool is_step(Matched matched, std::size_t name_begin) const {
    if (!leads_further(matched)) return false;
    const auto name = unescape(document_.substr(name_begin + 1, at_ - name_begin - 2));
    return name == path_[*matched];
  }

  Status read_string() {
    const std::size_t begin = at_;
    for (++at_; at_ < document_.size(); ++at_) {
      const char c = document_[at_];
      if (c == '"') {
        ++at_;
        return {};
      }
      if (static_cast<unsigned char>(c) < 0x20) {
        return corrupt(at_, "a control character or a line break in a string");
      }
      if (c == '\\') REKEY_CHECK(skip_escape());
    }
    return corrupt(begin, "this string is not closed");
  }

  // Stops on the escape's last character.
  Status skip_escape() {
    const std::size_t begin = at_++;
    if (peek() != 'u') {
      if (peek() == '\0' || std::string_view("\"\\/bfnrt").find(peek()) == std::string_view::npos) {
        return corrupt(begin, "a bad escape in a string");
      }
      return {};
    }
    for (int i = 0; i < 4; ++i) {
      ++at_;
      if (hex_value(peek()) < 0) return corrupt(begin, "\\u needs four hex digits");
    }
    return {};
  }

  Status read_word() {
    const std::size_t begin = at_;
    at_ = std::min(document_.find_first_of(" \t\r\n,:]}[{\"/", at_), document_.size());
    const auto word = document_.substr(begin, at_ - begin);
    if (word == "true" || word == "false" || word == "null" || is_number(word)) return {};
    return corrupt(begin, "expected a value");
  }

  // RFC 8259 section 6.
  static bool is_number(std::string_view word) {
    const auto take = [&word](std::string_view any) {
      const bool is_there = !word.empty() && any.find(word.front()) != std::string_view::npos;
      if (is_there) word.remove_prefix(1);
      return is_there;
    };
    const auto take_digits = [&take] {
      if (!take("0123456789")) return false;
      while (take("0123456789")) {
      }
      return true;
    };
    take("-");
    if (!take("0") && !take_digits()) return false;
    if (take(".") && !take_digits()) return false;
    if (take("eE")) {
      take("+-");
      if (!take_digits()) return false;
    }
    return word.empty();
  }

  [[nodiscard]] tl::unexpected<Error> corrupt(std::size_t offset, std::string_view what) const {
    return fail(Code::kCorrupt, fmt::format("{}: {}", describe_position(document_, offset), what));
  }

  std::string_view document_;
  const Path& path_;
  std::size_t at_ = 0;
  std::optional<Target> target_;
  bool is_ambiguous_ = false;
};

// Line by line, to say where: a line break is never part of another character.
Status check_utf8(std::string_view document) {
  if (base::is_valid_utf8(document)) return {};
  std::size_t begin = 0;
  for (;;) {
    const auto end = std::min(document.find('\n', begin), document.size());
    if (!base::is_valid_utf8(document.substr(begin, end - begin))) break;
    begin = end + 1;
  }
  return fail(Code::kCorrupt, fmt::format("{} or behind it: this line is not UTF-8",
                                          describe_position(document, begin)));
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void append_code_unit(std::string& out, std::uint32_t unit) {
  fmt::format_to(std::back_inserter(out), "\\u{:04x}", unit);
}

// The UTF-8 character at `index` as one or two code units; returns its length. The text is valid.
std::size_t append_ascii(std::string& out, std::string_view text, std::size_t index) {
  const auto lead = static_cast<unsigned char>(text[index]);
  const std::size_t length = lead >= 0xf0 ? 4 : (lead >= 0xe0 ? 3 : 2);
  std::uint32_t point = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    point = point << 6 | (static_cast<unsigned char>(text[index + i]) & 0x3fU);
  }
  if (point >= 0x10000) {
    append_code_unit(out, 0xd800 + ((point - 0x10000) >> 10));
    append_code_unit(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
  } else {
    append_code_unit(out, point);
  }
  return length;
}

std::string quote(std::string_view value, bool keeps_ascii) {
  std::string text;
  text.reserve(value.size() * 6 + 2);  // no growth: it would leave copies
  text += '"';
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto c = static_cast<unsigned char>(value[i]);
    if (c >= 0x80 && keeps_ascii) {
      i += append_ascii(text, value, i) - 1;
    } else if (c == '"' || c == '\\') {
      text += '\\';
      text += value[i];
    } else if (c == '\n' || c == '\r' || c == '\t') {
      text += '\\';
      text += c == '\n' ? 'n' : (c == '\r' ? 'r' : 't');
    } else if (c < 0x20) {
      append_code_unit(text, c);
    } else {
      text += value[i];
    }
  }
  text += '"';
  return text;
}

class Json final : public Format {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "json"; }

  [[nodiscard]] Result<Located> locate(std::string_view document,
                                       std::string_view key) const override {
    REKEY_TRY(const Path path, parse_path(key));
    REKEY_CHECK(check_utf8(document));
    Scanner scanner(document, path);
    REKEY_CHECK(scanner.run());
    if (scanner.is_ambiguous()) {
      return fail(Code::kConflict,
                  fmt::format("the key \"{}\" is ambiguous: a member on its way occurs twice; "
                              "remove one",
                              key));
    }
    if (!scanner.target()) {
      return fail(Code::kNotFound, fmt::format("there is no key \"{}\" in this document", key));
    }
    const auto [begin, end, kind] = *scanner.target();
    auto value = kind == Scanner::Kind::kString
                     ? unescape(document.substr(begin + 1, end - begin - 2))
                     : std::nullopt;
    if (!value) {
      return fail(Code::kUnsupported,
                  fmt::format("{}: the value at \"{}\" is no string of whole characters",
                              describe_position(document, begin), key));
    }
    return Located{begin, end, Secret::take(std::move(*value))};
  }

  [[nodiscard]] Result<Secret> encode(std::string_view document, const Located&,
                                      std::string_view value) const override {
    if (!base::is_valid_utf8(value)) {
      return fail(Code::kInvalidArgument, "JSON cannot carry a value that is not UTF-8");
    }
    const bool has_mark = document.starts_with(kByteOrderMark);
    return Secret::take(
        quote(value, is_ascii(document.substr(has_mark ? kByteOrderMark.size() : 0))));
  }
};

}  // namespace

const Format& json_format() noexcept {
  static const Json format;
  return format;
}

}  // namespace rekey::documents
