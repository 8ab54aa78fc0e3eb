#include "documents/dotenv.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

constexpr std::string_view kBlanks = " \t";

enum class Style { kPlain, kSingleQuoted, kDoubleQuoted };

struct Assignment {
  std::string_view name;
  std::size_t begin = 0;  // of the value's text, quotes included
  std::size_t end = 0;
};

Style style_of(std::string_view text) {
  if (text.starts_with('\'')) return Style::kSingleQuoted;
  return text.starts_with('"') ? Style::kDoubleQuoted : Style::kPlain;
}

bool is_name_character(char c, bool is_first) {
  const char lower = base::to_lower(c);
  if ((lower >= 'a' && lower <= 'z') || c == '_') return true;
  return !is_first && ((c >= '0' && c <= '9') || c == '.' || c == '-');
}

class Scanner {
 public:
  explicit Scanner(std::string_view document) : document_(document) {
    if (document_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  // The next assignment, or nothing at the end.
  Result<std::optional<Assignment>> next() {
    skip_to_content();
    if (at_ == document_.size()) return std::nullopt;
    Assignment found;
    REKEY_TRY(found.name, read_name());
    skip_blanks();
    if (found.name == "export" && peek() != '=') {
      REKEY_TRY(found.name, read_name());
      skip_blanks();
    }
    if (peek() != '=') return corrupt(at_, "expected '=' after the variable's name");
    ++at_;
    REKEY_CHECK(read_value(found));
    return found;
  }

 private:
  [[nodiscard]] char peek() const { return at_ < document_.size() ? document_[at_] : '\0'; }

  void skip_blanks() {
    while (at_ < document_.size() && kBlanks.find(peek()) != std::string_view::npos) ++at_;
  }

  void skip_line() { at_ = std::min(document_.find('\n', at_), document_.size()); }

  void skip_to_content() {
    for (;;) {
      at_ = std::min(document_.find_first_not_of(" \t\r\n", at_), document_.size());
      if (peek() != '#') return;
      skip_line();
    }
  }

  Result<std::string_view> read_name() {
    const std::size_t begin = at_;
    while (at_ < document_.size() && is_name_character(peek(), at_ == begin)) ++at_;
    if (at_ == begin) return corrupt(at_, "expected a variable's name");
    return document_.substr(begin, at_ - begin);
  }

  base::Status read_value(Assignment& found) {
    const std::size_t after_equals = at_;
    skip_blanks();
    found.begin = at_;
    if (style_of(document_.substr(at_)) != Style::kPlain) {
      REKEY_CHECK(skip_quoted());
      found.end = at_;
      return skip_rest_of_line();
    }
    skip_line();
    auto text = document_.substr(found.begin, at_ - found.begin);
    text = text.substr(0, comment_in(text, found.begin > after_equals));
    const auto last = text.find_last_not_of(" \t\r");
    // An empty value stands directly behind the '=', whatever blanks follow.
    if (last == std::string_view::npos) found.begin = after_equals;
    found.end = found.begin + (last == std::string_view::npos ? 0 : last + 1);
    return {};
  }

  // Where a comment begins: at a '#' behind a blank.
  static std::size_t comment_in(std::string_view text, bool follows_blank) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '#' && follows_blank) return i;
      follows_blank = kBlanks.find(text[i]) != std::string_view::npos;
    }
    return text.size();
  }

  base::Status skip_quoted() {
    const std::size_t begin = at_;
    const char quote = document_[at_++];
    for (; at_ < document_.size(); ++at_) {
      if (document_[at_] == quote) {
        ++at_;
        return {};
      }
      if (quote == '"' && document_[at_] == '\\') ++at_;
    }
    at_ = document_.size();
    return corrupt(begin, "this quote is not closed");
  }

  base::Status skip_rest_of_line() {
    const std::size_t begin = at_;
    skip_line();
    const auto rest = document_.substr(begin, at_ - begin);
    const auto first = rest.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || (rest[first] == '#' && first > 0)) return {};
    return corrupt(begin + first, "expected the end of the line after the closing quote");
  }

  [[nodiscard]] tl::unexpected<Error> corrupt(std::size_t offset, std::string_view what) const {
    return corrupt_at(document_, offset, what);
  }

  std::string_view document_;
  std::size_t at_ = 0;
};

// Whether the '$' at `index` begins what a shell or a library would replace.
bool is_expansion(std::string_view text, std::size_t index) {
  if (index + 1 == text.size()) return false;
  const char next = text[index + 1];
  return is_name_character(next, true) || (next >= '0' && next <= '9') || next == '{' ||
         next == '(' || next == '$';
}

// Why readers would disagree about the character at `index`, outside of single quotes; else empty.
std::string_view ambiguity_at(std::string_view text, std::size_t index) {
  switch (text[index]) {
    case '`':
      return "a backtick, which a shell runs as a command; use single quotes";
    case '$':
      return is_expansion(text, index)
                 ? "a variable that some readers replace; use single quotes or write \\$"
                 : std::string_view{};
    default:
      return {};
  }
}

struct Decoded {
  std::string value;  // reserved before it is filled: growth would leave copies
  std::string_view problem;
};

Decoded decode_plain(std::string_view text) {
  Decoded result;
  result.value = text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '#') result.problem = "a '#' that some readers take for a comment; use quotes";
    if (static_cast<unsigned char>(text[i]) < 0x20 && text[i] != '\t') {
      result.problem = "a control character";
    }
    if (const auto problem = ambiguity_at(text, i); !problem.empty()) result.problem = problem;
  }
  return result;
}

Decoded decode_double_quoted(std::string_view text) {
  Decoded result;
  result.value.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      if (const auto problem = ambiguity_at(text, i); !problem.empty()) result.problem = problem;
      result.value += text[i];
      continue;
    }
    const char escaped = text[++i];  // the scanner ends no quoted text with a lone backslash
    if (escaped == 'n') {
      result.value += '\n';
    } else if (escaped == '"' || escaped == '\\' || escaped == '$') {
      result.value += escaped;
    } else {
      result.problem = "an escape other than \\n \\\" \\\\ \\$, which readers read differently";
    }
  }
  return result;
}

Decoded decode(std::string_view text) {
  const Style style = style_of(text);
  if (style == Style::kPlain) return decode_plain(text);
  const auto inner = text.substr(1, text.size() - 2);
  Decoded result;
  if (style == Style::kDoubleQuoted) {
    result = decode_double_quoted(inner);
  } else {
    result.value = inner;
  }
  if (inner.find('\r') != std::string_view::npos) {
    result.problem = "a carriage return, which some readers drop";
  }
  return result;
}

// Whether the style can carry the value without an escape, so that all readers agree on it.
bool carries_as_it_is(Style style, std::string_view value) {
  constexpr std::string_view kSafe =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-./:@+,=%";
  switch (style) {
    case Style::kPlain:
      return value.find_first_not_of(kSafe) == std::string_view::npos;
    case Style::kSingleQuoted:
      return value.find_first_of("'\n") == std::string_view::npos;
    case Style::kDoubleQuoted:
      return value.find_first_of("\"\\$`\n") == std::string_view::npos;
  }
  return false;
}

std::string wrap(Style style, std::string_view value) {
  std::string text;
  text.reserve(value.size() + 2);
  const std::string_view quote =
      style == Style::kPlain ? "" : (style == Style::kSingleQuoted ? "'" : "\"");
  text += quote;
  text += value;
  text += quote;
  return text;
}

std::string wrap_with_escapes(std::string_view value) {
  std::string text;
  text.reserve(value.size() * 2 + 2);
  text += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\' || c == '$' || c == '\n') text += '\\';
    text += c == '\n' ? 'n' : c;
  }
  text += '"';
  return text;
}

class Dotenv final : public Format {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "dotenv"; }

  [[nodiscard]] Result<Located> locate(std::string_view document,
                                       std::string_view key) const override {
    REKEY_CHECK(check_no_nul(document));
    Scanner scanner(document);
    std::optional<Assignment> found;
    bool is_twice = false;
    std::vector<std::string_view> names;
    for (;;) {
      REKEY_TRY(const auto assignment, scanner.next());
      if (!assignment) break;
      names.push_back(assignment->name);
      if (assignment->name != key) continue;
      is_twice = found.has_value();
      if (!found) found = assignment;
    }
    if (!found) {
      const auto nearest = base::nearest_word(key, names);
      return fail(Code::kNotFound,
                  fmt::format("there is no variable \"{}\" in this file{}", key,
                              nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
    }
    if (is_twice) {
      return fail(Code::kConflict,
                  fmt::format("the variable \"{}\" is set twice, and readers disagree which one "
                              "counts; remove one",
                              key));
    }
    Decoded decoded = decode(document.substr(found->begin, found->end - found->begin));
    Secret value = Secret::take(std::move(decoded.value));
    if (!decoded.problem.empty()) {
      return fail(Code::kUnsupported,
                  fmt::format("{}: the value of \"{}\" holds {}",
                              describe_position(document, found->begin), key, decoded.problem));
    }
    return Located{found->begin, found->end, std::move(value)};
  }

  [[nodiscard]] Result<std::string> key_at(std::string_view document,
                                           std::size_t offset) const override {
    REKEY_CHECK(check_no_nul(document));
    Scanner scanner(document);
    for (;;) {
      REKEY_TRY(const auto assignment, scanner.next());
      if (!assignment) return fail(Code::kNotFound, "no value of this file is there");
      if (assignment->begin <= offset && offset < assignment->end) {
        return std::string(assignment->name);
      }
    }
  }

  [[nodiscard]] Result<Secret> encode(std::string_view document, const Located& spot,
                                      std::string_view value) const override {
    if (value.find_first_of(std::string_view("\0\r", 2)) != std::string_view::npos ||
        !base::is_valid_utf8(value)) {
      return fail(Code::kInvalidArgument,
                  "an environment file cannot carry a NUL, a carriage return or what is not UTF-8");
    }
    const Style present = style_of(document.substr(spot.begin, spot.end - spot.begin));
    // An empty value without quotes is read as standing directly behind the '='.
    const bool needs_quotes = value.empty() && !document.substr(0, spot.begin).ends_with('=');
    for (const Style style : {present, Style::kDoubleQuoted, Style::kSingleQuoted}) {
      if (style == Style::kPlain && needs_quotes) continue;
      if (carries_as_it_is(style, value)) return Secret::take(wrap(style, value));
    }
    if (value.find('`') != std::string_view::npos) {
      return fail(Code::kInvalidArgument,
                  "an environment file cannot carry a backtick together with a single quote or a "
                  "line break");
    }
    return Secret::take(wrap_with_escapes(value));
  }
};

}  // namespace

const Format& dotenv_format() noexcept {
  static const Dotenv format;
  return format;
}

}  // namespace rekey::documents
