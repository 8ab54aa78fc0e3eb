#include "documents/part.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "base/text.h"

namespace rekey::documents {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Secret;

constexpr std::string_view kConnection = "connection:";
constexpr std::string_view kUriPassword = "uri:password";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

Result<PartSpan> locate_setting(std::string_view name, std::string_view text) {
  // ADO.NET, ODBC and JDBC drivers quote in three ways, and none reads the others'.
  if (text.find_first_of("\"'{}\r\n") != std::string_view::npos) {
    return fail(Code::kUnsupported,
                "the connection string holds a quote, a brace or a line break, which drivers read "
                "in different ways");
  }
  std::optional<PartSpan> found;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(';', begin), text.size());
    const std::string_view setting = text.substr(begin, end - begin);
    const std::size_t equals = setting.find('=');
    if (equals == std::string_view::npos && !trimmed(setting).empty()) {
      return fail(Code::kUnsupported,
                  "a setting of the connection string has no '='; is a ';' within a value?");
    }
    if (equals != std::string_view::npos &&
        base::equal_ignoring_case(trimmed(setting.substr(0, equals)), name)) {
      if (found) {
        return fail(Code::kConflict,
                    fmt::format("the connection string has {} twice; remove one", name));
      }
      if (setting.substr(equals + 1).starts_with('=')) {
        return fail(Code::kUnsupported, fmt::format("{} is followed by two '='", name));
      }
      found = PartSpan{begin + equals + 1, end};
      if (trimmed(text.substr(found->begin, end - found->begin)).size() != end - found->begin) {
        return fail(Code::kUnsupported,
                    fmt::format("the value of {} has a blank at one of its ends, which is dropped "
                                "by some",
                                name));
      }
    }
    begin = end + 1;
  }
  if (!found) {
    return fail(Code::kNotFound, fmt::format("the connection string has no {}", name));
  }
  return *found;
}

// RFC 3986 section 3.2.
Result<PartSpan> locate_password(std::string_view text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return fail(Code::kNotFound, "the value is no URI");
  const std::size_t begin = scheme + 3;
  const std::size_t end = std::min(text.find_first_of("/?#", begin), text.size());
  const std::string_view authority = text.substr(begin, end - begin);
  const std::size_t at = authority.find('@');
  const std::size_t colon = authority.substr(0, at).find(':');
  if (at == std::string_view::npos || colon == std::string_view::npos) {
    // A bare '/' in a password ends the authority early.
    if (text.find('@', end) != std::string_view::npos) {
      return fail(Code::kUnsupported,
                  "the URI has a '@' behind its path's beginning; percent-encode its password");
    }
    return fail(Code::kNotFound, "the URI has no password: scheme://user:password@host");
  }
  const bool is_ambiguous =
      authority.find('@', at + 1) != std::string_view::npos ||
      authority.substr(colon + 1, at - colon - 1).find(':') != std::string_view::npos;
  if (is_ambiguous) {
    return fail(Code::kUnsupported,
                "the URI's password holds a bare ':' or '@', which readers split in different "
                "places; percent-encode it");
  }
  return PartSpan{begin + colon + 1, begin + at};
}

bool can_carry(std::string_view part, std::string_view value) {
  if (part == kUriPassword) return value.find_first_of(":@/?#") == std::string_view::npos;
  const bool has_control = std::any_of(value.begin(), value.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  return !has_control && !value.starts_with('=') && trimmed(value).size() == value.size() &&
         value.find_first_of(";\"'{}") == std::string_view::npos;
}

}  // namespace

base::Status check_part(std::string_view part) {
  if (part == kUriPassword) return {};
  if (part.starts_with(kConnection)) {
    const std::string_view name = part.substr(kConnection.size());
    if (!name.empty() && trimmed(name).size() == name.size() &&
        name.find_first_of("=;\"'{}") == std::string_view::npos) {
      return {};
    }
  }
  return fail(Code::kInvalidArgument,
              "part must be uri:password, or connection: and a setting's name");
}

bool is_percent_encoded(std::string_view part) noexcept {
  return part == kUriPassword;
}

Result<PartSpan> locate_part(std::string_view part, std::string_view text) {
  REKEY_CHECK(check_part(part));
  if (part == kUriPassword) return locate_password(text);
  return locate_setting(part.substr(kConnection.size()), text);
}

Result<Secret> replace_part(std::string_view part, std::string_view text, std::string_view value) {
  REKEY_TRY(const PartSpan span, locate_part(part, text));
  if (!can_carry(part, value)) {
    return fail(Code::kInvalidArgument,
                fmt::format("{} cannot carry the new value: it holds a character that ends it, or "
                            "that drivers read in different ways",
                            part));
  }
  std::string edited;
  edited.reserve(text.size() + value.size());  // no growth: it would leave copies
  edited += text.substr(0, span.begin);
  edited += value;
  edited += text.substr(span.end);
  Secret result = Secret::take(std::move(edited));
  REKEY_TRY(const PartSpan again, locate_part(part, result.reveal()));
  if (again.begin != span.begin || again.end != span.begin + value.size()) {
    return fail(Code::kInternal, fmt::format("{} would have changed something else", part));
  }
  return result;
}

}  // namespace rekey::documents
