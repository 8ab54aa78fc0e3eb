#include "net/problem.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "crypto/random.h"
#include "net/json.h"

namespace rekey::net {
namespace {

using base::Code;
using base::Error;

constexpr int kInternalStatus = 500;

struct Row {
  Code code;
  int status;
  std::string_view title;
};

// Of rows with one status, the first is what that status alone is taken for.
constexpr std::array kTable = {
    Row{Code::kInvalidArgument, 400, "The request is malformed or not allowed"},
    Row{Code::kUnauthenticated, 401, "Who asks is not known"},
    Row{Code::kForbidden, 403, "Not allowed for this client"},
    Row{Code::kNotFound, 404, "There is no such thing"},
    Row{Code::kConflict, 409, "The state has changed meanwhile"},
    Row{Code::kAlreadyExists, 409, "It exists already"},
    Row{Code::kTooEarly, 409, "It is too early for this"},
    Row{Code::kRefused, 409, "A rule forbids this"},
    Row{Code::kExpired, 410, "It has expired"},
    Row{Code::kLimitReached, 429, "A limit has been reached"},
    Row{Code::kInternal, kInternalStatus, "Internal error"},
    Row{Code::kCorrupt, kInternalStatus, "Internal error"},
    Row{Code::kUnsupported, 501, "Not supported"},
    Row{Code::kUnavailable, 503, "Unavailable for now"},
    Row{Code::kTimeout, 504, "No answer in time"},
    Row{Code::kIo, 507, "The server's disk refuses"},
};

const Row& row_of(Code code) {
  for (const Row& row : kTable) {
    if (row.code == code) return row;
  }
  return row_of(Code::kInternal);
}

Code code_of_status(int status) {
  for (const Row& row : kTable) {
    if (row.status == status) return row.code;
  }
  if (status == 408) return Code::kTimeout;
  if (status == 502) return Code::kUnavailable;
  return status >= 400 && status < 500 ? Code::kInvalidArgument : Code::kInternal;
}

Code code_of_name(std::string_view name, int status) {
  for (const Row& row : kTable) {
    if (base::name_of(row.code) == name) return row.code;
  }
  return code_of_status(status);
}

Response response_with(const Row& row, std::string_view detail) {
  const std::string_view name = base::name_of(row.code);
  JsonWriter body;
  body.begin_object()
      .member("type", fmt::format("urn:rekey:problem:{}", name))
      .member("title", row.title)
      .member("status", row.status)
      .member("code", name)
      .member("detail", detail)
      .end_object();
  return Response{.status = row.status,
                  .content_type = "application/problem+json",
                  .body = body.release(),
                  .headers = {}};
}

}  // namespace

int status_of(Code code) noexcept {
  return row_of(code).status;
}

std::string make_problem_id() {
  return base::hex_encode(crypto::random_bytes(8));
}

Response problem_response(const Error& error, std::string_view id) {
  const bool is_internal = status_of(error.code) == kInternalStatus;
  return response_with(row_of(is_internal ? Code::kInternal : error.code),
                       is_internal ? fmt::format("an internal error, id {}", id) : error.detail);
}

Response problem_response(const Error& error) {
  return problem_response(error, make_problem_id());
}

Response method_problem_response(const std::string& allowed, std::string_view detail) {
  Response response =
      response_with(Row{Code::kUnsupported, 405, "The method is not allowed here"}, detail);
  response.headers.emplace_back("Allow", allowed);
  return response;
}

Error error_from_problem(int status, std::string_view body) {
  if (const auto problem = parse_json(body)) {
    const auto code = problem->string_member("code");
    const auto detail = problem->string_member("detail");
    if (code && detail) return {code_of_name(*code, status), *detail};
  }
  return {code_of_status(status),
          fmt::format("the server answered with status {} and no problem details", status)};
}

}  // namespace rekey::net
