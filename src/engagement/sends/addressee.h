// Whom a message goes to: the contact behind its key, and the row that its data extension gets.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "engagement/contacts/contact.h"
#include "engagement/sends/message.h"
#include "engagement/sends/outcome.h"
#include "engagement/sends/send_definition.h"
#include "storage/sqlite.h"

namespace rekey::engagement::sends {

struct Addressee {
  contacts::Contact contact;
  std::vector<contacts::Attribute> attributes;
  std::string address;
  bool takes_html = true;
};

// The contact's own address; nullopt where there is no such contact, or it has none.
[[nodiscard]] base::Result<std::optional<std::string>> known_address(storage::Connection& tables,
                                                                     std::int64_t business_unit,
                                                                     std::string_view contact_key);

// Whether who has that key wants no mails of the business unit any more.
[[nodiscard]] base::Result<bool> is_unsubscribed(storage::Connection& tables,
                                                 std::int64_t business_unit,
                                                 std::string_view contact_key);
// Gives whether it was another before. The contact is made where it is gone: a wish outlives it.
[[nodiscard]] base::Result<bool> set_unsubscribed(storage::Connection& tables,
                                                  std::int64_t business_unit,
                                                  const std::string& contact_key,
                                                  bool is_unsubscribed, base::Instant now);

// Makes the contact where it is new and the definition says so; brings its address to the
// message's.
[[nodiscard]] base::Result<std::variant<Addressee, NotSent>> find_addressee(
    storage::Connection& tables, const Message& message, const SendDefinition& definition,
    base::Instant now);

// Writes the message's attributes, its contact's key and its address into the columns of those
// names (SubscriberKey, EmailAddress). nullopt where it is written, or the definition names none.
[[nodiscard]] base::Result<std::optional<NotSent>> write_sends_row(storage::Connection& tables,
                                                                   const Message& message,
                                                                   const SendDefinition& definition,
                                                                   const std::string& address);

}  // namespace rekey::engagement::sends
