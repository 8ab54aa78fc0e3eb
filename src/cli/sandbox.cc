// rekey sandbox seed|reset: what only a sandbox's administrator may do to its data.
#include <fmt/format.h>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/show.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

base::Error error_of(const net::ClientResponse& response, const std::string& server) {
  const auto body = net::parse_json(response.body.reveal());
  const std::string message = body ? body->string_member_or("message", "").value_or("") : "";
  switch (response.status) {
    case 404:
      return {Code::kRefused, fmt::format("{} is no sandbox; start one with: rekey serve --sandbox "
                                          "--data DIR",
                                          server)};
    case 400:
      return {Code::kInvalidArgument, message};
    case 409:
      return {Code::kConflict, message};
    case 401:
      return {Code::kUnauthenticated, message};
    case 403:
      return {Code::kForbidden, message};
    default:
      return {Code::kUnavailable,
              fmt::format("{} answered {}: {}", server, response.status, message)};
  }
}

Result<ApiReply> ask(Api& api, std::string_view path, net::JsonWriter& body) {
  net::ClientRequest request;
  request.method = net::Method::kPost;
  request.url = fmt::format("{}/sandbox/v1{}", api.server(), path);
  REKEY_TRY(request.bearer_token, api.admin_token());
  request.headers = {{"Content-Type", "application/json"}};
  request.body = base::Secret::take(body.release());
  REKEY_TRY(auto response, api.client().send(request));
  if (response.status >= 400) return tl::unexpected(error_of(response, api.server()));
  ApiReply reply;
  reply.status = response.status;
  reply.text = std::move(response.body);
  REKEY_TRY(reply.json, net::parse_json(reply.text.reveal()));
  return reply;
}

}  // namespace

Result<int> run_sandbox_seed(Context& context, const Arguments& arguments) {
  net::JsonWriter body;
  body.begin_object();
  if (arguments.has("--business-unit")) {
    REKEY_TRY(const auto unit, arguments.number_or("--business-unit", 0, 1, 9'999'999'999));
    body.member("businessUnit", unit);
  }
  body.end_object();
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply, ask(api, "/seed", body));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  const auto number = [&](std::string_view name) {
    return reply.json.integer_member(name).value_or(0);
  };
  print_line(context, fmt::format("Business unit {} has {} contacts and {} data extensions with {} "
                                  "rows: customers, orders, products.",
                                  number("businessUnit"), number("contacts"),
                                  number("dataExtensions"), number("rows")));
  return kExitOk;
}

Result<int> run_sandbox_reset(Context& context, const Arguments& arguments) {
  if (!arguments.has("--yes")) {
    return fail(Code::kInvalidArgument,
                "resetting takes out what every business unit of the sandbox holds; say --yes");
  }
  net::JsonWriter body;
  body.begin_object().end_object();
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply, ask(api, "/reset", body));
  if (!printed_as_json(context, arguments, reply)) {
    print_line(context, "The sandbox is empty. Its packages and secrets are as they were.");
  }
  return kExitOk;
}

}  // namespace rekey::cli
