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

base::Status read_text(const JsonValue& object, std::string_view name, std::string& text) {
  REKEY_TRY(auto given, text_member(object, name));
  if (given) text = *std::move(given);
  return {};
}

base::Status read_truth(const JsonValue& object, std::string_view name, bool& truth) {
  REKEY_TRY(const auto given, truth_member(object, name));
  truth = given.value_or(truth);
  return {};
}

base::Status read_addresses(const JsonValue& options, std::string_view name,
                            std::vector<std::string>& addresses) {
  const JsonValue* list = find_member(options, name);
  if (list == nullptr) return {};
  addresses.clear();
  if (list->is_null()) return {};
  if (list->kind() != JsonValue::Kind::kArray) {
    return base::fail(Code::kInvalidArgument, fmt::format("options.{} takes a list", name));
  }
  for (const JsonValue& item : list->items()) {
    REKEY_TRY(const auto address, scalar_text(item));
    addresses.push_back(address.value_or(""));
  }
  return {};
}

// What is given, over what there is; kInvalidArgument where something has another type.
base::Status read_members(const JsonValue& body, SendDefinition& definition) {
  if (body.kind() != JsonValue::Kind::kObject) {
    return base::fail(Code::kInvalidArgument, "the body has to be an object");
  }
  REKEY_CHECK(read_text(body, "name", definition.name));
  REKEY_CHECK(read_text(body, "definitionKey", definition.key));
  REKEY_CHECK(read_text(body, "description", definition.description));
  REKEY_CHECK(read_text(body, "classification", definition.classification));
  REKEY_TRY(const JsonValue* content, object_member(body, "content"));
  REKEY_CHECK(read_text(*content, "customerKey", definition.content_key));
  REKEY_TRY(const JsonValue* subscriptions, object_member(body, "subscriptions"));
  REKEY_CHECK(read_text(*subscriptions, "list", definition.list));
  REKEY_CHECK(read_text(*subscriptions, "dataExtension", definition.data_extension));
  REKEY_CHECK(read_truth(*subscriptions, "autoAddSubscriber", definition.adds_subscribers));
  REKEY_CHECK(read_truth(*subscriptions, "updateSubscriber", definition.updates_subscribers));
  REKEY_TRY(const JsonValue* options, object_member(body, "options"));
  REKEY_CHECK(read_truth(*options, "trackLinks", definition.tracks_links));
  REKEY_CHECK(read_addresses(*options, "cc", definition.copies_to));
  REKEY_CHECK(read_addresses(*options, "bcc", definition.hidden_copies_to));
  REKEY_TRY(const JsonValue* journey, object_member(body, "journey"));
  return read_text(*journey, "interactionKey", definition.journey);
}

// The status as it is given, which is never Deleted: that is what DELETE is for.
tl::expected<void, Fault> read_status(const JsonValue& body, SendDefinition& definition) {
  const JsonValue* given = find_member(body, "status");
  if (given == nullptr || given->is_null()) return {};
  const auto status = parse_definition_status(given->as_string().value_or(""));
  if (!status || *status == DefinitionStatus::kDeleted) {
    return tl::unexpected<Fault>(Fault{kInvalidValue, "status takes Active or Inactive"});
  }
  definition.status = *status;
  return {};
}

std::optional<Answer> refuse_members(Call& call, SendDefinition& definition) {
  if (const auto read = read_members(call.body, definition); !read) {
    return Answer(refuse_utm(kInvalidDataType, read.error().detail));
  }
  if (const auto read = read_status(call.body, definition); !read) {
    return Answer(refuse_utm(read.error().kind, read.error().sentence));
  }
  const auto fault = check_definition(call.tables, definition);
  if (!fault) return Answer(tl::unexpected<Refusal>(Refusal(fault.error())));
  if (*fault) return Answer(refuse_utm((*fault)->kind, (*fault)->sentence));
  return std::nullopt;
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
  if (auto refused = refuse_members(call, definition)) return *std::move(refused);
  if (const auto saved = insert_send_definition(call.tables, definition); !saved) {
    return refuse_change(saved.error());
  }
  return reply_with_definition(201, call, definition);
}

Answer update(Call& call) {
  auto definition = load_send_definition(call.tables, call.caller.business_unit, call.parts[0]);
  if (!definition) return refuse_utm(definition.error());
  definition->changed_at = call.now;
  if (auto refused = refuse_members(call, *definition)) return *std::move(refused);
  if (const auto saved = save_send_definition(call.tables, *definition); !saved) {
    return refuse_change(saved.error());
  }
  return reply_with_definition(200, call, *definition);
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
