// rekey key list|rotate
#include <fmt/format.h>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/show.h"

namespace rekey::cli {
namespace {

Tone tone_of_key(std::string_view state) {
  if (state == "signing") return Tone::kGood;
  return state == "withdrawn" ? Tone::kWarning : Tone::kPlain;
}

}  // namespace

base::Result<int> run_key_list(Context& context, const Arguments& arguments) {
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply, api.get("/keys"));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  const auto now = context.clock.now();
  Table table({"KEY", "ALGORITHM", "STATE", "SIGNS FROM", "SIGNS UNTIL", "GONE AT"});
  if (const auto* keys = reply.json.find("keys")) {
    for (const auto& key : keys->items()) {
      const std::string state = text_or_dash(key, "state");
      table.add({{text_or_dash(key, "kid")},
                 {text_or_dash(key, "algorithm")},
                 {state, tone_of_key(state)},
                 {describe_instant(key.find("signs_from"), now)},
                 {describe_instant(key.find("signs_until"), now)},
                 {describe_instant(key.find("gone_at"), now)}});
    }
  }
  table.print(context);
  return kExitOk;
}

base::Result<int> run_key_rotate(Context& context, const Arguments& arguments) {
  net::JsonWriter body;
  body.begin_object();
  if (const auto algorithm = arguments.get("--algorithm")) body.member("algorithm", *algorithm);
  if (arguments.has("--at-once")) body.member("at_once", true);
  if (const auto reason = arguments.get("--reason")) body.member("reason", *reason);
  body.end_object();
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply,
            api.send(net::Method::kPost, "/keys", base::Secret::take(body.release())));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  if (const auto* key = reply.json.find("key")) {
    const auto now = context.clock.now();
    print_line(context, fmt::format("{} is published and signs {} tokens from {}.",
                                    text_or_dash(*key, "kid"), text_or_dash(*key, "algorithm"),
                                    describe_instant(key->find("signs_from"), now)));
  }
  if (const auto* withdrawn = reply.json.find("withdrawn")) {
    for (const auto& kid : withdrawn->items()) {
      print_line(context, fmt::format("{} is withdrawn; tokens that it signed are refused here "
                                      "now, and elsewhere once its copies are over.",
                                      kid.as_string().value_or("")));
    }
  }
  return kExitOk;
}

}  // namespace rekey::cli
