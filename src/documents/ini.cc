#include "documents/ini.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/text.h"
#include "documents/characters.h"
#include "documents/key_path.h"
#include "documents/position.h"

namespace rekey::documents {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Secret;

constexpr std::string_view kBlanks = " \t";

// The section's name counts with its case, the option's without.
struct Key {
  std::string section;
  std::string option;
};

Result<Key> parse_key(std::string_view key) {
  if (key.starts_with('/')) {
    REKEY_TRY(Path path, parse_path(key));
    if (path.size() == 2) return Key{std::move(path[0].name), std::move(path[1].name)};
  } else if (const auto dot = key.rfind('.'); dot != std::string_view::npos && dot > 0) {
    return Key{std::string(key.substr(0, dot)), std::string(key.substr(dot + 1))};
  }
  return fail(Code::kInvalidArgument,
              "a key in an INI file is section.option, or /section/option where a name has a dot");
}

// What Python's str.strip() takes for blank beyond ASCII.
bool is_foreign_blank(std::uint32_t point) {
  return point == 0x85 || point == 0xa0 || point == 0x1680 ||
         (point >= 0x2000 && point <= 0x200a) || point == 0x2028 || point == 0x2029 ||
         point == 0x202f || point == 0x205f || point == 0x3000;
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

bool begins_with_foreign_blank(std::string_view text) {
  return !text.empty() && is_foreign_blank(character_at(text, 0).point);
}

bool ends_with_foreign_blank(std::string_view text) {
  auto at = text.size();
  while (at > 0 && (static_cast<unsigned char>(text[at - 1]) & 0xc0U) == 0x80) --at;
  return at > 0 && at < text.size() && is_foreign_blank(character_at(text, at - 1).point);
}

// Why readers would not agree on the value, to follow "the value holds"; else empty.
std::string_view problem_of(std::string_view value) {
  if (value.find('%') != std::string_view::npos) {
    return "a '%', which configparser takes for the name of another option (interpolation)";
  }
  if (value.find("${") != std::string_view::npos) {
    return "'${', which some readers take for the name of another option (interpolation)";
  }
  if (value.starts_with('"') || value.starts_with('\'')) {
    return "quotes, which some readers drop and configparser keeps";
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    if ((value[i] == '#' || value[i] == ';') &&
        (i == 0 || kBlanks.find(value[i - 1]) != std::string_view::npos)) {
      return "a '#' or ';' behind a blank, which some readers take for a comment";
    }
  }
  if (std::any_of(value.begin(), value.end(), is_control)) return "a control character";
  if (begins_with_foreign_blank(value) || ends_with_foreign_blank(value)) {
    return "a blank at one of its ends, which is dropped";
  }
  return {};
}

struct Option {
  std::size_t name_begin = 0;
  std::size_t begin = 0;  // of the value
  std::size_t end = 0;
  bool is_continued = false;  // the value goes on in the next line
};

// Reads a whole file and notes where one option stands. Follows configparser's _read() line by
// line: a line that is indented more than the option above it belongs to that option's value.
class Scanner {
 public:
  Scanner(std::string_view document, const Key& key, std::optional<std::size_t> offset = {})
      : document_(document), key_(key), offset_(offset) {}

  base::Status run() {
    std::size_t begin = document_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    while (begin < document_.size()) {
      const auto end = std::min(document_.find('\n', begin), document_.size());
      REKEY_CHECK(read_line(begin, document_.substr(begin, end - begin)));
      begin = end + 1;
    }
    return {};
  }

  [[nodiscard]] const std::optional<Option>& found() const { return found_; }
  // Of the value that holds the byte at the offset; no option: none does.
  [[nodiscard]] const Key& at_offset() const { return at_offset_; }
  // The section or the option stands there a second time.
  [[nodiscard]] std::optional<std::size_t> second() const { return second_; }

 private:
  base::Status read_line(std::size_t begin, std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (const auto cr = line.find('\r'); cr != std::string_view::npos) {
      return corrupt(begin + cr, "a carriage return within a line");
    }
    const auto indent = line.find_first_not_of(kBlanks);
    if (indent == std::string_view::npos || line[indent] == '#' || line[indent] == ';') return {};
    line = line.substr(0, line.find_last_not_of(kBlanks) + 1);
    if (is_control(line[indent]) || begins_with_foreign_blank(line.substr(indent))) {
      return corrupt(begin + indent, "a blank that is neither a space nor a tab");
    }
    if (has_option_ && indent > indent_) {
      if (is_found_last_) found_->is_continued = true;
      return {};
    }
    indent_ = indent;
    if (line[indent] == '[') return read_section(begin + indent, line.substr(indent));
    return read_option(begin + indent, line.substr(indent));
  }

  base::Status read_section(std::size_t begin, std::string_view line) {
    const auto close = line.find(']');
    if (close == std::string_view::npos || close == 1) {
      return corrupt(begin, "expected a section's name in brackets");
    }
    const auto rest = line.substr(close + 1);
    const auto first = rest.find_first_not_of(kBlanks);
    const bool is_rest_comment =
        first == std::string_view::npos || rest[first] == '#' || rest[first] == ';';
    if (!is_rest_comment || rest.find(']') != std::string_view::npos) {
      return corrupt(begin + close + 1, "expected the end of the line after the section's name");
    }
    has_section_ = true;
    has_option_ = false;
    is_found_last_ = false;
    section_ = line.substr(1, close - 1);
    is_in_section_ = section_ == key_.section;
    if (is_in_section_ && is_section_seen_ && !second_) second_ = begin;
    is_section_seen_ = is_section_seen_ || is_in_section_;
    return {};
  }

  base::Status read_option(std::size_t begin, std::string_view line) {
    if (!has_section_) return corrupt(begin, "expected a [section] before the first option");
    const auto delimiter = line.find_first_of("=:");
    if (delimiter == std::string_view::npos) {
      return corrupt(begin, "expected '=' or ':' after the option's name");
    }
    const auto name = line.substr(0, line.find_last_not_of(kBlanks, delimiter - 1) + 1);
    if (delimiter == 0) return corrupt(begin, "expected an option's name");
    has_option_ = true;
    if (offset_ && *offset_ > begin + delimiter && *offset_ < begin + line.size()) {
      at_offset_ = {std::string(section_), std::string(name)};
    }
    is_found_last_ = is_in_section_ && base::equal_ignoring_case(name, key_.option);
    if (!is_found_last_) return {};
    if (found_) {
      if (!second_) second_ = begin;
      return {};
    }
    // An empty value stands directly behind the delimiter, whatever blanks follow.
    const auto first = line.find_first_not_of(kBlanks, delimiter + 1);
    found_ = Option{begin, begin + std::min(first, delimiter + 1), begin + line.size()};
    if (first != std::string_view::npos) found_->begin = begin + first;
    return {};
  }

  [[nodiscard]] tl::unexpected<Error> corrupt(std::size_t offset, std::string_view what) const {
    return corrupt_at(document_, offset, what);
  }

  std::string_view document_;
  const Key& key_;
  std::optional<std::size_t> offset_;
  Key at_offset_;
  std::string_view section_;
  std::size_t indent_ = 0;
  bool has_section_ = false;
  bool has_option_ = false;
  bool is_in_section_ = false;
  bool is_section_seen_ = false;
  bool is_found_last_ = false;  // the last option is the one to be found
  std::optional<Option> found_;
  std::optional<std::size_t> second_;
};

class Ini final : public Format {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "ini"; }

  [[nodiscard]] Result<Located> locate(std::string_view document,
                                       std::string_view key) const override {
    REKEY_TRY(const Key wanted, parse_key(key));
    REKEY_CHECK(check_text(document));
    Scanner scanner(document, wanted);
    REKEY_CHECK(scanner.run());
    const auto& found = scanner.found();
    if (!found) {
      return fail(Code::kNotFound,
                  fmt::format("there is no option \"{}\" in a section [{}] of this file",
                              wanted.option, wanted.section));
    }
    if (scanner.second()) {
      return fail(Code::kConflict,
                  fmt::format("the key \"{}\" is ambiguous: its section or option stands at {} "
                              "once more; remove one",
                              key, describe_position(document, *scanner.second())));
    }
    const auto value = document.substr(found->begin, found->end - found->begin);
    const auto problem =
        found->is_continued ? "a second line; a secret has one" : problem_of(value);
    if (!problem.empty()) {
      return fail(Code::kUnsupported,
                  fmt::format("{}: the value of \"{}\" holds {}",
                              describe_position(document, found->begin), key, problem));
    }
    return Located{found->begin, found->end, Secret(value)};
  }

  [[nodiscard]] Result<std::string> key_at(std::string_view document,
                                           std::size_t offset) const override {
    REKEY_CHECK(check_text(document));
    const Key none{};
    Scanner scanner(document, none, offset);
    REKEY_CHECK(scanner.run());
    const Key& key = scanner.at_offset();
    if (key.option.empty()) return fail(Code::kNotFound, "no value of this file is there");
    const bool is_dotted =
        key.option.find('.') == std::string::npos && !key.section.starts_with('/');
    return is_dotted ? fmt::format("{}.{}", key.section, key.option)
                     : fmt::format("/{}/{}", key.section, key.option);
  }

  [[nodiscard]] Result<Secret> encode(std::string_view document, const Located& spot,
                                      std::string_view value) const override {
    if (!base::is_valid_utf8(value)) {
      return fail(Code::kInvalidArgument, "an INI file cannot carry what is not UTF-8");
    }
    const auto before = document.substr(0, spot.begin);
    if (value.empty() && !before.ends_with('=') && !before.ends_with(':')) {
      return fail(Code::kInvalidArgument, "an INI file carries no empty value behind a blank");
    }
    const bool has_blank_end =
        !value.empty() && (kBlanks.find(value.front()) != std::string_view::npos ||
                           kBlanks.find(value.back()) != std::string_view::npos);
    const auto problem =
        has_blank_end ? "a blank at one of its ends, which is dropped" : problem_of(value);
    if (!problem.empty()) {
      return fail(Code::kInvalidArgument,
                  fmt::format("an INI file cannot carry the new value, which holds {}", problem));
    }
    return Secret(value);
  }
};

}  // namespace

const Format& ini_format() noexcept {
  static const Ini format;
  return format;
}

}  // namespace rekey::documents
