// Contacts in journeys: in by an event, where they are, and out again.
#include <fmt/format.h>

#include <array>

#include "engagement/contacts/subscriber.h"
#include "engagement/journeys/enter.h"
#include "engagement/journeys/journey_routes.h"
#include "engagement/journeys/member.h"
#include "engagement/json_parts.h"
#include "engagement/sends/accept.h"
#include "engagement/text_rules.h"

namespace rekey::engagement::journeys {

namespace {

using base::Code;
using base::fail;
using base::Result;
using net::JsonValue;

// Not journeys_execute (contract section 2.6).
constexpr std::string_view kEventScopes = "list_and_subscribers_read journeys_read";
constexpr std::size_t kLongestContactKey = 254;
constexpr std::size_t kMostContacts = 50;

// Deleted or held: nobody who may be led through a journey.
Result<bool> is_inactive(Call& call, const std::string& contact_key) {
  REKEY_TRY(const auto contact,
            contacts::find_contact(call.tables, call.caller.business_unit, contact_key));
  if (!contact) return false;
  REKEY_TRY(const auto standing, contacts::load_subscriber(call.tables, contact->id));
  return standing.status == contacts::SubscriberStatus::kDeleted ||
         standing.status == contacts::SubscriberStatus::kHeld;
}

Answer fire(Call& call) {
  if (call.body.kind() != JsonValue::Kind::kObject) {
    return fail(Code::kInvalidArgument, "the body has to be an object");
  }
  REKEY_TRY(const auto contact_key, text_member(call.body, "ContactKey"));
  REKEY_TRY(const auto event_key, text_member(call.body, "EventDefinitionKey"));
  if (!contact_key) return fail(Code::kInvalidArgument, "ContactKey is missing");
  if (!event_key) return fail(Code::kInvalidArgument, "EventDefinitionKey is missing");
  REKEY_CHECK(check_name("ContactKey", *contact_key, kLongestContactKey));
  REKEY_TRY(const auto definition,
            find_event_definition(call.tables, call.caller.business_unit, *event_key));
  if (!definition) {
    return fail(Code::kInvalidArgument, "EventDefinitionKey names no event definition");
  }
  REKEY_TRY(const bool is_nobody, is_inactive(call, *contact_key));
  if (is_nobody) return fail(Code::kInvalidArgument, "the contact is inactive");
  auto data = sends::read_attributes(find_member(call.body, "Data"));
  if (!data) return tl::unexpected<Refusal>(base::with_context("Data", data.error()));
  const Event event{call.tools.ids.guid(), *contact_key, *std::move(data), call.now};
  REKEY_TRY(auto faults, enter(call.tables, call.tools.ids, *definition, event));
  if (!faults.empty()) {
    return refuse_with_faults("The data of the event does not fit its data extension",
                              std::move(faults));
  }
  net::JsonWriter body;
  body.begin_object().member("eventInstanceId", event.guid).end_object();
  return reply_with(201, body);
}

Answer show_memberships(Call& call) {
  const JsonValue* keys = find_member(call.body, "ContactKeyList");
  const bool is_list = keys != nullptr && keys->kind() == JsonValue::Kind::kArray;
  if (!is_list || keys->items().empty() || keys->items().size() > kMostContacts) {
    return fail(Code::kInvalidArgument, "ContactKeyList takes a list of 1 to 50 contact keys");
  }
  std::vector<std::string> not_found;
  net::JsonWriter body;
  body.begin_object().key("results").begin_object().key("contactMemberships").begin_array();
  for (const JsonValue& item : keys->items()) {
    REKEY_TRY(const auto key, scalar_text(item));
    REKEY_TRY(const auto memberships,
              active_memberships(call.tables, call.caller.business_unit, key.value_or("")));
    if (memberships.empty()) not_found.push_back(key.value_or(""));
    for (const ActiveMembership& membership : memberships) {
      body.begin_object()
          .member("contactKey", key.value_or(""))
          .member("definitionKey", membership.journey_key)
          .member("version", membership.number)
          .member("definitionInstanceId", membership.member_guid)
          .end_object();
    }
  }
  body.end_array().key("contactsNotFound").begin_array();
  for (const std::string& key : not_found) body.value(key);
  body.end_array().end_object().end_object();
  return reply_with(200, body);
}

// One contact, one journey, and versions of it; all of them where none is named.
struct ExitAsked {
  std::string contact_key;
  std::string journey_key;
  std::vector<JourneyVersion> versions;  // empty: there is no such journey or version
};

Result<ExitAsked> read_exit(Call& call, const JsonValue& item) {
  ExitAsked asked;
  REKEY_TRY(const auto contact_key, text_member(item, "ContactKey"));
  REKEY_TRY(const auto journey_key, text_member(item, "DefinitionKey"));
  if (!contact_key || !journey_key) {
    return fail(Code::kInvalidArgument, "ContactKey and DefinitionKey are needed");
  }
  asked.contact_key = *contact_key;
  asked.journey_key = *journey_key;
  REKEY_TRY(const auto newest,
            find_newest_version(call.tables, call.caller.business_unit, *journey_key));
  if (!newest) return asked;
  REKEY_TRY(asked.versions, versions_of(call.tables, newest->journey_id));
  const JsonValue* given = find_member(item, "Versions");
  const bool is_list = given != nullptr && given->kind() == JsonValue::Kind::kArray;
  if (given != nullptr && !given->is_null() && !is_list) {
    return fail(Code::kInvalidArgument, "Versions takes a list of numbers");
  }
  if (!is_list || given->items().empty()) return asked;
  for (const JsonValue& number : given->items()) {
    if (!number.as_integer()) {
      return fail(Code::kInvalidArgument, "Versions takes a list of numbers");
    }
  }
  std::erase_if(asked.versions, [&](const JourneyVersion& version) {
    for (const JsonValue& number : given->items()) {
      if (number.as_integer().value_or(0) == version.number) return false;
    }
    return true;
  });
  return asked;
}

// A list of up to 50, or one object.
Result<std::vector<ExitAsked>> read_exits(Call& call) {
  std::vector<ExitAsked> all;
  if (call.body.kind() == JsonValue::Kind::kObject) {
    REKEY_TRY(ExitAsked one, read_exit(call, call.body));
    all.push_back(std::move(one));
    return all;
  }
  if (call.body.kind() != JsonValue::Kind::kArray || call.body.items().empty() ||
      call.body.items().size() > kMostContacts) {
    return fail(Code::kInvalidArgument, "the body takes a list of 1 to 50 contacts");
  }
  for (const JsonValue& item : call.body.items()) {
    REKEY_TRY(ExitAsked one, read_exit(call, item));
    all.push_back(std::move(one));
  }
  return all;
}

void begin_status(net::JsonWriter& body, const ExitAsked& asked) {
  body.begin_object()
      .member("contactKey", asked.contact_key)
      .member("definitionKey", asked.journey_key);
  body.key("status").begin_array();
}

Answer ask_out(Call& call) {
  REKEY_TRY(const auto exits, read_exits(call));
  net::JsonWriter body;
  body.begin_object().key("errors").begin_array();
  for (const ExitAsked& asked : exits) {
    std::int64_t found = 0;
    for (const JourneyVersion& version : asked.versions) {
      REKEY_TRY(const std::int64_t leaving,
                ask_for_exit(call.tables, version.id, asked.contact_key, call.now));
      found += leaving;
    }
    if (found > 0) continue;
    begin_status(body, asked);
    body.begin_object()
        .member("version", asked.versions.empty() ? 1 : asked.versions.back().number)
        .member("message", asked.versions.empty()
                               ? "Exit request Ignored - Invalid Interaction Name."
                               : "Exit request Ignored - Contact is not in the Interaction.")
        .end_object();
    body.end_array().end_object();
  }
  body.end_array().end_object();
  return reply_with(202, body);
}

Answer show_exits(Call& call) {
  REKEY_TRY(const auto exits, read_exits(call));
  net::JsonWriter body;
  body.begin_array();
  for (const ExitAsked& asked : exits) {
    begin_status(body, asked);
    for (const JourneyVersion& version : asked.versions) {
      REKEY_TRY(const auto member, newest_member(call.tables, version.id, asked.contact_key));
      if (!member || !member->exit_asked_at) continue;
      const bool is_over = member->state != MemberState::kActive;
      body.begin_object()
          .member("version", version.number)
          .member("message",
                  is_over ? "Exit process Completed." : "Exit request received for processing")
          .member("definitionInstanceId", member->guid)
          .end_object();
    }
    body.end_array().end_object();
  }
  body.end_array();
  return reply_with(200, body);
}

constexpr std::array<Route, 4> kRoutes{{
    {net::Method::kPost, "/interaction/v1/events", kEventScopes, Access::kWrites, fire},
    {net::Method::kPost, "/interaction/v1/interactions/contactmembership", kJourneysScope,
     Access::kReads, show_memberships},
    {net::Method::kPost, "/interaction/v1/interactions/contactexit", kJourneysScope,
     Access::kWrites, ask_out},
    {net::Method::kPost, "/interaction/v1/interactions/contactexit/status", kJourneysScope,
     Access::kReads, show_exits},
}};

}  // namespace

std::span<const Route> member_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::journeys
