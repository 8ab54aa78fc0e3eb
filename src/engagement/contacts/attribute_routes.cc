// Attribute sets, and contacts found by their attributes (contract sections 2.6 and 4.1).
#include <array>

#include "base/text.h"
#include "engagement/contacts/contact_routes.h"
#include "engagement/contacts/contact_search.h"
#include "engagement/json_parts.h"

namespace rekey::engagement::contacts {

namespace {

using base::Code;
using base::fail;
using base::Result;
using net::JsonValue;

constexpr std::string_view kRead = "list_and_subscribers_read";
constexpr std::int64_t kUsualPage = 50;
constexpr std::int64_t kLargestPage = 500;
constexpr std::size_t kMostAsked = 200;

void write_attribute(net::JsonWriter& body, const AttributeName& attribute,
                     const std::optional<std::string>& value) {
  body.begin_object()
      .member("key", attribute.set + "." + attribute.name)
      .member("name", attribute.name)
      .key("value");
  if (value) {
    body.value(*value);
  } else {
    body.null();
  }
  body.end_object();
}

// request.attributes[].key; empty where none are named.
Result<std::vector<AttributeName>> attributes_asked(const JsonValue& body) {
  std::vector<AttributeName> asked;
  const JsonValue* request = find_member(body, "request");
  const JsonValue* list = request == nullptr ? nullptr : find_member(*request, "attributes");
  if (list == nullptr || list->kind() != JsonValue::Kind::kArray) return asked;
  for (const JsonValue& one : list->items()) {
    REKEY_TRY(const auto key, text_member(one, "key"));
    REKEY_TRY(auto name, parse_attribute_name(key.value_or("")));
    asked.push_back(std::move(name));
    if (asked.size() > kMostAsked) {
      return fail(Code::kInvalidArgument, "request.attributes takes at most 200 attributes");
    }
  }
  return asked;
}

std::optional<std::string> value_of(const Contact& contact,
                                    const std::vector<Attribute>& attributes,
                                    const AttributeName& asked) {
  if (base::equal_ignoring_case(asked.set, kContactSet)) {
    if (base::equal_ignoring_case(asked.name, kContactKey)) return contact.key;
    if (base::equal_ignoring_case(asked.name, kContactId)) return std::to_string(contact.id);
    return std::nullopt;
  }
  for (const Attribute& one : attributes) {
    if (base::equal_ignoring_case(one.set, asked.set) &&
        base::equal_ignoring_case(one.name, asked.name)) {
      return one.value;
    }
  }
  return std::nullopt;
}

void write_contact_values(net::JsonWriter& body, const Contact& contact) {
  write_attribute(body, {std::string(kContactSet), std::string(kContactKey)}, contact.key);
  write_attribute(body, {std::string(kContactSet), std::string(kContactId)},
                  std::to_string(contact.id));
}

base::Status write_found(net::JsonWriter& body, const Call& call, const Contact& contact,
                         const std::vector<AttributeName>& asked) {
  REKEY_TRY(const auto attributes, load_attributes(call.tables, contact.id));
  body.begin_object().key("values").begin_array();
  for (const AttributeName& one : asked) {
    write_attribute(body, one, value_of(contact, attributes, one));
  }
  if (asked.empty()) {
    write_contact_values(body, contact);
    for (const Attribute& one : attributes) write_attribute(body, {one.set, one.name}, one.value);
  }
  body.end_array().end_object();
  return {};
}

void begin_page(net::JsonWriter& body, const PageAsked& page, std::int64_t count) {
  body.begin_object()
      .member("count", count)
      .member("page", page.page)
      .member("pageSize", page.size);
}

Answer search(Call& call) {
  REKEY_TRY(const PageAsked page, page_asked(call.query, kUsualPage, kLargestPage));
  REKEY_TRY(const auto attributes, attributes_asked(call.body));
  ContactsAsked asked;
  asked.business_unit = call.caller.business_unit;
  asked.page = page.page;
  asked.size = page.size;
  if (const JsonValue* set = find_member(call.body, "conditionSet")) {
    REKEY_TRY(asked.filter, read_condition_set(*set));
  }
  REKEY_TRY(const auto found, search_contacts(call.tables, asked));
  net::JsonWriter body;
  begin_page(body, page, found.count);
  body.key("items").begin_array();
  for (const Contact& contact : found.rows) {
    REKEY_CHECK(write_found(body, call, contact, attributes));
  }
  body.end_array();
  write_trailer(body, call);
  body.end_object();
  return reply_with(200, body);
}

// The set that a path names; kNotFound where it is none.
Result<std::string> set_meant(const Call& call) {
  constexpr std::string_view kName = "name:";
  const std::string& part = call.parts[0];
  if (!base::equal_ignoring_case(part.substr(0, kName.size()), kName)) {
    return fail(Code::kNotFound, "an attribute set is named by name: and its name");
  }
  return part.substr(kName.size());
}

bool is_known_set(std::string_view set) {
  const auto& known = known_attributes();
  return std::any_of(known.begin(), known.end(), [&](const KnownAttribute& one) {
    return base::equal_ignoring_case(one.set, set);
  });
}

void write_links(net::JsonWriter& body, const std::string& set, const PageAsked& page,
                 std::int64_t count) {
  const auto link = [&](std::string_view name, std::int64_t number) {
    body.key(name)
        .begin_object()
        .member("href", "/attributeSets/name:" + base::percent_encode(set) + "?$page=" +
                            std::to_string(number) + "&$pageSize=" + std::to_string(page.size))
        .end_object();
  };
  body.key("_links").begin_object();
  link("self", page.page);
  if (page.page * page.size < count) link("next", page.page + 1);
  if (page.page > 1) link("prev", page.page - 1);
  body.end_object();
}

void begin_set(net::JsonWriter& body, const std::string& set, const PageAsked& page,
               std::int64_t count) {
  begin_page(body, page, count);
  body.member("key", set).member("name", set);
  write_links(body, set, page, count);
  body.key("items").begin_array();
}

Answer finish_set(net::JsonWriter& body, const Call& call) {
  body.end_array();
  write_trailer(body, call);
  body.end_object();
  return reply_with(200, body);
}

Answer show_contacts(Call& call, const PageAsked& page) {
  ContactsAsked asked;
  asked.business_unit = call.caller.business_unit;
  asked.page = page.page;
  asked.size = page.size;
  REKEY_TRY(const auto found, search_contacts(call.tables, asked));
  net::JsonWriter body;
  begin_set(body, std::string(kContactSet), page, found.count);
  for (const Contact& contact : found.rows) {
    body.begin_object().key("values").begin_array();
    write_contact_values(body, contact);
    body.end_array().end_object();
  }
  return finish_set(body, call);
}

Answer show_set(Call& call) {
  REKEY_TRY(const std::string set, set_meant(call));
  REKEY_TRY(const PageAsked page, page_asked(call.query, kUsualPage, kLargestPage));
  if (base::equal_ignoring_case(set, kContactSet)) return show_contacts(call, page);
  REKEY_TRY(const auto found,
            read_set(call.tables, {call.caller.business_unit, set, page.page, page.size}));
  if (found.count == 0 && !is_known_set(set)) {
    return tl::unexpected<Refusal>(
        Refusal({Code::kNotFound, "this business unit has no such attribute set"}));
  }
  net::JsonWriter body;
  begin_set(body, set, page, found.count);
  for (const SetItem& item : found.rows) {
    body.begin_object().member("contactKey", item.contact.key).key("values").begin_array();
    for (const Attribute& one : item.attributes) {
      write_attribute(body, {one.set, one.name}, one.value);
    }
    body.end_array().end_object();
  }
  return finish_set(body, call);
}

constexpr std::array<Route, 2> kRoutes{{
    {net::Method::kPost, "/contacts/v1/attributes/search", kRead, Access::kReads, search},
    {net::Method::kGet, "/contacts/v1/attributesets/{}", kRead, Access::kReads, show_set},
}};

}  // namespace

std::span<const Route> attribute_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::contacts
