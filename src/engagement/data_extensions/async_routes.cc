// Rows, written asynchronously: the request, its status, its results (contract section 4.3).
#include <array>

#include "engagement/data_extensions/async_rows.h"
#include "engagement/data_extensions/data_extension_routes.h"
#include "engagement/data_extensions/definition.h"
#include "engagement/json_parts.h"

namespace rekey::engagement::data_extensions {

namespace {

using base::Code;
using base::Result;
using net::JsonValue;

constexpr std::string_view kRead = "data_extensions_read";
constexpr std::string_view kWrite = "data_extensions_write";
constexpr std::string_view kRows = "/data/v1/async/dataextensions/{}/rows";

void write_ids(net::JsonWriter& body, const Call& call) {
  body.member("requestId", call.tools.ids.guid()).key("resultMessages").begin_array().end_array();
}

// Every error of this family has the one shape, whatever its status.
Reply message_reply(int status, Call& call, std::string_view code, std::string_view message) {
  net::JsonWriter body;
  body.begin_object().member("requestId", call.tools.ids.guid()).key("resultMessages");
  body.begin_array()
      .begin_object()
      .member("resultType", "Operational")
      .member("resultClass", "Error")
      .member("resultCode", code)
      .member("message", message)
      .end_object()
      .end_array()
      .end_object();
  return reply_with(status, body);
}

tl::unexpected<Refusal> refuse(Call& call, std::string_view code, std::string_view message) {
  return refuse_with(message_reply(400, call, code, message));
}

// {"items":[…]}, or the list alone.
const JsonValue* items_of(const JsonValue& body) {
  if (body.kind() == JsonValue::Kind::kArray) return &body;
  const JsonValue* items = find_member(body, "items");
  return items != nullptr && items->kind() == JsonValue::Kind::kArray ? items : nullptr;
}

Answer accept(Call& call, bool is_upsert) {
  const auto definition = load_definition(call.tables, call.caller.business_unit, call.parts[0]);
  if (!definition && definition.error().code == Code::kNotFound) {
    return refuse(call, "DataExtensionNotFound", definition.error().detail);
  }
  if (!definition) return tl::unexpected<base::Error>(definition.error());
  const JsonValue* items = items_of(call.body);
  if (items == nullptr || items->items().empty()) {
    return refuse(call, "InvalidRequest", "\"items\", a list of rows, is missing or empty");
  }
  if (is_upsert && definition->primary_key().empty()) {
    return refuse(call, "PrimaryKeyMissing",
                  "rows of a data extension without a primary key can "
                  "only be inserted");
  }
  AsyncRequest request;
  request.guid = call.tools.ids.guid();
  request.business_unit = call.caller.business_unit;
  request.data_extension_id = definition->id;
  request.is_upsert = is_upsert;
  request.called_at = call.now;
  net::JsonWriter kept;
  write_value(kept, *items);
  REKEY_CHECK(insert_request(call.tables, request, kept.text()));
  net::JsonWriter body;
  body.begin_object().member("requestId", request.guid);
  body.key("resultMessages").begin_array().end_array().end_object();
  return reply_with(202, body);
}

Answer insert(Call& call) {
  return accept(call, false);
}

Answer upsert(Call& call) {
  return accept(call, true);
}

// nullopt where there is no such request, or its status is not known yet.
Result<std::optional<AsyncRequest>> known_request(Call& call) {
  REKEY_TRY(auto request, find_request(call.tables, call.caller.business_unit, call.parts[0]));
  if (!request || call.now < request->called_at + call.tools.settings.async_unknown_for) {
    return std::optional<AsyncRequest>{};
  }
  return request;
}

Answer reply_not_found(Call& call) {
  return message_reply(200, call, "AsyncRequestStatusNotFound",
                       "The status of this request is not known (yet)");
}

std::string_view status_of(const AsyncRequest& request) {
  if (request.completed_at) return "Complete";
  return request.taken_up_at ? "Executing" : "Pending";
}

Answer show_status(Call& call) {
  REKEY_TRY(const auto request, known_request(call));
  if (!request) return reply_not_found(call);
  net::JsonWriter body;
  body.begin_object().key("status").begin_object();
  body.member("callDateTime", stamp(request->called_at) + ".0");
  if (request->taken_up_at) body.member("pickupDateTime", stamp(*request->taken_up_at) + ".0");
  if (request->completed_at) {
    body.member("completionDateTime", stamp(*request->completed_at) + ".0");
  }
  body.member("hasErrors", request->has_errors).member("requestStatus", status_of(*request));
  if (request->completed_at) {
    body.member("resultStatus", request->has_errors ? "Has Errors" : "OK");
  }
  body.member("requestId", request->guid).end_object();
  write_ids(body, call);
  body.end_object();
  return reply_with(200, body);
}

Answer show_results(Call& call) {
  constexpr std::int64_t kUsualPage = 50;
  constexpr std::int64_t kLargestPage = 2500;
  REKEY_TRY(const PageAsked asked, page_asked(call.query, kUsualPage, kLargestPage));
  REKEY_TRY(const auto request, known_request(call));
  if (!request) return reply_not_found(call);
  REKEY_TRY(const auto results,
            read_results(call.tables, request->id, (asked.page - 1) * asked.size, asked.size));
  net::JsonWriter body;
  body.begin_object()
      .member("page", asked.page)
      .member("pageSize", asked.size)
      .member("count", request->done);
  body.key("items").begin_array();
  for (const AsyncResult& result : results) {
    body.begin_object()
        .member("errorCode", result.error_code)
        .member("message", result.message)
        .member("status", result.error_code.empty() ? "OK" : "Error")
        .end_object();
  }
  body.end_array();
  write_ids(body, call);
  body.end_object();
  return reply_with(200, body);
}

constexpr std::array<Route, 4> kRoutes{{
    {net::Method::kPost, kRows, kWrite, Access::kWrites, insert},
    {net::Method::kPut, kRows, kWrite, Access::kWrites, upsert},
    {net::Method::kGet, "/data/v1/async/{}/status", kRead, Access::kReads, show_status},
    {net::Method::kGet, "/data/v1/async/{}/results", kRead, Access::kReads, show_results},
}};

}  // namespace

std::span<const Route> async_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::data_extensions
