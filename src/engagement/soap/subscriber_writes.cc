// Subscribers are contacts: their e-mail address and profile attributes are the contact's. Lists
// says which lists they are put on, or taken off.
#include <charconv>
#include <optional>
#include <vector>

#include "base/text.h"
#include "engagement/contacts/contact.h"
#include "engagement/contacts/list.h"
#include "engagement/contacts/subscriber.h"
#include "engagement/soap/list_lookup.h"
#include "engagement/soap/write_call.h"
#include "engagement/text_rules.h"

namespace rekey::engagement::soap {

namespace {

using base::Code;
using base::Result;
using contacts::Attribute;
using contacts::Contact;

constexpr std::size_t kLongestKey = 254;
constexpr std::string_view kProfile = "Email Demographics";

// SubscriberKey, or else the address: accounts without subscriber keys tell subscribers by it.
std::string key_of(const XmlElement& object) {
  std::string key = object.child_text("SubscriberKey");
  return key.empty() ? object.child_text("EmailAddress") : key;
}

Result<std::optional<Contact>> find_meant(const WriteCall& call) {
  const std::int64_t unit = call.caller.business_unit;
  const std::string key = key_of(call.object);
  if (!key.empty()) return contacts::find_contact(call.tables, unit, key);
  const std::string text = call.object.child_text("ID");
  std::int64_t id = 0;
  std::from_chars(text.data(), text.data() + text.size(), id);
  return contacts::find_contact(call.tables, unit, id);
}

std::vector<Attribute> attributes_of(const XmlElement& object) {
  std::vector<Attribute> attributes;
  if (const XmlElement* address = object.child("EmailAddress")) {
    const std::string text(without_blanks(address->text));
    attributes.push_back({"Email Addresses", 0, "Email Address", text});
  }
  for (const XmlElement* one : object.all("Attributes")) {
    Attribute attribute{std::string(kProfile), 0, one->child_text("Name"), std::nullopt};
    const XmlElement* value = one->child("Value");
    if (value != nullptr && !value->is_nil) attribute.value = value->text;
    attributes.push_back(std::move(attribute));
  }
  return attributes;
}

base::Status check_all(std::vector<Attribute>& attributes) {
  for (Attribute& attribute : attributes) REKEY_CHECK(contacts::check_attribute(attribute));
  return {};
}

// Who is new needs an address.
bool has_good_address(const WriteCall& call, bool is_new) {
  const bool is_given = call.object.child("EmailAddress") != nullptr;
  return is_email_address(call.object.child_text("EmailAddress")) || (!is_given && !is_new);
}

Result<std::optional<contacts::SubscriberStatus>> read_status(const XmlElement& object) {
  const std::string text = object.child_text("Status");
  if (text.empty()) return std::optional<contacts::SubscriberStatus>();
  if (const auto status = contacts::parse_subscriber_status(text)) return status;
  return base::fail(Code::kInvalidArgument,
                    "Status is one of Active, Bounced, Held, Unsubscribed and Deleted");
}

base::Status save_standing(const WriteCall& call, const Contact& contact) {
  REKEY_TRY(auto subscriber, contacts::load_subscriber(call.tables, contact.id));
  REKEY_TRY(const auto status, read_status(call.object));
  if (status) contacts::set_status(subscriber, *status, call.now);
  const std::string type = call.object.child_text("EmailTypePreference");
  if (!type.empty()) subscriber.takes_html = type == "HTML";
  return contacts::save_subscriber(call.tables, contact.id, subscriber);
}

// Of All Subscribers, the status is the subscriber's own.
base::Status save_on_all_subscribers(const WriteCall& call, const Contact& contact,
                                     const XmlElement& entry) {
  REKEY_TRY(const auto status, read_status(entry));
  if (!status) return {};
  REKEY_TRY(auto subscriber, contacts::load_subscriber(call.tables, contact.id));
  contacts::set_status(subscriber, *status, call.now);
  return contacts::save_subscriber(call.tables, contact.id, subscriber);
}

// One of Lists: ID, ObjectID or CustomerKey is the list's. Action "delete" takes the subscriber off
// it; any other, and none, puts it there, or gives it another status.
base::Status save_on_list(const WriteCall& call, const Contact& contact, const XmlElement& entry) {
  const XmlElement* nested = entry.child("List");
  const XmlElement& named = nested != nullptr ? *nested : entry;
  if (is_all_subscribers(named)) return save_on_all_subscribers(call, contact, entry);
  REKEY_TRY(const auto list, find_own_list(call.tables, contact.business_unit, named));
  if (!list) return base::fail(Code::kNotFound, "Lists: " + no_such_list(named));
  if (base::equal_ignoring_case(entry.child_text("Action"), "delete")) {
    return contacts::delete_membership(call.tables, list->id, contact.id);
  }
  REKEY_TRY(const auto status, read_status(entry));
  REKEY_TRY(const auto before, contacts::find_membership(call.tables, list->id, contact.id));
  if (before && !status) return {};
  return contacts::save_membership(call.tables, list->id, contact.id,
                                   status.value_or(contacts::SubscriberStatus::kActive), call.now);
}

base::Status save_on_lists(const WriteCall& call, const Contact& contact) {
  for (const XmlElement* entry : call.object.all("Lists")) {
    REKEY_CHECK(save_on_list(call, contact, *entry));
  }
  return {};
}

WriteAnswer save(const WriteCall& call) {
  REKEY_TRY(auto contact, find_meant(call));
  const bool is_create = call.verb == WriteVerb::kCreate;
  if (contact && is_create && !call.upserts) {
    return refuse(kAlreadyOnList, Code::kAlreadyExists, "The subscriber is already on the list");
  }
  if (!contact && !is_create && !call.upserts) {
    return refuse(kSubscriberNotFound, Code::kNotFound,
                  "SubscriberNotFound: no subscriber has this key or ID");
  }
  if (!has_good_address(call, !contact)) {
    return refuse(kInvalidEmailAddress, Code::kInvalidArgument,
                  "InvalidEmailAddress: EmailAddress takes an e-mail address");
  }
  std::vector<Attribute> attributes = attributes_of(call.object);
  REKEY_CHECK(check_all(attributes));
  const bool is_new = !contact;
  if (is_new) {
    contact = Contact{0, call.caller.business_unit, key_of(call.object), call.now};
    REKEY_CHECK(check_name("SubscriberKey", contact->key, kLongestKey));
    REKEY_TRY(contact->id, contacts::insert_contact(call.tables, *contact));
  }
  REKEY_CHECK(contacts::save_attributes(call.tables, *contact, attributes, call.now));
  REKEY_CHECK(save_standing(call, *contact));
  REKEY_CHECK(save_on_lists(call, *contact));
  return Written{is_new ? "Created Subscriber." : "Updated Subscriber.", contact->id, {}};
}

WriteAnswer remove(const WriteCall& call) {
  REKEY_TRY(const auto contact, find_meant(call));
  if (!contact) {
    return refuse(kSubscriberNotFound, Code::kNotFound,
                  "SubscriberNotFound: no subscriber has this key or ID");
  }
  REKEY_CHECK(contacts::delete_contact(call.tables, *contact));
  return Written{"Subscriber deleted", contact->id, {}};
}

WriteAnswer write(const WriteCall& call) {
  return call.verb == WriteVerb::kDelete ? remove(call) : save(call);
}

base::Status echo(XmlWriter& xml, const WriteCall& call, const Written* written) {
  xml.nil("PartnerKey");
  if (written != nullptr) xml.element("ID", written->new_id);
  xml.nil("ObjectID");
  const std::string address = call.object.child_text("EmailAddress");
  if (!address.empty()) xml.element("EmailAddress", address);
  xml.element("SubscriberKey", key_of(call.object));
  return {};
}

}  // namespace

const WritableType& writable_subscriber() {
  static constexpr WritableType kType{"Subscriber", "list_and_subscribers_write", {}, "CUD", write,
                                      echo};
  return kType;
}

}  // namespace rekey::engagement::soap
