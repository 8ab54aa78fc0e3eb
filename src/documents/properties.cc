#include "documents/properties.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "base/text.h"
#include "documents/characters.h"
#include "documents/position.h"

namespace rekey::documents {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Secret;
using base::Status;

constexpr std::string_view kBlanks = " \t\f";
constexpr std::string_view kLineEnds = "\r\n";

bool is_one_of(char c, std::string_view any) {
  return any.find(c) != std::string_view::npos;
}

// Where the next line goes on if the line ends in a backslash at `at`; otherwise `at`.
std::size_t behind_continuation(std::string_view text, std::size_t at) {
  while (at + 1 < text.size() && text[at] == '\\' && is_one_of(text[at + 1], kLineEnds)) {
    at += text.substr(at + 1).starts_with("\r\n") ? 3 : 2;
    at = std::min(text.find_first_not_of(kBlanks, at), text.size());
  }
  return at;
}

char unescape_short(char c) {
  switch (c) {
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

// What a name or a value means; nothing where it escapes half of a surrogate pair. The scanner has
// seen that every escape is whole.
std::optional<Secret> decode(std::string_view text) {
  std::string value;
  value.reserve(text.size());  // no growth: it would leave copies
  for (std::size_t i = behind_continuation(text, 0); i < text.size();
       i = behind_continuation(text, i)) {
    if (text[i] != '\\') {
      value += text[i++];
      continue;
    }
    if (text[i + 1] != 'u') {
      value += unescape_short(text[i + 1]);
      i += 2;
      continue;
    }
    std::uint32_t point = hex_at(text, i + 2, 4);
    i += 6;
    const auto low = text.substr(i, 2) == "\\u" ? hex_at(text, i + 2, 4) : 0;
    if (is_high_surrogate(point) && is_low_surrogate(low)) {
      point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
      i += 6;
    }
    if (!is_scalar_value(point)) {
      base::wipe(value.data(), value.size());
      return std::nullopt;
    }
    append_utf8(value, point);
  }
  return Secret::take(std::move(value));
}

struct Property {
  std::size_t name_begin = 0;
  std::size_t name_end = 0;
  std::size_t begin = 0;  // of the value
  std::size_t end = 0;
  bool has_separator = false;
};

// Follows java.util.Properties.load(Reader).
class Scanner {
 public:
  explicit Scanner(std::string_view document) : document_(document) {
    if (document_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  // The next property, or nothing at the end.
  Result<std::optional<Property>> next() {
    skip_to_content();
    if (at_ == document_.size()) return std::nullopt;
    if (behind_continuation(document_, at_) != at_) {
      return corrupt(at_, "a line that is empty and goes on in the next one");
    }
    Property found;
    found.name_begin = at_;
    REKEY_CHECK(skip_text("=: \t\f"));
    found.name_end = at_;
    const bool has_blank = skip_blanks();
    const bool has_sign = at_ < document_.size() && is_one_of(document_[at_], "=:");
    if (has_sign) {
      ++at_;
      skip_blanks();
    }
    found.has_separator = has_blank || has_sign;
    found.begin = at_;
    REKEY_CHECK(skip_text(""));
    found.end = at_;
    return found;
  }

 private:
  void skip_to_content() {
    for (;;) {
      at_ = std::min(document_.find_first_not_of(" \t\f\r\n", at_), document_.size());
      if (at_ == document_.size() || !is_one_of(document_[at_], "#!")) return;
      at_ = std::min(document_.find_first_of(kLineEnds, at_), document_.size());
    }
  }

  // Whether there were any.
  bool skip_blanks() {
    bool has_blank = false;
    for (;;) {
      at_ = behind_continuation(document_, at_);
      if (at_ == document_.size() || !is_one_of(document_[at_], kBlanks)) return has_blank;
      has_blank = true;
      ++at_;
    }
  }

  // To the first of `ends` that is not escaped, or to the end of the line.
  Status skip_text(std::string_view ends) {
    for (;;) {
      at_ = behind_continuation(document_, at_);
      if (at_ == document_.size() || is_one_of(document_[at_], kLineEnds)) return {};
      if (is_one_of(document_[at_], ends)) return {};
      if (document_[at_] != '\\') {
        ++at_;
        continue;
      }
      if (at_ + 1 == document_.size()) return corrupt(at_, "the file ends in a backslash");
      const bool is_unicode = document_[at_ + 1] == 'u';
      if (is_unicode && !has_hex_at(document_, at_ + 2, 4)) {
        return corrupt(at_, "\\u needs four hex digits");
      }
      at_ += is_unicode ? 6 : 2;
    }
  }

  [[nodiscard]] tl::unexpected<Error> corrupt(std::size_t offset, std::string_view what) const {
    return corrupt_at(document_, offset, what);
  }

  std::string_view document_;
  std::size_t at_ = 0;
};

// Why the value may not be edited, to follow "the value has"; else empty.
std::string_view problem_of(const Property& property, std::string_view text,
                            const std::optional<Secret>& value) {
  if (!property.has_separator) return "no place: write '=' behind the name";
  if (!is_ascii(text)) {
    return "characters outside ASCII, which readers read as ISO-8859-1 or as UTF-8; write them as "
           "\\u escapes";
  }
  if (!value) return "half of a surrogate pair";
  if (value->reveal().find("${") != std::string_view::npos) {
    return "a placeholder, ${…}, in it; the secret itself is kept elsewhere";
  }
  return {};
}

std::string escape(std::string_view value) {
  std::string text;
  text.reserve(value.size() * 6);  // no growth: it would leave copies
  for (std::size_t i = 0; i < value.size();) {
    const auto [point, length_bytes] = character_at(value, i);
    const bool is_at_an_end = i == 0 || i + 1 == value.size();
    if (point == '\\' || (i == 0 && is_one_of(value[i], "=:"))) {
      text += '\\';
      text += value[i];
    } else if (point == '\n' || point == '\r' || point == '\t') {
      text += '\\';
      text += point == '\n' ? 'n' : (point == '\r' ? 'r' : 't');
    } else if (point < 0x20 || point >= 0x7f || (point == ' ' && is_at_an_end)) {
      append_utf16_escape(text, point);
    } else {
      text += value[i];
    }
    i += length_bytes;
  }
  return text;
}

class Properties final : public Format {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "properties"; }

  [[nodiscard]] Result<Located> locate(std::string_view document,
                                       std::string_view key) const override {
    REKEY_CHECK(check_no_nul(document));
    Scanner scanner(document);
    std::optional<Property> found;
    std::optional<std::size_t> second;
    for (;;) {
      REKEY_TRY(const auto property, scanner.next());
      if (!property) break;
      const auto name =
          decode(document.substr(property->name_begin, property->name_end - property->name_begin));
      if (!name || name->reveal() != key) continue;
      if (found && !second) second = property->name_begin;
      if (!found) found = property;
    }
    if (!found) {
      return fail(Code::kNotFound, fmt::format("there is no property \"{}\" in this file", key));
    }
    if (second) {
      return fail(Code::kConflict,
                  fmt::format("the property \"{}\" is set twice, once more at {}; remove one", key,
                              describe_position(document, *second)));
    }
    const auto text = document.substr(found->begin, found->end - found->begin);
    auto value = decode(text);
    if (const auto problem = problem_of(*found, text, value); !problem.empty()) {
      return fail(Code::kUnsupported,
                  fmt::format("{}: the value of \"{}\" has {}",
                              describe_position(document, found->begin), key, problem));
    }
    return Located{found->begin, found->end, std::move(*value)};
  }

  [[nodiscard]] Result<std::string> key_at(std::string_view document,
                                           std::size_t offset) const override {
    REKEY_CHECK(check_no_nul(document));
    Scanner scanner(document);
    for (;;) {
      REKEY_TRY(const auto property, scanner.next());
      if (!property) return fail(Code::kNotFound, "no value of this file is there");
      if (offset < property->begin || offset >= property->end) continue;
      const auto name =
          decode(document.substr(property->name_begin, property->name_end - property->name_begin));
      if (!name) return fail(Code::kNotFound, "the property's name is no text");
      return std::string(name->reveal());
    }
  }

  [[nodiscard]] Result<Secret> encode(std::string_view, const Located&,
                                      std::string_view value) const override {
    if (!base::is_valid_utf8(value)) {
      return fail(Code::kInvalidArgument, "a properties file cannot carry what is not UTF-8");
    }
    if (value.find("${") != std::string_view::npos) {
      return fail(Code::kInvalidArgument,
                  "the new value holds '${', which readers take for a placeholder");
    }
    return Secret::take(escape(value));
  }
};

}  // namespace

const Format& properties_format() noexcept {
  static const Properties format;
  return format;
}

}  // namespace rekey::documents
