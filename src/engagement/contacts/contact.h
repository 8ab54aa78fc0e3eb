// Contacts and their attributes, and their tables.
//
// A contact has a key within its business unit, compared without regard to letter case, and
// attributes in sets. A set may hold several items (two e-mail addresses). Sets and attributes need
// no definition; those that Marketing Cloud gives every account have types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "storage/sqlite.h"

namespace rekey::engagement::contacts {

struct Attribute {
  std::string set;
  std::int64_t item = 0;
  std::string name;
  std::optional<std::string> value;  // nullopt: takes it away
};

struct Contact {
  std::int64_t id = 0;
  std::int64_t business_unit = 0;
  std::string key;
  base::Instant created_at{};
};

struct KnownAttribute {
  std::string_view set;
  std::string_view name;
  std::string_view type;  // as the API spells it
};
[[nodiscard]] const std::vector<KnownAttribute>& known_attributes();
// kInvalidArgument, without the value, for a name that is none and for a value that its known
// attribute does not take; brings truths into one form.
[[nodiscard]] base::Status check_attribute(Attribute& attribute);

[[nodiscard]] base::Result<std::optional<Contact>> find_contact(storage::Connection& tables,
                                                                std::int64_t business_unit,
                                                                std::string_view key);
[[nodiscard]] base::Result<std::optional<Contact>> find_contact(storage::Connection& tables,
                                                                std::int64_t business_unit,
                                                                std::int64_t id);
// Gives its id.
[[nodiscard]] base::Result<std::int64_t> insert_contact(storage::Connection& tables,
                                                        const Contact& contact);
[[nodiscard]] base::Status save_attributes(storage::Connection& tables, const Contact& contact,
                                           const std::vector<Attribute>& attributes,
                                           base::Instant now);
[[nodiscard]] base::Result<std::vector<Attribute>> load_attributes(storage::Connection& tables,
                                                                   std::int64_t contact_id);
[[nodiscard]] base::Status delete_contact(storage::Connection& tables, const Contact& contact);

}  // namespace rekey::engagement::contacts
