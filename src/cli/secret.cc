// rekey secret stage|activate|undo-activation|revoke|list|usage|import
#include <fmt/format.h>

#include "base/text.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/secret_input.h"
#include "cli/show.h"
#include "cli/usage_rate.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

std::string integration_path(const Arguments& arguments, std::string_view suffix) {
  return fmt::format("/integrations/{}{}", base::percent_encode(arguments.argument("CLIENT_ID")),
                     suffix);
}

void show_usage_row(const net::JsonValue& row, Table& table, base::Instant now) {
  const auto* caller = row.find("caller");
  const bool is_other =
      caller == nullptr || caller->boolean_member_or("other", false).value_or(false);
  table.add({{text_or_dash(row, "secret_id")},
             {is_other ? "(others)" : text_or_dash(*caller, "network"),
              is_other ? Tone::kWarning : Tone::kPlain},
             {is_other ? "-" : text_or_dash(*caller, "user_agent")},
             {is_other ? "-" : text_or_dash(*caller, "slot")},
             {text_or_dash(row, "first_seen")},
             {describe_instant(row.find("last_seen"), now)},
             {std::to_string(row.integer_member_or("count", 0).value_or(0))}});
}

}  // namespace

Result<int> run_secret_stage(Context& context, const Arguments& arguments) {
  net::JsonWriter body;
  body.begin_object();
  if (const auto slot = arguments.get("--slot")) body.member("slot", *slot);
  if (const auto label = arguments.get("--label")) body.member("label", *label);
  if (arguments.has("--if-vacant")) body.member("if_vacant", true);
  body.end_object();
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(auto file, SecretFile::reserve(context, arguments));
  REKEY_TRY(const auto reply, api.send(net::Method::kPost, integration_path(arguments, "/secrets"),
                                       base::Secret::take(body.release())));
  const auto* replaced = reply.json.find("replaced");
  const auto sentence =
      replaced == nullptr || replaced->is_null()
          ? std::string("Staged.")
          : fmt::format("Staged; {} was staged before, never activated, and is replaced.",
                        text_or_dash(*replaced, "id"));
  return show_new_secret(context, arguments, reply, file, sentence);
}

Result<int> run_secret_activate(Context& context, const Arguments& arguments) {
  net::JsonWriter body;
  body.begin_object();
  if (const auto slot = arguments.get("--slot")) body.member("slot", *slot);
  if (const auto id = arguments.get("--secret")) body.member("secret_id", *id);
  if (arguments.has("--force")) body.member("force", true);
  if (const auto reason = arguments.get("--reason")) body.member("reason", *reason);
  body.end_object();
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply, api.send(net::Method::kPost, integration_path(arguments, "/activate"),
                                       base::Secret::take(body.release())));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  const auto now = context.clock.now();
  if (const auto* secret = reply.json.find("secret")) {
    print_line(context, fmt::format("{} is active until {}.", text_or_dash(*secret, "id"),
                                    describe_end(*secret, now)));
  }
  const auto* superseded = reply.json.find("superseded");
  if (superseded != nullptr && !superseded->is_null()) {
    const auto state = text_or_dash(*superseded, "state");
    print_line(context, state == "superseded"
                            ? fmt::format("{} is superseded and works until {}.",
                                          text_or_dash(*superseded, "id"),
                                          describe_instant(superseded->find("ends_at"), now))
                            : fmt::format("{} has ended.", text_or_dash(*superseded, "id")));
  }
  return kExitOk;
}

Result<int> run_secret_undo_activation(Context& context, const Arguments& arguments) {
  net::JsonWriter body;
  body.begin_object();
  if (const auto slot = arguments.get("--slot")) body.member("slot", *slot);
  if (const auto id = arguments.get("--secret")) body.member("secret_id", *id);
  body.member("reason", arguments.get_or("--reason", "")).end_object();
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply,
            api.send(net::Method::kPost, integration_path(arguments, "/undo-activation"),
                     base::Secret::take(body.release())));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  const auto now = context.clock.now();
  const auto* restored = reply.json.find("restored");
  const auto* secret = reply.json.find("secret");
  if (restored == nullptr || secret == nullptr) return kExitOk;
  print_line(context, fmt::format("{} is active again until {}.", text_or_dash(*restored, "id"),
                                  describe_end(*restored, now)));
  print_line(context, fmt::format("{} is staged again and works until {}; revoke it when nobody "
                                  "uses it any more.",
                                  text_or_dash(*secret, "id"), describe_end(*secret, now)));
  return kExitOk;
}

Result<int> run_secret_revoke(Context& context, const Arguments& arguments) {
  net::JsonWriter body;
  body.begin_object().member("reason", arguments.get_or("--reason", "")).end_object();
  REKEY_TRY(auto api, Api::connect(context, arguments));
  const auto path = integration_path(
      arguments,
      fmt::format("/secrets/{}/revoke", base::percent_encode(arguments.argument("SECRET_ID"))));
  REKEY_TRY(const auto reply,
            api.send(net::Method::kPost, path, base::Secret::take(body.release())));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  print_line(context, fmt::format("{} is revoked; tokens made with it end now.",
                                  arguments.argument("SECRET_ID")));
  return kExitOk;
}

Result<int> run_secret_revoke_tokens(Context& context, const Arguments& arguments) {
  net::JsonWriter body;
  body.begin_object().member("reason", arguments.get_or("--reason", "")).end_object();
  REKEY_TRY(auto api, Api::connect(context, arguments));
  const auto path = integration_path(
      arguments, fmt::format("/secrets/{}/revoke-tokens",
                             base::percent_encode(arguments.argument("SECRET_ID"))));
  REKEY_TRY(const auto reply,
            api.send(net::Method::kPost, path, base::Secret::take(body.release())));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  print_line(context, fmt::format("Tokens made with {} until now are over; the secret is not.",
                                  arguments.argument("SECRET_ID")));
  return kExitOk;
}

Result<int> run_secret_list(Context& context, const Arguments& arguments) {
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply, api.get(integration_path(arguments, "/secrets")));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  if (const auto* secrets = reply.json.find("secrets")) show_secrets(context, *secrets);
  return kExitOk;
}

Result<int> run_secret_usage(Context& context, const Arguments& arguments) {
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply, api.get(integration_path(arguments, "/usage")));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  const auto now = context.clock.now();
  Table table({"SECRET", "NETWORK", "USER AGENT", "SLOT", "FIRST SEEN", "LAST SEEN", "COUNT"});
  if (const auto* usage = reply.json.find("usage")) {
    for (const auto& row : usage->items()) show_usage_row(row, table, now);
  }
  table.print(context);
  print_line(context, fmt::format("Complete since {}.",
                                  describe_instant(reply.json.find("complete_since"), now)));
  if (const auto warning = token_rate_warning(reply.json)) print_line(context, *warning);
  return kExitOk;
}

Result<int> run_secret_import(Context& context, const Arguments& arguments) {
  const auto generated_at = arguments.get("--generated-at");
  if (!generated_at) {
    return fail(Code::kInvalidArgument,
                "--generated-at is needed: the instant from which its time to live counts");
  }
  REKEY_TRY(const auto value, read_secret_input(context, arguments.get_or("--secret-file", "-")));
  net::JsonWriter body;
  body.begin_object();
  if (const auto slot = arguments.get("--slot")) body.member("slot", *slot);
  if (const auto label = arguments.get("--label")) body.member("label", *label);
  body.member_revealing("value", value).member("generated_at", *generated_at).end_object();
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply,
            api.send(net::Method::kPost, integration_path(arguments, "/secrets/import"),
                     base::Secret::take(body.release())));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  if (const auto* secret = reply.json.find("secret")) {
    const auto state = text_or_dash(*secret, "state");
    print_line(context, fmt::format("Imported {}: {}, {}{}.", text_or_dash(*secret, "id"), state,
                                    is_live(state) ? "ends " : "",
                                    describe_end(*secret, context.clock.now())));
  }
  return kExitOk;
}

}  // namespace rekey::cli
