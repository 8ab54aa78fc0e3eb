#include "engagement/soap/list_lookup.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace rekey::engagement::soap {

using base::Code;
using base::Result;
using contacts::List;

Result<std::int64_t> whole_number(const XmlElement& object, std::string_view name) {
  const std::string text = object.child_text(name);
  std::int32_t number = 0;  // what the schema's int holds
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return base::fail(Code::kInvalidArgument, fmt::format("{} takes a whole number", name));
  }
  return number;
}

bool is_all_subscribers(const XmlElement& named) {
  const std::string id = named.child_text("ID");
  if (!id.empty()) return id == std::to_string(contacts::kAllSubscribers);
  return base::equal_ignoring_case(named.child_text("CustomerKey"), "All Subscribers");
}

Result<std::optional<List>> find_own_list(storage::Connection& tables, std::int64_t business_unit,
                                          const XmlElement& named) {
  if (!named.child_text("ID").empty()) {
    REKEY_TRY(const std::int64_t id, whole_number(named, "ID"));
    return contacts::find_list(tables, business_unit, id);
  }
  const std::string guid = named.child_text("ObjectID");
  if (!guid.empty()) return contacts::find_list_by_guid(tables, business_unit, guid);
  const std::string key = named.child_text("CustomerKey");
  if (key.empty()) {
    return base::fail(Code::kInvalidArgument, "ID, ObjectID or CustomerKey of the list is needed");
  }
  return contacts::find_list_by_key(tables, business_unit, key);
}

std::string no_such_list(const XmlElement& named) {
  return is_all_subscribers(named) ? "All Subscribers is no list that can be changed"
                                   : "this business unit has no such list";
}

}  // namespace rekey::engagement::soap
