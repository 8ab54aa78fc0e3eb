// Send definitions and their queues (contract section 4.6).
#include <fmt/format.h>

#include <array>

#include "engagement/json_parts.h"
#include "engagement/sends/definition_change.h"
#include "engagement/sends/message.h"
#include "engagement/sends/send_definition.h"
#include "engagement/sends/send_routes.h"
#include "engagement/sends/utm_error.h"
#include "engagement/text_rules.h"
#include "net/mail.h"

namespace rekey::engagement::sends {

namespace {

using base::Code;
using base::Result;
using net::JsonValue;

constexpr std::string_view kRead = "email_read";
constexpr std::string_view kWrite = "email_write";

void write_addresses(net::JsonWriter& body, std::string_view name,
                     const std::vector<std::string>& addresses) {
  if (addresses.empty()) return;
  body.key(name).begin_array();
  for (const std::string& address : addresses) body.value(address);
  body.end_array();
}

// The members, into an object that is open.
void write_definition(net::JsonWriter& body, const SendDefinition& definition) {
  body.member("name", definition.name)
      .member("definitionKey", definition.key)
      .member("definitionId", definition.guid)
      .member("description", definition.description)
      .member("classification", definition.classification)
      .member("status", name_of(definition.status))
      .member("createdDate", stamp(definition.created_at))
      .member("modifiedDate", stamp(definition.changed_at));
  body.key("content").begin_object().member("customerKey", definition.content_key).end_object();
  body.key("subscriptions").begin_object();
  if (!definition.data_extension.empty()) body.member("dataExtension", definition.data_extension);
  body.member("list", definition.list)
      .member("autoAddSubscriber", definition.adds_subscribers)
      .member("updateSubscriber", definition.updates_subscribers)
      .end_object();
  body.key("options").begin_object().member("trackLinks", definition.tracks_links);
  write_addresses(body, "cc", definition.copies_to);
  write_addresses(body, "bcc", definition.hidden_copies_to);
  body.end_object();
  body.key("journey").begin_object();
  if (!definition.journey.empty()) body.member("interactionKey", definition.journey);
  body.end_object();
}

Reply reply_with_definition(int status, Call& call, const SendDefinition& definition) {
  net::JsonWriter body;
  body.begin_object().member("requestId", call.tools.ids.guid());
  write_definition(body, definition);
  body.end_object();
  return reply_with(status, body);
}

// The object that a member names; one without members where it is absent.
Result<const JsonValue*> object_member(const JsonValue& body, std::string_view name) {
  static const JsonValue kNone;
  const JsonValue* member = find_member(body, name);
  if (member == nullptr || member->is_null()) return &kNone;
  if (member->kind() == JsonValue::Kind::kObject) return member;
  return base::fail(Code::kInvalidArgument, fmt::format("{} takes an object", name));
}

// Each of these gives what the member says, or what there is where it is absent.
Result<std::string> text_over(std::string present, const JsonValue& object, std::string_view name) {
  REKEY_TRY(auto given, text_member(object, name));
  return std::move(given).value_or(std::move(present));
}

Result<bool> truth_over(bool present, const JsonValue& object, std::string_view name) {
  REKEY_TRY(const auto given, truth_member(object, name));
  return given.value_or(present);
}

Result<std::vector<std::string>> addresses_over(std::vector<std::string> present,
                                                const JsonValue& options, std::string_view name) {
  const JsonValue* list = find_member(options, name);
  if (list == nullptr) return present;
  std::vector<std::string> addresses;
  if (list->is_null()) return addresses;
  if (list->kind() != JsonValue::Kind::kArray) {
    return base::fail(Code::kInvalidArgument, fmt::format("options.{} takes a list", name));
  }
  for (const JsonValue& item : list->items()) {
    REKEY_TRY(const auto address, scalar_text(item));
    addresses.push_back(address.value_or(""));
  }
  return addresses;
}

// kInvalidArgument where something has another type.
Result<SendDefinition> members_over(SendDefinition present, const JsonValue& body) {
  if (body.kind() != JsonValue::Kind::kObject) {
    return base::fail(Code::kInvalidArgument, "the body has to be an object");
  }
  REKEY_TRY(const JsonValue* content, object_member(body, "content"));
  REKEY_TRY(const JsonValue* subscriptions, object_member(body, "subscriptions"));
  REKEY_TRY(const JsonValue* options, object_member(body, "options"));
  REKEY_TRY(const JsonValue* journey, object_member(body, "journey"));
  SendDefinition made = present;
  REKEY_TRY(made.name, text_over(present.name, body, "name"));
  REKEY_TRY(made.key, text_over(present.key, body, "definitionKey"));
  REKEY_TRY(made.description, text_over(present.description, body, "description"));
  REKEY_TRY(made.classification, text_over(present.classification, body, "classification"));
  REKEY_TRY(made.content_key, text_over(present.content_key, *content, "customerKey"));
  REKEY_TRY(made.list, text_over(present.list, *subscriptions, "list"));
  REKEY_TRY(made.data_extension,
            text_over(present.data_extension, *subscriptions, "dataExtension"));
  REKEY_TRY(made.adds_subscribers,
            truth_over(present.adds_subscribers, *subscriptions, "autoAddSubscriber"));
  REKEY_TRY(made.updates_subscribers,
            truth_over(present.updates_subscribers, *subscriptions, "updateSubscriber"));
  REKEY_TRY(made.tracks_links, truth_over(present.tracks_links, *options, "trackLinks"));
  REKEY_TRY(made.copies_to, addresses_over(present.copies_to, *options, "cc"));
  REKEY_TRY(made.hidden_copies_to, addresses_over(present.hidden_copies_to, *options, "bcc"));
  REKEY_TRY(made.journey, text_over(present.journey, *journey, "interactionKey"));
  return made;
}

// Never Deleted: that is what DELETE is for.
tl::expected<DefinitionStatus, Fault> status_over(DefinitionStatus present, const JsonValue& body) {
  const JsonValue* given = find_member(body, "status");
  if (given == nullptr || given->is_null()) return present;
  const auto status = parse_definition_status(given->as_string().value_or(""));
  if (status && *status != DefinitionStatus::kDeleted) return *status;
  return tl::unexpected<Fault>(Fault{kInvalidValue, "status takes Active or Inactive"});
}

// What the body says, over what there is.
tl::expected<SendDefinition, Refusal> body_over(SendDefinition present, const Call& call) {
  auto made = members_over(std::move(present), call.body);
  if (!made) return refuse_utm(kInvalidDataType, made.error().detail);
  const auto status = status_over(made->status, call.body);
  if (!status) return refuse_utm(status.error().kind, status.error().sentence);
  made->status = *status;
  REKEY_TRY(const auto fault, check_definition(call.tables, *made));
  if (fault) return refuse_utm(fault->kind, fault->sentence);
  return *std::move(made);
}

Answer refuse_change(const base::Error& error) {
  if (error.code != Code::kAlreadyExists) return tl::unexpected<Refusal>(Refusal(error));
  return refuse_utm(kObjectExists, "this business unit has a definition with that key or name");
}

Answer create(Call& call) {
  SendDefinition definition;
  definition.business_unit = call.caller.business_unit;
  definition.guid = call.tools.ids.guid();
  definition.list = "All Subscribers";
  definition.created_at = call.now;
  definition.changed_at = call.now;
  const auto made = body_over(std::move(definition), call);
  if (!made) return tl::unexpected<Refusal>(made.error());
  if (const auto saved = insert_send_definition(call.tables, *made); !saved) {
    return refuse_change(saved.error());
  }
  return reply_with_definition(201, call, *made);
}

Answer update(Call& call) {
  auto definition = load_send_definition(call.tables, call.caller.business_unit, call.parts[0]);
  if (!definition) return refuse_utm(definition.error());
  definition->changed_at = call.now;
  const auto made = body_over(*std::move(definition), call);
  if (!made) return tl::unexpected<Refusal>(made.error());
  if (const auto saved = save_send_definition(call.tables, *made); !saved) {
    return refuse_change(saved.error());
  }
  return reply_with_definition(200, call, *made);
}

Answer show(Call& call) {
  const auto definition =
      load_send_definition(call.tables, call.caller.business_unit, call.parts[0]);
  if (!definition) return refuse_utm(definition.error());
  return reply_with_definition(200, call, *definition);
}

Answer remove(Call& call) {
  auto definition = load_send_definition(call.tables, call.caller.business_unit, call.parts[0]);
  if (!definition) return refuse_utm(definition.error());
  REKEY_CHECK(delete_send_definition(call.tables, *definition, call.now));
  net::JsonWriter body;
  body.begin_object()
      .member("message", "Success")
      .member("requestId", call.tools.ids.guid())
      .member("deletedDefinitionKey", definition->key)
      .end_object();
  return reply_with(200, body);
}

Answer list(Call& call) {
  const auto asked = list_asked(call.query, call.caller.business_unit, send_definition_list());
  if (!asked) return refuse_utm(asked.error());
  REKEY_TRY(const auto found, list_send_definitions(call.tables, *asked));
  net::JsonWriter body;
  body.begin_object().member("requestId", call.tools.ids.guid());
  body.key("definitions").begin_array();
  for (const SendDefinition& definition : found) {
    body.begin_object()
        .member("definitionKey", definition.key)
        .member("status", name_of(definition.status))
        .member("name", definition.name)
        .member("createdDate", stamp(definition.created_at))
        .member("modifiedDate", stamp(definition.changed_at))
        .end_object();
  }
  body.end_array()
      // Of this page, as sfmc-sdk has found it in the original.
      .member("count", static_cast<std::int64_t>(found.size()))
      .member("page", asked->page)
      .member("pageSize", asked->size)
      .end_object();
  return reply_with(200, body);
}

Answer show_queue(Call& call) {
  const auto definition =
      load_send_definition(call.tables, call.caller.business_unit, call.parts[0]);
  if (!definition) return refuse_utm(definition.error());
  REKEY_TRY(const Queue queue, queue_of(call.tables, definition->id));
  const auto age = queue.oldest ? std::chrono::floor<std::chrono::seconds>(call.now - *queue.oldest)
                                : std::chrono::seconds{0};
  net::JsonWriter body;
  body.begin_object()
      .member("requestId", call.tools.ids.guid())
      .member("count", queue.count)
      .member("ageSeconds", std::int64_t{age.count()})
      .end_object();
  return reply_with(200, body);
}

Answer empty_queue(Call& call) {
  const auto definition =
      load_send_definition(call.tables, call.caller.business_unit, call.parts[0]);
  if (!definition) return refuse_utm(definition.error());
  if (definition->status != DefinitionStatus::kInactive) {
    return refuse_utm(kInvalidOperation, "Definition status must be inactive to delete queue");
  }
  REKEY_CHECK(purge_queue(call.tables, *definition, "its queue was deleted", call.now));
  net::JsonWriter body;
  body.begin_object()
      .member("requestId", call.tools.ids.guid())
      .member("message", "Queued")
      .end_object();
  return reply_with(200, body);
}

constexpr std::string_view kAll = "/messaging/v1/email/definitions";
constexpr std::string_view kOne = "/messaging/v1/email/definitions/{}";
constexpr std::string_view kQueue = "/messaging/v1/email/definitions/{}/queue";

constexpr std::array<Route, 7> kRoutes{{
    {net::Method::kGet, kAll, kRead, Access::kReads, list},
    {net::Method::kPost, kAll, kWrite, Access::kWrites, create},
    {net::Method::kGet, kOne, kRead, Access::kReads, show},
    {net::Method::kPatch, kOne, kWrite, Access::kWrites, update},
    {net::Method::kDelete, kOne, kWrite, Access::kWrites, remove},
    {net::Method::kGet, kQueue, kRead, Access::kReads, show_queue},
    {net::Method::kDelete, kQueue, kWrite, Access::kWrites, empty_queue},
}};

}  // namespace

std::span<const Route> definition_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::sends
