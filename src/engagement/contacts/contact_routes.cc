#include "engagement/contacts/contact_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "engagement/contacts/contact.h"
#include "engagement/contacts/contact_search.h"
#include "engagement/json_parts.h"
#include "engagement/text_rules.h"

namespace rekey::engagement::contacts {

namespace {

using base::Code;
using base::fail;
using base::Result;
using net::JsonValue;

constexpr std::string_view kRead = "list_and_subscribers_read";
constexpr std::string_view kWrite = "list_and_subscribers_write";
constexpr std::string_view kReadAndWrite = "list_and_subscribers_read list_and_subscribers_write";
constexpr std::size_t kLongestKey = 254;
constexpr std::size_t kMostAttributes = 5000;

// The items of a member that must be a list; where it is absent, kInvalidArgument.
Result<const std::vector<JsonValue>*> list_member(const JsonValue& object, std::string_view name) {
  const JsonValue* list = find_member(object, name);
  if (list != nullptr && list->kind() == JsonValue::Kind::kArray) return &list->items();
  return fail(Code::kInvalidArgument, fmt::format("{}, a list, is missing", name));
}

base::Status read_values(const JsonValue& item, const std::string& set, std::int64_t position,
                         std::vector<Attribute>& attributes) {
  REKEY_TRY(const auto* values, list_member(item, "values"));
  for (const JsonValue& value : *values) {
    Attribute attribute{set, position, {}, {}};
    REKEY_TRY(auto name, text_member(value, "name"));
    attribute.name = name.value_or("");
    const JsonValue* content = find_member(value, "value");
    if (content != nullptr) {
      REKEY_TRY(attribute.value, scalar_text(*content));
    }
    REKEY_CHECK(check_attribute(attribute));
    if (attributes.size() == kMostAttributes) {
      return fail(Code::kInvalidArgument, "a contact takes at most 5000 attributes at once");
    }
    attributes.push_back(std::move(attribute));
  }
  return {};
}

// attributeSets[].items[].values[]; an empty list is accepted, as connectors send it.
Result<std::vector<Attribute>> read_attributes(const JsonValue& body) {
  REKEY_TRY(const auto* sets, list_member(body, "attributeSets"));
  std::vector<Attribute> attributes;
  for (const JsonValue& set : *sets) {
    REKEY_TRY(const auto name, text_member(set, "name"));
    REKEY_TRY(const auto* items, list_member(set, "items"));
    std::int64_t position = 0;
    for (const JsonValue& item : *items) {
      REKEY_CHECK(read_values(item, name.value_or(""), position++, attributes));
    }
  }
  return attributes;
}

struct Meant {
  Contact contact;
  bool is_new = false;
};

// The contact that contactKey or contactID names; one with a new key is made.
Result<Meant> meant_contact(Call& call) {
  REKEY_TRY(const auto key, text_member(call.body, "contactKey"));
  REKEY_TRY(const auto id, number_member(call.body, "contactID"));
  if (!key && !id) return fail(Code::kInvalidArgument, "contactKey or contactID is needed");
  const std::int64_t unit = call.caller.business_unit;
  auto found = key ? find_contact(call.tables, unit, *key) : find_contact(call.tables, unit, *id);
  if (!found) return tl::unexpected<base::Error>(found.error());
  if (*found && key && id && (*found)->id != *id) {
    return fail(Code::kConflict, "contactKey and contactID name two contacts");
  }
  if (*found) return Meant{**std::move(found), false};
  if (!key) return fail(Code::kNotFound, "this business unit has no contact with that contactID");
  REKEY_CHECK(check_name("contactKey", *key, kLongestKey));
  Meant made{{0, unit, *key, call.now}, true};
  REKEY_TRY(made.contact.id, insert_contact(call.tables, made.contact));
  return made;
}

Answer save(Call& call) {
  REKEY_TRY(const auto attributes, read_attributes(call.body));
  REKEY_TRY(const Meant meant, meant_contact(call));
  REKEY_CHECK(save_attributes(call.tables, meant.contact, attributes, call.now));
  net::JsonWriter body;
  // "rowsAffetcted" is spelled so in the original (contract section 4.1).
  body.begin_object()
      .member("operationStatus", "OK")
      .member("rowsAffetcted", 1)
      .member("contactKey", meant.contact.key)
      .member("contactId", meant.contact.id)
      .member("contactTypeID", 0)
      .member("isNewContactKey", meant.is_new);
  write_trailer(body, call);
  body.end_object();
  return reply_with(200, body);
}

// Of a list of texts or of objects with a member "contactKey".
Result<std::vector<std::string>> read_keys(const std::vector<JsonValue>& list) {
  std::vector<std::string> keys;
  for (const JsonValue& item : list) {
    std::optional<std::string> key;
    if (item.kind() == JsonValue::Kind::kObject) {
      REKEY_TRY(key, text_member(item, "contactKey"));
    } else {
      REKEY_TRY(key, scalar_text(item));
    }
    if (!key) return fail(Code::kInvalidArgument, "a contact key is missing in the list");
    REKEY_CHECK(check_name("contactKey", *key, kLongestKey));
    keys.push_back(*std::move(key));
  }
  return keys;
}

Result<std::optional<Contact>> contact_to_delete(Call& call, const std::string& text, bool by_id) {
  const std::int64_t unit = call.caller.business_unit;
  if (!by_id) return find_contact(call.tables, unit, text);
  std::int64_t id = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (problem != std::errc{} || end != text.data() + text.size()) {
    return fail(Code::kInvalidArgument, "a contact id is a whole number");
  }
  return find_contact(call.tables, unit, id);
}

Answer remove(Call& call) {
  const std::string type = call.query.find("type").value_or("keys");
  const bool by_id = base::equal_ignoring_case(type, "ids");
  if (!by_id && !base::equal_ignoring_case(type, "keys")) {
    return fail(Code::kInvalidArgument, "type takes keys or ids");
  }
  REKEY_TRY(const auto* values, list_member(call.body, "values"));
  REKEY_TRY(const auto texts, read_keys(*values));
  for (const std::string& text : texts) {
    REKEY_TRY(const auto contact, contact_to_delete(call, text, by_id));
    if (contact) REKEY_CHECK(delete_contact(call.tables, *contact));
  }
  net::JsonWriter body;
  body.begin_object()
      .member("operationInitiated", true)
      .member("operationID", base::to_millis(call.now));
  write_trailer(body, call);
  body.end_object();
  return reply_with(200, body);
}

Answer establish(Call& call) {
  REKEY_TRY(const auto* list, list_member(call.body, "contactKeys"));
  REKEY_TRY(const auto keys, read_keys(*list));
  REKEY_TRY(const auto type, number_member(call.body, "contactType"));
  net::JsonWriter body;
  body.begin_object().key("items").begin_array();
  for (const std::string& key : keys) {
    REKEY_TRY(auto contact, find_contact(call.tables, call.caller.business_unit, key));
    const bool is_new = !contact;
    if (is_new) {
      contact = Contact{0, call.caller.business_unit, key, call.now};
      REKEY_TRY(contact->id, insert_contact(call.tables, *contact));
    }
    body.begin_object().key("value").begin_object();
    body.member("requestedContactKey", key).member("isNewContact", is_new);
    body.key("contactReference")
        .begin_object()
        .member("contactID", contact->id)
        .member("contactType", type.value_or(0))
        .member("contactKey", contact->key)
        .member("contactStatus", "Active")
        .end_object();
    body.end_object().end_object();
  }
  body.end_array();
  write_trailer(body, call);
  body.end_object();
  return reply_with(200, body);
}

void write_address(net::JsonWriter& body, const std::string& address,
                   const std::vector<Contact>& contacts) {
  body.begin_object().member("channelAddress", address).key("contactKeyDetails").begin_array();
  for (const Contact& contact : contacts) {
    body.begin_object()
        .member("contactKey", contact.key)
        .member("contactId", contact.id)
        .member("createDate", stamp(contact.created_at))
        .end_object();
  }
  body.end_array().end_object();
}

Answer search_by_email(Call& call) {
  REKEY_TRY(const auto* addresses, list_member(call.body, "channelAddressList"));
  REKEY_TRY(const auto most, number_member(call.body, "maximumCount"));
  net::JsonWriter body;
  body.begin_object().key("channelAddressResponseEntities").begin_array();
  for (const JsonValue& item : *addresses) {
    REKEY_TRY(const auto address, scalar_text(item));
    ContactsAsked asked;
    asked.business_unit = call.caller.business_unit;
    asked.filter = Filter{};
    asked.filter->property = "Email Addresses.Email Address";
    asked.filter->values = {address.value_or("")};
    asked.size = std::clamp<std::int64_t>(most.value_or(50), 1, 1000);
    REKEY_TRY(const auto contacts, search_contacts(call.tables, asked));
    write_address(body, address.value_or(""), contacts.rows);
  }
  body.end_array();
  write_trailer(body, call);
  body.end_object();
  return reply_with(200, body);
}

Answer show_schema(Call& call) {
  net::JsonWriter body;
  body.begin_object().key("attributeSetDefinitions").begin_array();
  std::string_view open_set;
  for (const KnownAttribute& known : known_attributes()) {
    if (known.set != open_set) {
      if (!open_set.empty()) body.end_array().end_object();
      body.begin_object().member("name", known.set).key("attributes").begin_array();
      open_set = known.set;
    }
    body.begin_object().member("name", known.name).member("dataType", known.type).end_object();
  }
  body.end_array().end_object();
  body.end_array();
  write_trailer(body, call);
  body.end_object();
  return reply_with(200, body);
}

constexpr std::string_view kContacts = "/contacts/v1/contacts";

constexpr std::array<Route, 6> kRoutes{{
    {net::Method::kPost, kContacts, kWrite, Access::kWrites, save},
    {net::Method::kPatch, kContacts, kReadAndWrite, Access::kWrites, save},
    {net::Method::kPost, "/contacts/v1/contacts/actions/delete", kWrite, Access::kWrites, remove},
    {net::Method::kPost, "/contacts/v1/establish", kWrite, Access::kWrites, establish},
    {net::Method::kPost, "/contacts/v1/addresses/email/search", kRead, Access::kReads,
     search_by_email},
    {net::Method::kGet, "/contacts/v1/attributesetdefinitions", kRead, Access::kReads, show_schema},
}};

}  // namespace

void write_trailer(net::JsonWriter& body, const Call& call) {
  body.member("requestServiceMessageID", call.tools.ids.guid())
      .member("responseDateTime", stamp(call.now))
      .member("hasErrors", false);
  body.key("resultMessages").begin_array().end_array();
  body.member("serviceMessageID", call.tools.ids.guid());
}

std::span<const Route> routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::contacts
