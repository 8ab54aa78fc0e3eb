// Contacts found by their attributes.
//
// A property is "Set.Attribute", such as "Email Addresses.Email Address"; "Contact.Contact Key" and
// "Contact.Contact ID" are the contact's own. A comparison holds where one of the set's items has
// such a value; isNull where none has any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engagement/contacts/contact.h"
#include "engagement/filter.h"
#include "net/json.h"
#include "storage/select.h"

namespace rekey::engagement::contacts {

inline constexpr std::string_view kContactSet = "Contact";
inline constexpr std::string_view kContactKey = "Contact Key";
inline constexpr std::string_view kContactId = "Contact ID";

// The set and the name of a property. kInvalidArgument where there is no point between two names.
struct AttributeName {
  std::string set;
  std::string name;
};
[[nodiscard]] base::Result<AttributeName> parse_attribute_name(std::string_view property);

// {"operator":"And","conditions":[{"attribute":{"key":…},"operator":"Equals",
// "value":{"items":[…]}}],"conditionSets":[…]}. nullopt where it has no condition, which takes
// every contact in. kInvalidArgument with a sentence that says what is wrong, never a value.
[[nodiscard]] base::Result<std::optional<Filter>> read_condition_set(const net::JsonValue& json);

struct ContactsAsked {
  std::int64_t business_unit = 0;
  std::optional<Filter> filter;
  std::int64_t page = 1;
  std::int64_t size = 50;
};
// In the order of their creation.
[[nodiscard]] base::Result<storage::Page<Contact>> search_contacts(storage::Connection& tables,
                                                                   const ContactsAsked& asked);

// One item of a set, of one contact.
struct SetItem {
  Contact contact;
  std::vector<Attribute> attributes;
};
struct SetAsked {
  std::int64_t business_unit = 0;
  std::string set;
  std::int64_t page = 1;
  std::int64_t size = 50;
};
[[nodiscard]] base::Result<storage::Page<SetItem>> read_set(storage::Connection& tables,
                                                            const SetAsked& asked);

}  // namespace rekey::engagement::contacts
