#include "engagement/soap/object_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace rekey::engagement::soap {

namespace {

constexpr std::size_t kLongestName = 200;

bool means(std::string_view name, const Property& property) {
  return base::equal_ignoring_case(name, property.name) ||
         base::equal_ignoring_case(name, property.group());
}

}  // namespace

std::string_view Property::group() const noexcept {
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos ? std::string_view() : std::string_view(name).substr(0, dot);
}

std::vector<Property> base_properties(const BaseSql& sql) {
  return {
      {"Client.ID", ValueKind::kInteger, sql.client_id, Presence::kAsked, {}, false},
      {"PartnerKey", ValueKind::kText, {}, Presence::kAlways, {}, false},
      {"PartnerProperties", ValueKind::kText, {}, Presence::kAsked, {}, false},
      {"CreatedDate", ValueKind::kInstant, sql.created_at, Presence::kAsked, {}, false},
      {"ModifiedDate", ValueKind::kInstant, sql.changed_at, Presence::kAsked, {}, false},
      {"ID", ValueKind::kInteger, sql.id, Presence::kAsked, {}, false},
      {"ObjectID", ValueKind::kText, sql.object_id, Presence::kAlways, {}, false},
      {"CustomerKey", ValueKind::kText, sql.customer_key, Presence::kAsked, {}, false},
      {"Owner", ValueKind::kText, {}, Presence::kAsked, {}, false},
      {"CorrelationID", ValueKind::kText, {}, Presence::kAsked, {}, false},
      {"ObjectState", ValueKind::kText, {}, Presence::kAsked, {}, false},
      {"IsPlatformObject", ValueKind::kBoolean, {}, Presence::kAsked, {}, false},
  };
}

base::Result<std::vector<std::size_t>> asked_properties(const ObjectType& type,
                                                        const std::vector<std::string>& names) {
  std::set<std::size_t> asked;
  for (const std::string& name : names) {
    bool is_known = false;
    for (std::size_t i = 0; i < type.properties.size(); ++i) {
      if (!means(name, type.properties[i])) continue;
      asked.insert(i);
      is_known = true;
    }
    if (is_known) continue;
    return base::fail(
        base::Code::kInvalidArgument,
        fmt::format("The Request Property(s) {} do not match with the fields of {} retrieve",
                    name.substr(0, kLongestName), type.name));
  }
  for (std::size_t i = 0; names.empty() && i < type.properties.size(); ++i) asked.insert(i);
  return std::vector<std::size_t>(asked.begin(), asked.end());
}

std::optional<FilterColumn> find_column(const ObjectType& type, std::string_view property) {
  for (const Property& one : type.properties) {
    if (!base::equal_ignoring_case(one.name, property)) continue;
    return FilterColumn{one.sql.empty() ? "NULL" : one.sql, one.kind};
  }
  return std::nullopt;
}

}  // namespace rekey::engagement::soap
