#include "engagement/soap/object_types.h"

namespace rekey::engagement::soap {

namespace {

constexpr std::string_view kEmail =
    "SELECT a.value FROM contact_attribute a WHERE a.contact_id = c.id AND "
    "a.attribute_set = 'Email Addresses' AND a.name = 'Email Address' ORDER BY a.item LIMIT 1";
// Profile attributes; whoever retrieves a subscriber gets them.
constexpr std::string_view kAttributes =
    "SELECT json_group_array(json_array(a.name, a.value)) FROM contact_attribute a "
    "WHERE a.contact_id = c.id AND a.attribute_set = 'Email Demographics'";

ObjectType subscriber() {
  ObjectType type;
  type.name = "Subscriber";
  type.read_scope = "list_and_subscribers_read";
  type.write_scope = "list_and_subscribers_write";
  type.source = "contact c LEFT JOIN subscriber u ON u.contact_id = c.id";
  type.condition = "c.business_unit = ?1";
  type.cursor = "c.id";
  type.properties =
      base_properties({"c.business_unit", "c.created_at", "c.changed_at", "c.id", {}, {}});
  const std::vector<Property> own = {
      {"EmailAddress", ValueKind::kText, std::string(kEmail), Presence::kAsked, {}, true},
      {"Attributes", ValueKind::kPairs, std::string(kAttributes), Presence::kUnasked, {}, true},
      {"SubscriberKey", ValueKind::kText, "c.key", Presence::kAsked, {}, true},
      {"UnsubscribedDate", ValueKind::kInstant, "u.unsubscribed_at", Presence::kAsked, {}, false},
      {"Status", ValueKind::kText, "coalesce(u.status, 'Active')", Presence::kAsked, {}, true},
      {"PartnerType", ValueKind::kText, {}, Presence::kAsked, {}, false},
      {"EmailTypePreference",
       ValueKind::kText,
       "CASE WHEN coalesce(u.takes_html, 1) = 1 THEN 'HTML' ELSE 'Text' END",
       Presence::kAsked,
       {},
       true},
  };
  type.properties.insert(type.properties.end(), own.begin(), own.end());
  return type;
}

}  // namespace

const std::vector<ObjectType>& contact_types() {
  static const std::vector<ObjectType> kTypes = {subscriber()};
  return kTypes;
}

const ObjectType* find_type(std::string_view name) {
  for (const auto* family : {&contact_types(), &list_types(), &data_extension_types(),
                             &send_types(), &tracking_types(), &account_types()}) {
    for (const ObjectType& type : *family) {
      if (type.name == name) return &type;
    }
  }
  return nullptr;
}

}  // namespace rekey::engagement::soap
