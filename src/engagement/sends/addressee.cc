#include "engagement/sends/addressee.h"

#include <array>
#include <utility>

#include "base/text.h"
#include "engagement/contacts/list.h"
#include "engagement/contacts/subscriber.h"
#include "engagement/data_extensions/definition.h"
#include "engagement/data_extensions/rows.h"
#include "net/mail.h"

namespace rekey::engagement::sends {

namespace {

using base::Code;
using base::Result;
using contacts::Attribute;
using contacts::Contact;
using contacts::SubscriberStatus;
using storage::Connection;

constexpr std::string_view kAddressSet = "Email Addresses";
constexpr std::string_view kAddressName = "Email Address";

// Of the set that has the addresses; empty where there is none.
std::string value_of(const std::vector<Attribute>& attributes, std::string_view name) {
  for (const Attribute& attribute : attributes) {
    if (base::equal_ignoring_case(attribute.set, kAddressSet) &&
        base::equal_ignoring_case(attribute.name, name)) {
      return attribute.value.value_or("");
    }
  }
  return {};
}

base::Status save_address(Connection& tables, const Contact& contact, const std::string& address,
                          base::Instant now) {
  const std::vector<Attribute> attributes = {
      {std::string(kAddressSet), 0, std::string(kAddressName), address}};
  return contacts::save_attributes(tables, contact, attributes, now);
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  for (const std::string_view one : names) {
    if (base::equal_ignoring_case(one, name)) return true;
  }
  return false;
}

std::optional<NotSent> fault_of(SubscriberStatus status) {
  switch (status) {
    case SubscriberStatus::kUnsubscribed:
      return NotSent{kUnsubscribed, "the subscriber has unsubscribed"};
    case SubscriberStatus::kHeld:
      return NotSent{kHeld, "the subscriber is held"};
    case SubscriberStatus::kDeleted:
      return NotSent{kNoAllSubscribersListEntry, "the subscriber was deleted"};
    default:
      return std::nullopt;
  }
}

// The definition's list, where it is one that was made: who has unsubscribed from it gets nothing,
// and who is not on it is put there where the definition says so.
Result<std::optional<NotSent>> join_list(Connection& tables, const Contact& contact,
                                         const SendDefinition& definition, base::Instant now) {
  using Fault = std::optional<NotSent>;
  REKEY_TRY(const auto list,
            contacts::find_list_by_key(tables, contact.business_unit, definition.list));
  if (!list) return Fault();
  REKEY_TRY(const auto status, contacts::find_membership(tables, list->id, contact.id));
  if (status) return fault_of(*status);
  if (!definition.adds_subscribers) {
    return Fault(NotSent{kNoAllSubscribersListEntry,
                         "the contact is not on the definition's list, and it adds nobody"});
  }
  REKEY_CHECK(
      contacts::save_membership(tables, list->id, contact.id, SubscriberStatus::kActive, now));
  return Fault();
}

std::optional<std::string> column_text(const Message& message, const std::string& address,
                                       std::string_view column) {
  for (const auto& [name, value] : message.attributes) {
    if (base::equal_ignoring_case(name, column)) return value;
  }
  if (is_one_of(column, {"SubscriberKey", "_SubscriberKey", "ContactKey"})) {
    return message.contact_key;
  }
  if (is_one_of(column, {"EmailAddress", "Email Address"})) return address;
  return std::nullopt;
}

}  // namespace

Result<std::optional<std::string>> known_address(Connection& tables, std::int64_t business_unit,
                                                 std::string_view contact_key) {
  REKEY_TRY(const auto contact, contacts::find_contact(tables, business_unit, contact_key));
  if (!contact) return std::optional<std::string>{};
  REKEY_TRY(const auto attributes, contacts::load_attributes(tables, contact->id));
  std::string address = value_of(attributes, kAddressName);
  if (address.empty()) return std::optional<std::string>{};
  return std::optional<std::string>(std::move(address));
}

Result<bool> is_unsubscribed(Connection& tables, std::int64_t business_unit,
                             std::string_view contact_key) {
  REKEY_TRY(const auto contact, contacts::find_contact(tables, business_unit, contact_key));
  if (!contact) return false;
  REKEY_TRY(const auto standing, contacts::load_subscriber(tables, contact->id));
  return standing.status == SubscriberStatus::kUnsubscribed;
}

Result<bool> set_unsubscribed(Connection& tables, std::int64_t business_unit,
                              const std::string& contact_key, bool is_unsubscribed,
                              base::Instant now) {
  REKEY_TRY(auto contact, contacts::find_contact(tables, business_unit, contact_key));
  if (!contact) {
    contact = Contact{0, business_unit, contact_key, now};
    REKEY_TRY(contact->id, contacts::insert_contact(tables, *contact));
  }
  REKEY_TRY(auto standing, contacts::load_subscriber(tables, contact->id));
  const bool was_unsubscribed = standing.status == SubscriberStatus::kUnsubscribed;
  if (was_unsubscribed == is_unsubscribed) return false;
  contacts::set_status(
      standing, is_unsubscribed ? SubscriberStatus::kUnsubscribed : SubscriberStatus::kActive, now);
  REKEY_CHECK(contacts::save_subscriber(tables, contact->id, standing));
  return true;
}

Result<std::variant<Addressee, NotSent>> find_addressee(Connection& tables, const Message& message,
                                                        const SendDefinition& definition,
                                                        base::Instant now) {
  using Found = std::variant<Addressee, NotSent>;
  const std::int64_t unit = message.business_unit;
  Addressee addressee;
  REKEY_TRY(auto contact, contacts::find_contact(tables, unit, message.contact_key));
  const bool is_new = !contact;
  if (is_new && !definition.adds_subscribers) {
    return Found(NotSent{kNoAllSubscribersListEntry,
                         "there is no such contact, and the definition adds none"});
  }
  if (is_new) {
    contact = Contact{0, unit, message.contact_key, now};
    REKEY_TRY(contact->id, contacts::insert_contact(tables, *contact));
  }
  addressee.contact = *contact;
  REKEY_TRY(const auto standing, contacts::load_subscriber(tables, contact->id));
  if (auto fault = fault_of(standing.status)) return Found(*std::move(fault));
  REKEY_TRY(auto off_list, join_list(tables, *contact, definition, now));
  if (off_list) return Found(*std::move(off_list));
  REKEY_TRY(addressee.attributes, contacts::load_attributes(tables, contact->id));
  addressee.takes_html =
      standing.takes_html && value_of(addressee.attributes, "HTML Enabled") != "False";
  const std::string own = value_of(addressee.attributes, kAddressName);
  addressee.address = message.address.empty() ? own : message.address;
  if (addressee.address.empty()) {
    return Found(NotSent{kMissingEmailAddress, "neither the message nor its contact has one"});
  }
  if (!net::check_mail_address(addressee.address)) {
    return Found(NotSent{kInvalidEmailAddress, "the address is not one that mails can go to"});
  }
  if ((is_new || definition.updates_subscribers) && addressee.address != own) {
    REKEY_CHECK(save_address(tables, *contact, addressee.address, now));
  }
  return Found(std::move(addressee));
}

Result<std::optional<NotSent>> write_sends_row(Connection& tables, const Message& message,
                                               const SendDefinition& definition,
                                               const std::string& address) {
  using Written = std::optional<NotSent>;
  if (definition.data_extension.empty()) return Written{};
  auto target = data_extensions::load_definition(tables, message.business_unit,
                                                 "key:" + definition.data_extension);
  if (!target && target.error().code == Code::kNotFound) {
    return Written(NotSent{kDataExtensionInsertFailed, "the definition's data extension is gone"});
  }
  if (!target) return tl::unexpected<base::Error>(target.error());
  data_extensions::Columns columns;
  for (const auto& field : target->fields) {
    if (auto text = column_text(message, address, field.name)) {
      columns.push_back({field.name, std::move(text)});
    }
  }
  const auto mode = target->primary_key().empty() ? data_extensions::Mode::kInsert
                                                  : data_extensions::Mode::kUpsert;
  data_extensions::RowWriter writer(tables, *target);
  REKEY_TRY(const auto faults, writer.put(columns, mode));
  if (!faults.empty()) return Written(NotSent{kInvalidFieldValue, faults.front()});
  REKEY_CHECK(writer.finish());
  return Written{};
}

}  // namespace rekey::engagement::sends
