// rekey policy show|set
#include <fmt/format.h>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/show.h"

namespace rekey::cli {
namespace {

void show_policy(const Context& context, const net::JsonValue& reply) {
  if (const auto* policy = reply.find("policy")) {
    for (const auto& [name, value] : policy->members()) {
      print_line(context, fmt::format("{:<22}{}", name, text_or_dash(*policy, name)));
    }
  }
  if (const auto* warnings = reply.find("warnings")) {
    for (const auto& warning : warnings->items()) {
      print_line(context, fmt::format("{} {}", in_tone(context, "warning:", Tone::kWarning),
                                      warning.as_string().value_or("")));
    }
  }
}

}  // namespace

base::Result<int> run_policy_show(Context& context, const Arguments& arguments) {
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply, api.get("/policy"));
  if (!printed_as_json(context, arguments, reply)) show_policy(context, reply.json);
  return kExitOk;
}

base::Result<int> run_policy_set(Context& context, const Arguments& arguments) {
  net::JsonWriter body;
  body.begin_object().key("settings").begin_array();
  for (const auto& setting : arguments.arguments("SETTING")) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos) {
      return base::fail(base::Code::kInvalidArgument,
                        fmt::format("\"{}\" is not KEY=VALUE, such as settle=5m", setting));
    }
    body.begin_object()
        .member("key", setting.substr(0, equals))
        .member("value", setting.substr(equals + 1))
        .end_object();
  }
  body.end_array().end_object();
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply,
            api.send(net::Method::kPatch, "/policy", base::Secret::take(body.release())));
  if (!printed_as_json(context, arguments, reply)) show_policy(context, reply.json);
  return kExitOk;
}

}  // namespace rekey::cli
