// Messages of the transactional API: sent to one or many, their status, and those that were not
// sent (contract section 4.6).
#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "engagement/json_parts.h"
#include "engagement/sends/accept.h"
#include "engagement/sends/message.h"
#include "engagement/sends/send_definition.h"
#include "engagement/sends/send_routes.h"
#include "engagement/sends/utm_error.h"

namespace rekey::engagement::sends {

namespace {

using base::Code;
using base::Result;
using net::JsonValue;

constexpr std::string_view kRead = "email_read";
constexpr std::string_view kSend = "email_send";
constexpr std::size_t kMostRecipients = 2000;

// Central Standard Time, without daylight saving (contract section 4.6), to the millisecond.
std::string central_stamp(base::Instant at) {
  std::string text = base::format_instant(at - std::chrono::hours{6});
  text.pop_back();  // the Z
  return text;
}

// What became of each recipient, in their order.
struct Response {
  std::string message_key;
  std::optional<Fault> fault;
};

Reply reply_with_responses(Call& call, const std::vector<Response>& responses) {
  std::size_t failed = 0;
  for (const Response& response : responses) failed += response.fault ? 1 : 0;
  net::JsonWriter body;
  body.begin_object().member("requestId", call.tools.ids.guid());
  body.member("errorcode", failed == 0 ? 0 : kResponsesHasErrors.errorcode);
  if (failed > 0) {
    body.member("message", utm_message(kResponsesHasErrors,
                                       fmt::format("{} subscribers failed to queue out of {}",
                                                   failed, responses.size())));
  }
  body.key("responses").begin_array();
  for (const Response& response : responses) {
    body.begin_object().member("messageKey", response.message_key);
    if (response.fault) {
      body.member("errorcode", response.fault->kind.errorcode)
          .member("message", utm_message(response.fault->kind, response.fault->sentence));
    }
    body.end_object();
  }
  body.end_array().end_object();
  return reply_with(202, body);
}

Result<std::optional<Fault>> take_in(Call& call, const SendDefinition& definition,
                                     const Recipient& recipient) {
  REKEY_TRY(auto fault,
            check_recipient(call.tables, call.caller.business_unit, recipient, call.now));
  if (fault) return fault;
  REKEY_TRY(const Message message, queue_message(call, definition, recipient, false));
  static_cast<void>(message);
  return std::optional<Fault>{};
}

// One recipient's members; what has another type than it must is the recipient's fault alone.
Result<Recipient> read_recipient(const JsonValue& object, const Attributes& shared) {
  if (object.kind() != JsonValue::Kind::kObject) {
    return base::fail(Code::kInvalidArgument, "a recipient takes an object");
  }
  Recipient recipient;
  REKEY_TRY(const auto key, text_member(object, "messageKey"));
  recipient.message_key = key.value_or("");
  REKEY_TRY(const auto contact_key, text_member(object, "contactKey"));
  recipient.contact_key = contact_key.value_or("");
  REKEY_TRY(const auto to, text_member(object, "to"));
  recipient.address = to.value_or("");
  REKEY_TRY(Attributes own, read_attributes(find_member(object, "attributes")));
  recipient.attributes = merged(std::move(own), shared);
  return recipient;
}

// `fixed_key`: from the path, of the only recipient.
Result<Response> respond_to(Call& call, const SendDefinition& definition, const JsonValue& object,
                            const Attributes& shared, const std::optional<std::string>& fixed_key) {
  Response response;
  auto recipient = read_recipient(object, shared);
  if (!recipient) {
    response.message_key = fixed_key.value_or("");
    response.fault = Fault{kIncorrectFormat, recipient.error().detail};
    return response;
  }
  if (fixed_key) recipient->message_key = *fixed_key;
  if (recipient->message_key.empty()) recipient->message_key = call.tools.ids.guid();
  response.message_key = recipient->message_key;
  REKEY_TRY(response.fault, take_in(call, definition, *recipient));
  return response;
}

// The definition and the attributes that a whole request names.
struct Common {
  SendDefinition definition;
  Attributes attributes;
};
tl::expected<Common, Refusal> read_common(Call& call) {
  const auto key = text_member(call.body, "definitionKey");
  if (!key) return refuse_utm(kInvalidDataType, key.error().detail);
  if (key->value_or("").empty()) {
    return refuse_utm(kMissingDefinitionKey, "definitionKey is missing");
  }
  auto definition = load_send_definition(call.tables, call.caller.business_unit, **key);
  if (!definition && definition.error().code == Code::kNotFound) {
    return refuse_utm(kInvalidDefinitionKey, definition.error().detail);
  }
  if (!definition) return refuse_utm(definition.error());
  auto attributes = read_attributes(find_member(call.body, "attributes"));
  if (!attributes) return refuse_utm(kIncorrectFormat, attributes.error().detail);
  return Common{*std::move(definition), *std::move(attributes)};
}

tl::unexpected<Refusal> refuse_field(std::string_view name) {
  return refuse_utm(kUnknownFieldName, fmt::format("Unrecognized email field name '{}'", name));
}

Answer send_one(Call& call) {
  if (find_member(call.body, "recipients") != nullptr) return refuse_field("recipients");
  const auto common = read_common(call);
  if (!common) return tl::unexpected<Refusal>(common.error());
  const JsonValue* recipient = find_member(call.body, "recipient");
  if (recipient == nullptr || recipient->is_null()) {
    return refuse_utm(kNoSubscribers, "recipient, an object, is missing");
  }
  REKEY_TRY(const Response response,
            respond_to(call, common->definition, *recipient, common->attributes, call.parts[0]));
  return reply_with_responses(call, {response});
}

Answer send_many(Call& call) {
  if (find_member(call.body, "recipient") != nullptr) return refuse_field("recipient");
  const auto common = read_common(call);
  if (!common) return tl::unexpected<Refusal>(common.error());
  const JsonValue* recipients = find_member(call.body, "recipients");
  if (recipients == nullptr || recipients->kind() != JsonValue::Kind::kArray ||
      recipients->items().empty()) {
    return refuse_utm(kNoSubscribers, "recipients, a list, is missing or empty");
  }
  if (recipients->items().size() > kMostRecipients) {
    return refuse_utm(kTooManySubscribers,
                      fmt::format("a request takes at most {} recipients", kMostRecipients));
  }
  std::vector<Response> responses;
  for (const JsonValue& recipient : recipients->items()) {
    REKEY_TRY(Response response,
              respond_to(call, common->definition, recipient, common->attributes, std::nullopt));
    responses.push_back(std::move(response));
  }
  return reply_with_responses(call, responses);
}

std::string_view event_of(MessageState state) noexcept {
  switch (state) {
    case MessageState::kQueued:
      return "TransactionalSendEvents.EmailQueued";
    case MessageState::kSent:
      return "TransactionalSendEvents.EmailSent";
    case MessageState::kNotSent:
      return "TransactionalSendEvents.EmailNotSent";
    case MessageState::kBounced:
      return "TransactionalSendEvents.EmailBounced";
  }
  return "";
}

Answer show_status(Call& call) {
  REKEY_TRY(const auto message,
            find_message(call.tables, call.caller.business_unit, call.parts[0]));
  const bool is_told = message && message->accepted_at + kStatusToldFor > call.now;
  if (!is_told) {
    return refuse_utm(kObjectNotFound,
                      "this business unit has had no message with that key in three days");
  }
  REKEY_TRY(const auto definition,
            load_send_definition(call.tables, message->business_unit, message->definition_id));
  net::JsonWriter body;
  body.begin_object()
      .member("requestId", call.tools.ids.guid())
      .member("eventCategoryType", event_of(message->state))
      .member("timestamp", central_stamp(message->settled_at.value_or(message->accepted_at)));
  if (message->settled_at) {
    body.member("compositeId",
                fmt::format("{}.{}.1.1.{}", definition.guid, definition.id, message->id));
  }
  body.key("info")
      .begin_object()
      .member("messageKey", message->key)
      .member("contactKey", message->contact_key)
      .member("to", message->address);
  if (message->status_code != 0) {
    body.member("statusCode", message->status_code)
        .member("statusMessage", message->status_message);
  }
  body.end_object().end_object();
  return reply_with(200, body);
}

void write_unsent(net::JsonWriter& body, const Unsent& unsent) {
  const Message& message = unsent.message;
  body.begin_object()
      .member("statusCode", message.status_code)
      .member("statusMessage", message.status_message)
      .member("eventCategoryType", event_of(message.state))
      .member("timestamp", central_stamp(message.settled_at.value_or(message.accepted_at)))
      .member("definitionKey", unsent.definition_key)
      .member("eventID", unsent.event);
  body.key("info")
      .begin_object()
      .member("messageKey", message.key)
      .member("contactKey", message.contact_key)
      .member("to", message.address)
      .end_object();
  body.end_object();
}

Answer list_not_sent(Call& call) {
  constexpr std::int64_t kLargestPage = 500;
  constexpr std::int64_t kLastEvent = 1'000'000'000'000'000;
  const std::string type = call.query.find("type").value_or("");
  if (!base::equal_ignoring_case(type, "notSent")) {
    return refuse_utm(kInvalidValue, "type takes notSent");
  }
  const auto page = page_asked(call.query, 50, kLargestPage);
  if (!page) return refuse_utm(page.error());
  const auto after = call.query.number_or("lastEventId", 0, 0, kLastEvent);
  if (!after) return refuse_utm(after.error());
  REKEY_TRY(const auto unsent,
            list_unsent(call.tables, call.caller.business_unit, *after, page->size));
  net::JsonWriter body;
  body.begin_object().member("lastEventID", unsent.empty() ? *after : unsent.back().event);
  body.key("messages").begin_array();
  for (const Unsent& one : unsent) write_unsent(body, one);
  body.end_array()
      .member("count", static_cast<std::int64_t>(unsent.size()))
      .member("pageSize", page->size)
      .end_object();
  return reply_with(200, body);
}

constexpr std::string_view kAll = "/messaging/v1/email/messages";
constexpr std::string_view kOne = "/messaging/v1/email/messages/{}";

constexpr std::array<Route, 4> kRoutes{{
    {net::Method::kGet, kAll, kRead, Access::kReads, list_not_sent},
    {net::Method::kPost, kAll, kSend, Access::kWrites, send_many},
    {net::Method::kGet, kOne, kRead, Access::kReads, show_status},
    {net::Method::kPost, kOne, kSend, Access::kWrites, send_one},
}};

}  // namespace

std::span<const Route> message_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::sends
