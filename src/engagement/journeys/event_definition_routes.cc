// Event definitions.
#include <fmt/format.h>

#include <array>

#include "engagement/data_extensions/definition.h"
#include "engagement/journeys/documents.h"
#include "engagement/journeys/event_definition.h"
#include "engagement/journeys/journey_routes.h"
#include "engagement/json_parts.h"
#include "engagement/text_rules.h"

namespace rekey::engagement::journeys {

namespace {

using base::Code;
using base::fail;
using base::Result;
using net::JsonValue;

constexpr std::size_t kLongestKey = 200;
constexpr std::size_t kLongestName = 200;
// What the server says itself, whatever a client gives.
const std::initializer_list<std::string_view> kOurs{
    "id",          "eventDefinitionKey", "name",
    "createdDate", "modifiedDate",       "dataExtensionId",
    "links",       "interactionCount",   "publishedInteractionCount"};

base::Status write_definition(net::JsonWriter& body, storage::Connection& tables,
                              const EventDefinition& definition) {
  REKEY_TRY(const JsonValue document, net::parse_json(definition.document));
  REKEY_TRY(const EventUse use, use_of(tables, definition));
  body.begin_object()
      .member("id", definition.guid)
      .member("name", definition.name)
      .member("eventDefinitionKey", definition.key)
      .member("createdDate", stamp(definition.created_at))
      .member("modifiedDate", stamp(definition.changed_at));
  if (!definition.data_extension.empty()) {
    body.member("dataExtensionId", definition.data_extension);
  }
  if (find_member(document, "type") == nullptr) body.member("type", "APIEvent");
  if (find_member(document, "mode") == nullptr) body.member("mode", "Production");
  write_members(body, document, {});
  body.member("interactionCount", use.journeys)
      .member("publishedInteractionCount", use.published)
      .end_object();
  return {};
}

Answer reply_with_definition(Call& call, const EventDefinition& definition) {
  net::JsonWriter body;
  REKEY_CHECK(write_definition(body, call.tables, definition));
  return reply_with(200, body);
}

// What is given, over what there is.
base::Status read_definition(Call& call, EventDefinition& definition) {
  if (call.body.kind() != JsonValue::Kind::kObject) {
    return fail(Code::kInvalidArgument, "the body has to be an object");
  }
  REKEY_TRY(auto name, text_member(call.body, "name"));
  if (name) definition.name = *std::move(name);
  REKEY_CHECK(check_name("name", definition.name, kLongestName));
  REKEY_TRY(const auto data_extension, text_member(call.body, "dataExtensionId"));
  if (data_extension && !data_extension->empty()) {
    auto target =
        data_extensions::load_definition(call.tables, definition.business_unit, *data_extension);
    if (!target && target.error().code == Code::kNotFound) {
      return fail(Code::kInvalidArgument, "dataExtensionId names no data extension");
    }
    if (!target) return tl::unexpected<base::Error>(target.error());
    definition.data_extension = target->guid;
  }
  REKEY_TRY(const JsonValue before,
            net::parse_json(definition.document.empty() ? "{}" : definition.document));
  definition.document = document_of(call.body, before, kOurs, call.tools.ids);
  REKEY_CHECK(check_document(definition.document));
  definition.changed_at = call.now;
  return {};
}

Answer create(Call& call) {
  EventDefinition definition;
  definition.business_unit = call.caller.business_unit;
  definition.guid = call.tools.ids.guid();
  definition.created_at = call.now;
  REKEY_TRY(const auto key, text_member(call.body, "eventDefinitionKey"));
  definition.key = key.value_or("APIEvent-" + definition.guid);
  REKEY_CHECK(check_name("eventDefinitionKey", definition.key, kLongestKey));
  REKEY_CHECK(read_definition(call, definition));
  REKEY_TRY(definition.id, insert_event_definition(call.tables, definition));
  return reply_with_definition(call, definition);
}

Answer update(Call& call) {
  REKEY_TRY(auto definition,
            load_event_definition(call.tables, call.caller.business_unit, call.parts[0]));
  REKEY_CHECK(read_definition(call, definition));
  REKEY_CHECK(save_event_definition(call.tables, definition));
  return reply_with_definition(call, definition);
}

Answer show(Call& call) {
  REKEY_TRY(const auto definition,
            load_event_definition(call.tables, call.caller.business_unit, call.parts[0]));
  return reply_with_definition(call, definition);
}

Answer list(Call& call) {
  constexpr std::int64_t kLargestPage = 500;
  REKEY_TRY(const PageAsked asked, page_asked(call.query, 50, kLargestPage));
  REKEY_TRY(const auto page,
            list_event_definitions(call.tables, call.caller.business_unit,
                                   call.query.find("name").value_or(""), asked.page, asked.size));
  net::JsonWriter body;
  body.begin_object()
      .member("count", page.count)
      .member("page", asked.page)
      .member("pageSize", asked.size);
  body.key("links").begin_object().end_object().key("items").begin_array();
  for (const EventDefinition& definition : page.rows) {
    REKEY_CHECK(write_definition(body, call.tables, definition));
  }
  body.end_array().end_object();
  return reply_with(200, body);
}

Answer remove(Call& call) {
  REKEY_TRY(const auto definition,
            load_event_definition(call.tables, call.caller.business_unit, call.parts[0]));
  REKEY_TRY(const EventUse use, use_of(call.tables, definition));
  if (use.published > 0) {
    return fail(Code::kConflict, "a published journey begins with this event; stop it first");
  }
  REKEY_CHECK(delete_event_definition(call.tables, definition));
  net::JsonWriter body;
  body.begin_object().end_object();
  return reply_with(200, body);
}

constexpr std::string_view kAll = "/interaction/v1/eventdefinitions";
constexpr std::string_view kOne = "/interaction/v1/eventdefinitions/{}";

constexpr std::array<Route, 5> kRoutes{{
    {net::Method::kGet, kAll, kJourneysScope, Access::kReads, list},
    {net::Method::kPost, kAll, kJourneysScope, Access::kWrites, create},
    {net::Method::kGet, kOne, kJourneysScope, Access::kReads, show},
    {net::Method::kPut, kOne, kJourneysScope, Access::kWrites, update},
    {net::Method::kDelete, kOne, kJourneysScope, Access::kWrites, remove},
}};

}  // namespace

std::span<const Route> event_definition_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::journeys
