#include "engagement/answer.h"

#include <fmt/format.h>

#include <utility>

namespace rekey::engagement {

namespace {

using base::Code;

constexpr std::string_view kDocumentation = "https://developer.salesforce.com/docs";
constexpr int kInternalError = 500;
constexpr int kAggregate = 10006;
constexpr std::string_view kRetrySeconds = "5";

struct Row {
  int status;
  int errorcode;
  std::string_view message;  // empty: the error's own detail
};

Row row_of(Code code) noexcept {
  switch (code) {
    case Code::kInvalidArgument:
    case Code::kUnsupported:
      return {400, 10000, {}};
    case Code::kUnauthenticated:
      return {401, 0, "Not Authorized"};
    case Code::kForbidden:
      return {403, 20002, "Insufficient Privileges"};
    case Code::kNotFound:
      return {404, 30003, {}};
    case Code::kAlreadyExists:
    case Code::kConflict:
      return {409, 30002, {}};
    case Code::kLimitReached:
      return {429, 50100, "Rate limit exceeded"};
    case Code::kUnavailable:
      return {503, 50300, "Service Unavailable"};
    case Code::kTimeout:
      return {503, 50300,
              "Too much would have to be read for this; ask for less, or narrow the filter"};
    default:
      return {kInternalError, kInternalError, {}};
  }
}

void write_error(net::JsonWriter& body, int errorcode, std::string_view message) {
  body.member("documentation", kDocumentation)
      .member("errorcode", errorcode)
      .member("message", message);
}

net::Response plain_error(int status, int errorcode, std::string_view message) {
  net::JsonWriter body;
  body.begin_object();
  write_error(body, errorcode, message);
  body.end_object();
  net::Response response;
  response.status = status;
  response.body = body.release();
  return response;
}

net::Response aggregate_error(const Refusal& refusal) {
  net::JsonWriter body;
  body.begin_object();
  write_error(body, kAggregate, refusal.error.detail);
  body.key("additionalErrors").begin_array();
  for (const std::string& fault : refusal.faults) {
    body.begin_object();
    write_error(body, 10000, fault);
    body.end_object();
  }
  body.end_array().end_object();
  net::Response response;
  response.status = 400;
  response.body = body.release();
  return response;
}

}  // namespace

Reply reply_with(int status, net::JsonWriter& body) {
  return {status, body.release()};
}

tl::unexpected<Refusal> refuse_with_faults(std::string message, std::vector<std::string> faults) {
  Refusal refusal(base::Error{Code::kInvalidArgument, std::move(message)});
  refusal.faults = std::move(faults);
  return tl::unexpected<Refusal>(std::move(refusal));
}

tl::unexpected<Refusal> refuse_with(Reply reply) {
  Refusal refusal(base::Error{Code::kInvalidArgument, "the call was refused"});
  refusal.reply = std::move(reply);
  return tl::unexpected<Refusal>(std::move(refusal));
}

bool is_internal(const base::Error& error) noexcept {
  return row_of(error.code).status == kInternalError;
}

net::Response response_of(const Reply& reply) {
  net::Response response;
  response.status = reply.status;
  response.body = reply.body;
  response.content_type = reply.content_type;
  response.headers = reply.headers;
  return response;
}

net::Response response_of(const Refusal& refusal, std::string_view id) {
  if (refusal.reply) return response_of(*refusal.reply);
  if (!refusal.faults.empty()) return aggregate_error(refusal);
  if (is_internal(refusal.error)) {
    return plain_error(kInternalError, kInternalError, fmt::format("an internal error, id {}", id));
  }
  const Row row = row_of(refusal.error.code);
  net::Response response =
      plain_error(row.status, row.errorcode,
                  row.message.empty() ? std::string_view(refusal.error.detail) : row.message);
  if (row.status == 429) response.headers.emplace_back("Retry-After", kRetrySeconds);
  return response;
}

net::Response not_authorized() {
  net::Response response = plain_error(401, 0, "Not Authorized");
  response.headers.emplace_back("WWW-Authenticate", R"(Bearer error="invalid_token")");
  return response;
}

net::Response insufficient_privileges() {
  return plain_error(403, 20002, "Insufficient Privileges");
}

net::Response no_such_path() {
  return plain_error(404, 404, "Not Found");
}

net::Response method_not_allowed(const std::string& allowed) {
  net::Response response = plain_error(405, 405, "Method Not Allowed");
  response.headers.emplace_back("Allow", allowed);
  return response;
}

net::Response throttled() {
  net::JsonWriter body;
  body.begin_object();
  write_error(body, 50100, "Rate limit exceeded");
  body.key("retryAfter").raw(kRetrySeconds).end_object();
  net::Response response;
  response.status = 429;
  response.body = body.release();
  response.headers.emplace_back("Retry-After", kRetrySeconds);
  return response;
}

net::Response too_busy() {
  return plain_error(503, 50300, "Service Unavailable");
}

}  // namespace rekey::engagement
