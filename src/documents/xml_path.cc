#include "documents/xml_path.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace rekey::documents {
namespace {

using base::Code;
using base::fail;
using base::Result;

tl::unexpected<base::Error> bad_key() {
  return fail(Code::kInvalidArgument,
              "a key in an XML document is a path such as /a/b/@attribute, /a/b[@id='x']/c or "
              "/a/b[2]/c; other XPath is not read");
}

std::string_view take_name(std::string_view& key) {
  std::size_t length = 0;
  while (length < key.size() && is_xml_name_byte(key[length], length == 0)) ++length;
  const auto name = key.substr(0, length);
  key.remove_prefix(length);
  return name;
}

bool take(std::string_view& key, std::string_view text) {
  if (!key.starts_with(text)) return false;
  key.remove_prefix(text.size());
  return true;
}

// Behind the '[': "@name='value']" or "2]".
Result<XmlPredicate> take_predicate(std::string_view& key) {
  XmlPredicate predicate;
  if (!take(key, "@")) {
    const auto [end, problem] =
        std::from_chars(key.data(), key.data() + key.size(), predicate.index);
    key.remove_prefix(static_cast<std::size_t>(end - key.data()));
    if (problem != std::errc{} || predicate.index == 0 || !take(key, "]")) return bad_key();
    return predicate;
  }
  predicate.attribute = take_name(key);
  if (predicate.attribute.empty() || !take(key, "=") || key.empty()) return bad_key();
  const char quote = key.front();
  const auto end = key.find(quote, 1);
  if ((quote != '\'' && quote != '"') || end == std::string_view::npos) return bad_key();
  predicate.value = key.substr(1, end - 1);
  key.remove_prefix(end + 1);
  if (!take(key, "]")) return bad_key();
  return predicate;
}

}  // namespace

bool is_xml_name_byte(char c, bool is_first) noexcept {
  const char lower = base::to_lower(c);
  if ((lower >= 'a' && lower <= 'z') || c == '_' || c == ':') return true;
  if (static_cast<unsigned char>(c) >= 0x80) return true;
  return !is_first && ((c >= '0' && c <= '9') || c == '-' || c == '.');
}

Result<XmlPath> parse_xml_path(std::string_view key) {
  XmlPath path;
  do {
    if (!take(key, "/")) return bad_key();
    const bool is_attribute = take(key, "@");
    const auto name = take_name(key);
    if (name.empty()) return bad_key();
    if (is_attribute) {
      path.attribute = name;
      if (!key.empty() || path.steps.empty()) return bad_key();
      return path;
    }
    XmlStep step{std::string(name), {}};
    while (take(key, "[")) {
      REKEY_TRY(step.predicates.emplace_back(), take_predicate(key));
    }
    path.steps.push_back(std::move(step));
  } while (!key.empty());
  return path;
}

}  // namespace rekey::documents
