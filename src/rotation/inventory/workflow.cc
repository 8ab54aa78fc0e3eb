#include "rotation/inventory/workflow.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "net/client.h"

namespace rekey::rotation {
namespace {

using base::Code;
using net::JsonValue;

// A piece of a template: text as it stands, or a name.
struct Piece {
  std::string_view text;
  bool is_name = false;
};

base::Result<std::vector<Piece>> split_template(std::string_view text) {
  std::vector<Piece> pieces;
  while (!text.empty()) {
    const std::size_t open = text.find("${");
    if (open == std::string_view::npos) {
      pieces.push_back({text});
      break;
    }
    if (open > 0 && text[open - 1] == '$') {
      pieces.push_back({text.substr(0, open - 1)});
      pieces.push_back({"${"});
      text.remove_prefix(open + 2);
      continue;
    }
    const std::size_t close = text.find('}', open);
    const std::string_view name =
        close == std::string_view::npos ? "" : text.substr(open + 2, close - open - 2);
    if (!is_template_name(name)) {
      return base::fail(Code::kInvalidArgument,
                        "a ${ must be followed by a name of [a-z0-9_] and a }; write $${ for the "
                        "characters themselves");
    }
    if (open > 0) pieces.push_back({text.substr(0, open)});
    pieces.push_back({name, true});
    text.remove_prefix(close + 1);
  }
  return pieces;
}

bool is_address_name(std::string_view name) noexcept {
  return std::find(kAddressNames.begin(), kAddressNames.end(), name) != kAddressNames.end();
}

// An address, without the slashes at its end.
std::string_view without_slashes(std::string_view address) noexcept {
  while (address.ends_with('/')) address.remove_suffix(1);
  return address;
}

// What stands behind an address in a URL: a query as it is, anything else behind one slash.
void append_behind_address(std::string& out, std::string_view text) {
  if (text.starts_with('?') || text.starts_with('#')) {
    out += text;
    return;
  }
  while (text.starts_with('/')) text.remove_prefix(1);
  out += '/';
  out += text;
}

// Adds to `out` without ever moving what it holds: it has the room.
void append_encoded(std::string& out, std::string_view value, Encoding encoding) {
  if (encoding == Encoding::kNone) {
    out += value;
    return;
  }
  std::string encoded;
  encoded.reserve(6 * value.size() + 2);
  if (encoding == Encoding::kUrl) {
    encoded = base::percent_encode(value);
    out += encoded;
  } else {
    net::append_json_string(encoded, value);
    out += std::string_view(encoded).substr(1, encoded.size() - 2);
  }
  base::wipe(encoded.data(), encoded.size());
}

// The names of a path, from the root on.
base::Result<std::vector<std::string>> split_path(std::string_view path) {
  const auto refuse = [] {
    return base::fail(Code::kInvalidArgument,
                      "a path into a reply is a JSON Pointer such as /items/0/id, or names with "
                      "dots such as items.0.id; write one of them");
  };
  if (path.empty()) return refuse();
  const bool is_pointer = path.front() == '/';
  const char separator = is_pointer ? '/' : '.';
  std::vector<std::string> names(1);
  for (std::size_t i = is_pointer ? 1 : 0; i < path.size(); ++i) {
    const char c = path[i];
    if (c == separator) {
      names.emplace_back();
    } else if (is_pointer && c == '~') {
      const char next = i + 1 < path.size() ? path[++i] : '\0';
      if (next != '0' && next != '1') return refuse();
      names.back() += next == '0' ? '~' : '/';
    } else {
      names.back() += c;
    }
  }
  const bool has_gap =
      std::any_of(names.begin(), names.end(), [](const std::string& name) { return name.empty(); });
  if (!is_pointer && has_gap) return refuse();
  return names;
}

const JsonValue* child_of(const JsonValue& value, std::string_view name) {
  if (value.kind() != JsonValue::Kind::kArray) return value.find(name);
  std::size_t index = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), index);
  const bool is_number = read.ec == std::errc{} && read.ptr == name.data() + name.size();
  return is_number && index < value.items().size() ? &value.items()[index] : nullptr;
}

std::optional<double> number_in(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

bool is_equal(const JsonCheck& check, std::string_view wanted_text, const JsonValue& found,
              std::string_view text) {
  if (check.is_text && found.kind() != JsonValue::Kind::kString) return false;
  if (text == wanted_text) return true;
  if (found.kind() != JsonValue::Kind::kNumber && found.kind() != JsonValue::Kind::kInteger) {
    return false;
  }
  const auto wanted = number_in(wanted_text);
  const auto number = number_in(text);
  return wanted && number && std::isfinite(*wanted) && *wanted <= *number && *wanted >= *number;
}

std::string describe_found(const JsonValue& found, const std::optional<std::string>& text,
                           const std::function<bool(std::string_view)>& may_show) {
  switch (found.kind()) {
    case JsonValue::Kind::kArray:
      return fmt::format("a list of {}", found.items().size());
    case JsonValue::Kind::kObject:
      return "an object";
    case JsonValue::Kind::kString:
      if (!may_show(*text)) return fmt::format("a text of {} bytes", text->size());
      return fmt::format("\"{}\"", *text);
    case JsonValue::Kind::kNull:
    case JsonValue::Kind::kBoolean:
    case JsonValue::Kind::kInteger:
    case JsonValue::Kind::kNumber:
      break;
  }
  return *text;
}

}  // namespace

std::string_view name_of(WorkflowOutcome outcome) noexcept {
  switch (outcome) {
    case WorkflowOutcome::kPassed:
      return "passed";
    case WorkflowOutcome::kFailed:
      return "failed";
    case WorkflowOutcome::kUnclear:
      return "unclear";
  }
  return "";
}

bool is_template_name(std::string_view text) noexcept {
  constexpr std::size_t kLongest = 32;
  return !text.empty() && text.size() <= kLongest && text.front() >= 'a' && text.front() <= 'z' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

bool is_built_in_name(std::string_view name) noexcept {
  return name == kTokenName || name == kUniqueName || name == "client_id" || is_address_name(name);
}

bool is_workflow_url(std::string_view url) noexcept {
  if (url.starts_with("https://") || url.starts_with("http://")) return true;
  return url.starts_with("${") && is_address_name(url.substr(2, url.find('}') - 2));
}

base::Result<std::vector<std::string>> names_in(std::string_view text) {
  REKEY_TRY(const std::vector<Piece> pieces, split_template(text));
  std::vector<std::string> names;
  for (const Piece& piece : pieces) {
    if (piece.is_name) names.emplace_back(piece.text);
  }
  return names;
}

base::Result<std::string> expand(std::string_view text, const Lookup& value_of, Encoding encoding) {
  REKEY_TRY(const std::vector<Piece> pieces, split_template(text));
  constexpr std::size_t kMostGrowth = 6;  // \u001f for one byte
  std::vector<std::string_view> parts;
  std::size_t most = 0;
  for (const Piece& piece : pieces) {
    const auto value = piece.is_name ? value_of(piece.text) : std::optional(piece.text);
    if (!value) {
      return base::fail(Code::kInvalidArgument,
                        fmt::format("${{{}}} has no value here", piece.text));
    }
    parts.push_back(*value);
    most += (piece.is_name ? kMostGrowth * value->size() : value->size()) + 1;
  }
  std::string out;
  out.reserve(most);
  bool is_behind_address = false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool is_address =
        encoding == Encoding::kUrl && pieces[i].is_name && is_address_name(pieces[i].text);
    if (is_behind_address && !pieces[i].is_name) {
      append_behind_address(out, parts[i]);
    } else if (is_address || !pieces[i].is_name) {
      out += is_address ? without_slashes(parts[i]) : parts[i];
    } else {
      if (is_behind_address) out += '/';
      append_encoded(out, parts[i], encoding);
    }
    is_behind_address = is_address;
  }
  return out;
}

std::string url_for_people(std::string_view url, const Lookup& value_of) {
  const auto pieces = split_template(url);
  if (!pieces) return std::string(url);
  std::string out;
  bool is_behind_address = false;
  for (const Piece& piece : *pieces) {
    if (is_behind_address) {
      append_behind_address(out, piece.is_name ? std::string_view() : piece.text);
    } else if (!piece.is_name) {
      out += piece.text;
    }
    is_behind_address = piece.is_name && is_address_name(piece.text);
    if (!piece.is_name) continue;
    const auto value = is_built_in_name(piece.text) ? value_of(piece.text) : std::nullopt;
    out += value ? std::string(is_behind_address ? without_slashes(*value) : *value)
                 : fmt::format("${{{}}}", piece.text);
  }
  return out;
}

base::Status check_workflow_url(std::string_view url) {
  const Lookup sample = [](std::string_view name) -> std::optional<std::string_view> {
    return is_address_name(name) ? "https://issuer.example" : "1";  // "1" may be a port, too
  };
  REKEY_TRY(const std::string made, expand(url, sample, Encoding::kUrl));
  if (net::check_url(made)) return {};
  return base::fail(Code::kInvalidArgument,
                    fmt::format("no request can be sent to this url: it becomes {} (with samples "
                                "for what it names); an address is https://HOST or "
                                "https://HOST:PORT and a path, in ASCII: mend it",
                                made));
}

base::Status check_json_path(std::string_view path) {
  REKEY_TRY(const auto names, split_path(path));
  static_cast<void>(names);
  return {};
}

const JsonValue* find_in_json(const JsonValue& root, std::string_view path) {
  const auto names = split_path(path);
  if (!names) return nullptr;
  const JsonValue* at = &root;
  for (const std::string& name : *names) {
    at = child_of(*at, name);
    if (at == nullptr) return nullptr;
  }
  return at;
}

std::optional<std::string> text_of_scalar(const JsonValue& value) {
  switch (value.kind()) {
    case JsonValue::Kind::kNull:
      return "null";
    case JsonValue::Kind::kBoolean:
      return *value.as_boolean() ? "true" : "false";
    case JsonValue::Kind::kInteger:
      return std::to_string(*value.as_integer());
    case JsonValue::Kind::kNumber:
      return fmt::format("{}", *value.as_number());
    case JsonValue::Kind::kString:
      return std::string(*value.as_string());
    case JsonValue::Kind::kArray:
    case JsonValue::Kind::kObject:
      break;
  }
  return std::nullopt;
}

bool fits_wildcards(std::string_view text, std::string_view pattern) noexcept {
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t at = 0;
  std::size_t in = 0;        // in the pattern
  std::size_t star = kNone;  // the last one seen
  std::size_t taken = 0;     // up to where it has swallowed
  while (at < text.size()) {
    if (in < pattern.size() && pattern[in] == '*') {
      star = in++;
      taken = at;
    } else if (in < pattern.size() && (pattern[in] == '?' || pattern[in] == text[at])) {
      ++in;
      ++at;
    } else if (star != kNone) {
      in = star + 1;
      at = ++taken;
    } else {
      return false;
    }
  }
  while (in < pattern.size() && pattern[in] == '*') ++in;
  return in == pattern.size();
}

std::optional<std::string> why_not(const JsonCheck& check, std::string_view wanted,
                                   const JsonValue* found,
                                   const std::function<bool(std::string_view)>& may_show) {
  if (check.kind == JsonCheck::Kind::kExists) {
    if ((found != nullptr) == check.is_wanted_there) return std::nullopt;
    return fmt::format("{} is {}there, and should {}be", check.path, found == nullptr ? "not " : "",
                       check.is_wanted_there ? "" : "not ");
  }
  const bool is_pattern = check.kind == JsonCheck::Kind::kMatches;
  const std::string_view quote = is_pattern || check.is_text ? "\"" : "";
  const std::string expected = fmt::format("expected {}{}{}{}", is_pattern ? "something like " : "",
                                           quote, check.wanted, quote);
  if (found == nullptr) return fmt::format("{} is not there; {}", check.path, expected);
  const auto text = text_of_scalar(*found);
  const bool fits =
      text && (is_pattern ? fits_wildcards(*text, wanted) : is_equal(check, wanted, *found, *text));
  if (fits) return std::nullopt;
  return fmt::format("{} is {}; {}", check.path, describe_found(*found, text, may_show), expected);
}

}  // namespace rekey::rotation
