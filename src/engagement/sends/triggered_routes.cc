// Triggered sends (contract section 4.5). What is refused is told in a 202 as well.
#include <array>

#include "base/text.h"
#include "engagement/contacts/contact.h"
#include "engagement/ids.h"
#include "engagement/json_parts.h"
#include "engagement/sends/accept.h"
#include "engagement/sends/send_routes.h"
#include "engagement/sends/triggered_send.h"

namespace rekey::engagement::sends {

namespace {

using base::Code;
using base::fail;
using base::Result;
using net::JsonValue;

constexpr std::string_view kRead = "email_read";
constexpr std::string_view kSend = "email_send";
constexpr std::size_t kMostRecipients = 2000;

struct Response {
  std::string recipient_send_id;
  std::string problem;  // empty: queued
  bool is_synchronous = false;
};

void write_response(net::JsonWriter& body, const Response& response) {
  body.begin_object();
  if (!response.recipient_send_id.empty()) {
    body.member("recipientSendId", response.recipient_send_id);
  }
  body.member("hasErrors", !response.problem.empty());
  if (response.problem.empty() || !response.is_synchronous) {
    body.key("messages").begin_array();
    body.value(response.problem.empty() ? std::string_view("Queued") : response.problem);
    body.end_array().end_object();
    return;
  }
  body.key("messageErrors")
      .begin_array()
      .begin_object()
      .member("messageErrorCode", kNotQueued)
      .member("messageErrorStatus", response.problem)
      .end_object()
      .end_array()
      .end_object();
}

Reply reply_with_responses(Call& call, const std::vector<Response>& responses) {
  net::JsonWriter body;
  body.begin_object().member("requestId", call.tools.ids.guid()).key("responses").begin_array();
  for (const Response& response : responses) write_response(body, response);
  body.end_array().end_object();
  return reply_with(202, body);
}

struct TriggeredSend {
  Recipient recipient;
  bool is_synchronous = false;
};

base::Status read_from(const JsonValue& object, Recipient& recipient) {
  const JsonValue* from = find_member(object, "From");
  if (from == nullptr || from->is_null()) return {};
  REKEY_TRY(const auto address, text_member(*from, "Address"));
  REKEY_TRY(const auto name, text_member(*from, "Name"));
  recipient.from_address = address.value_or("");
  recipient.from_name = name.value_or("");
  return {};
}

// kInvalidArgument where a member has another type than it must.
Result<TriggeredSend> read_send(const JsonValue& object) {
  if (object.kind() != JsonValue::Kind::kObject) {
    return fail(Code::kInvalidArgument, "a send takes an object");
  }
  TriggeredSend send;
  REKEY_CHECK(read_from(object, send.recipient));
  const JsonValue* to = find_member(object, "To");
  if (to == nullptr || to->kind() != JsonValue::Kind::kObject) {
    return fail(Code::kInvalidArgument, "To, an object, is missing");
  }
  REKEY_TRY(const auto address, text_member(*to, "Address"));
  send.recipient.address = address.value_or("");
  REKEY_TRY(const auto key, text_member(*to, "SubscriberKey"));
  // Where none is given, the address is the key.
  send.recipient.contact_key = key.value_or(send.recipient.address);
  if (const JsonValue* attributes = find_member(*to, "ContactAttributes")) {
    REKEY_TRY(send.recipient.attributes,
              read_attributes(find_member(*attributes, "SubscriberAttributes")));
  }
  if (const JsonValue* options = find_member(object, "Options")) {
    REKEY_TRY(const auto type, text_member(*options, "RequestType"));
    send.is_synchronous = type && base::equal_ignoring_case(*type, "SYNC");
  }
  return send;
}

Result<Response> respond_to(Call& call, const SendDefinition& definition, const JsonValue& object) {
  Response response;
  auto send = read_send(object);
  if (!send) {
    response.problem = send.error().detail;
    return response;
  }
  response.is_synchronous = send->is_synchronous;
  REKEY_TRY(TriggeredOutcome outcome,
            queue_triggered(call, definition, std::move(send->recipient), send->is_synchronous));
  response.problem = std::move(outcome.problem);
  response.recipient_send_id = std::move(outcome.message_guid);
  return response;
}

Answer send(Call& call) {
  REKEY_TRY(const SendDefinition definition,
            load_referred_definition(call.tables, call.caller.business_unit, call.parts[0]));
  REKEY_TRY(const Response response, respond_to(call, definition, call.body));
  return reply_with_responses(call, {response});
}

Answer send_batch(Call& call) {
  REKEY_TRY(const SendDefinition definition,
            load_referred_definition(call.tables, call.caller.business_unit, call.parts[0]));
  if (call.body.kind() != JsonValue::Kind::kArray || call.body.items().empty()) {
    return fail(Code::kInvalidArgument, "the body takes a list of sends");
  }
  if (call.body.items().size() > kMostRecipients) {
    return fail(Code::kInvalidArgument, "a batch takes at most 2000 sends");
  }
  std::vector<Response> responses;
  for (const JsonValue& object : call.body.items()) {
    REKEY_TRY(Response response, respond_to(call, definition, object));
    responses.push_back(std::move(response));
  }
  return reply_with_responses(call, responses);
}

std::string_view status_of(MessageState state) noexcept {
  switch (state) {
    case MessageState::kQueued:
      return "Queued";
    case MessageState::kSent:
      return "Sent";
    case MessageState::kNotSent:
      return "Error";
    case MessageState::kBounced:
      return "Bounced";
  }
  return "";
}

Answer show_record(Call& call) {
  const std::int64_t unit = call.caller.business_unit;
  REKEY_TRY(const SendDefinition definition,
            load_referred_definition(call.tables, unit, call.parts[0]));
  REKEY_TRY(const auto message, find_message_by_guid(call.tables, unit, call.parts[1]));
  if (!message || message->definition_id != definition.id) {
    return fail(Code::kNotFound, "this send definition has no send with that recipientSendId");
  }
  REKEY_TRY(const auto contact, contacts::find_contact(call.tables, unit, message->contact_key));
  net::JsonWriter body;
  body.begin_object();
  if (message->state == MessageState::kSent) {
    body.member("deliveryTime", stamp(*message->settled_at));
  }
  body.member("id", definition.guid)
      .member("messageId", message->guid)
      .member("status", status_of(message->state));
  if (message->settled_at) {
    body.key("to")
        .begin_object()
        .member("address", message->address)
        .member("id", contact ? contact->id : 0)
        .member("key", message->contact_key)
        .end_object();
  }
  if (message->status_code != 0) {
    body.key("messageErrors")
        .begin_array()
        .begin_object()
        .member("messageErrorCode", message->status_code)
        .member("messageErrorStatus", message->status_message)
        .end_object()
        .end_array();
  }
  body.end_object();
  return reply_with(200, body);
}

constexpr std::string_view kOne = "/messaging/v1/messagedefinitionsends/{}/send";
constexpr std::string_view kBatch = "/messaging/v1/messagedefinitionsends/{}/sendbatch";
constexpr std::string_view kRecord = "/messaging/v1/messagedefinitionsends/{}/deliveryrecords/{}";

constexpr std::array<Route, 3> kRoutes{{
    {net::Method::kPost, kOne, kSend, Access::kWrites, send},
    {net::Method::kPost, kBatch, kSend, Access::kWrites, send_batch},
    {net::Method::kGet, kRecord, kRead, Access::kReads, show_record},
}};

}  // namespace

std::span<const Route> triggered_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::sends
