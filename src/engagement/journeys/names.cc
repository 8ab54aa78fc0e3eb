#include "engagement/journeys/names.h"

#include "base/text.h"
#include "engagement/soap/xml_reader.h"

namespace rekey::engagement::journeys {

namespace {

using base::equal_ignoring_case;

// At its points, but for those between quotes or brackets, which are taken off.
std::vector<std::string> parts_of(std::string_view name) {
  std::vector<std::string> parts(1);
  char closes_at = 0;
  for (const char c : name) {
    if (closes_at != 0) {
      if (c == closes_at) {
        closes_at = 0;
      } else {
        parts.back() += c;
      }
    } else if (c == '"' || c == '[') {
      closes_at = c == '"' ? '"' : ']';
    } else if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

}  // namespace

std::optional<std::string> Names::of_event(std::string_view name) const {
  for (const auto& [known, value] : data_) {
    if (equal_ignoring_case(known, name)) return value;
  }
  return std::nullopt;
}

std::optional<std::string> Names::of_contact(std::string_view set, std::string_view name) const {
  for (const contacts::Attribute& attribute : attributes_) {
    const bool is_in_set = set.empty() || equal_ignoring_case(attribute.set, set);
    if (is_in_set && equal_ignoring_case(attribute.name, name)) return attribute.value;
  }
  return std::nullopt;
}

std::optional<std::string> Names::contact_part(const std::vector<std::string>& parts) const {
  if (equal_ignoring_case(parts[1], "Key")) return contact_key_;
  if (equal_ignoring_case(parts[1], "Default") && equal_ignoring_case(parts.back(), "Email")) {
    return of_contact("Email Addresses", "Email Address");
  }
  constexpr std::size_t kWithSet = 4;  // Contact.Attribute.Set.Name
  return of_contact(parts.size() >= kWithSet ? parts[parts.size() - 2] : std::string(),
                    parts.back());
}

std::optional<std::string> Names::find(std::string_view name) const {
  const std::vector<std::string> parts = parts_of(soap::without_blanks(name));
  if (parts.size() > 2 && equal_ignoring_case(parts[0], "Event")) return of_event(parts.back());
  if (parts.size() > 1 && equal_ignoring_case(parts[0], "Contact")) return contact_part(parts);
  if (parts.size() == 2) return of_contact(parts[0], parts[1]);
  if (auto found = of_event(parts.back())) return found;
  return of_contact({}, parts.back());
}

std::string Names::evaluate(std::string_view expression) const {
  std::string text;
  for (;;) {
    const std::size_t begin = expression.find("{{");
    const std::size_t end = begin == std::string_view::npos ? begin : expression.find("}}", begin);
    if (end == std::string_view::npos) return text.append(expression);
    text.append(expression.substr(0, begin));
    text += find(expression.substr(begin + 2, end - begin - 2)).value_or("");
    expression.remove_prefix(end + 2);
  }
}

}  // namespace rekey::engagement::journeys
