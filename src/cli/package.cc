// rekey package create|list|show|edit|enable|disable|delete
#include <fmt/format.h>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/package_name.h"
#include "cli/secret_input.h"
#include "cli/show.h"
#include "cli/terminal.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

void add_list(net::JsonWriter& body, std::string_view member,
              const std::vector<std::string>& items) {
  body.key(member).begin_array();
  for (const auto& item : items) body.value(item);
  body.end_array();
}

std::vector<std::string> all_split(const Arguments& arguments, std::string_view option) {
  std::vector<std::string> items;
  for (const auto& text : arguments.all(option)) {
    for (auto& item : split_list(text)) items.push_back(std::move(item));
  }
  return items;
}

// The members that create and edit share.
base::Status add_facts(net::JsonWriter& body, const Arguments& arguments) {
  if (const auto text = arguments.get("--description")) body.member("description", *text);
  if (const auto text = arguments.get("--documentation")) body.member("documentation_link", *text);
  if (arguments.has("--owner")) add_list(body, "owners", arguments.all("--owner"));
  if (arguments.has("--contact")) add_list(body, "contacts", arguments.all("--contact"));
  if (arguments.has("--scope")) add_list(body, "scopes", all_split(arguments, "--scope"));
  if (arguments.has("--business-unit")) {
    body.key("business_units").begin_array();
    for (const auto& text : all_split(arguments, "--business-unit")) {
      const bool is_number = !text.empty() && text.size() <= 10 &&
                             text.find_first_not_of("0123456789") == std::string::npos;
      if (!is_number) {
        return fail(Code::kInvalidArgument,
                    fmt::format("--business-unit takes MIDs such as 500000002, not \"{}\"", text));
      }
      body.value(static_cast<std::int64_t>(std::stoll(text)));
    }
    body.end_array();
  }
  if (arguments.has("--policy")) {
    body.key("policy").begin_array();
    for (const auto& setting : arguments.all("--policy")) {
      const auto equals = setting.find('=');
      if (equals == std::string::npos) {
        return fail(Code::kInvalidArgument, "--policy takes KEY=VALUE, such as ttl=90d");
      }
      body.begin_object()
          .member("key", setting.substr(0, equals))
          .member("value", setting.substr(equals + 1))
          .end_object();
    }
    body.end_array();
  }
  return {};
}

// POST, PATCH or DELETE on one package, and what came of it.
Result<int> change_package(Context& context, const Arguments& arguments, net::Method method,
                           std::string_view suffix, base::Secret body, std::string_view done) {
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto meant, find_package(api, arguments.argument("PACKAGE")));
  REKEY_TRY(const auto reply,
            api.send(method, fmt::format("/packages/{}{}", meant, suffix), std::move(body)));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  const auto* package = reply.json.find("package");
  print_line(context,
             fmt::format("{} {}", package != nullptr ? text_or_dash(*package, "name") : "-", done));
  return kExitOk;
}

// The client ids of the packages that have this name already.
Result<std::vector<std::string>> namesakes(Api& api, const std::string& name) {
  std::vector<std::string> client_ids;
  REKEY_TRY(const auto reply, api.get("/packages"));
  const auto* packages = reply.json.find("packages");
  if (packages == nullptr) return client_ids;
  for (const auto& item : packages->items()) {
    const auto* package = item.find("package");
    const auto* integration = item.find("integration");
    if (package == nullptr || integration == nullptr) continue;
    if (package->string_member_or("name", "").value_or("") == name) {
      client_ids.push_back(text_or_dash(*integration, "client_id"));
    }
  }
  return client_ids;
}

// "Order sync" may be two packages, or one that was made twice by mistake.
void warn_of_namesakes(const Context& context, const std::string& name,
                       const std::vector<std::string>& client_ids) {
  if (client_ids.empty()) return;
  const auto text = fmt::format("warning: another package is called \"{}\" too: client id {}\n",
                                name, fmt::join(client_ids, ", "));
  std::fputs(printable(text).c_str(), context.err);
}

// "10.0.0.7 (order-sync/1), 2026-11-25T00:43:31Z (2 days ago)": who used a secret last.
std::string last_user_of(const net::JsonValue& usage, std::string_view secret_id,
                         base::Instant now) {
  const net::JsonValue* last = nullptr;
  if (const auto* rows = usage.find("usage")) {
    for (const auto& row : rows->items()) {
      if (text_or_dash(row, "secret_id") != secret_id) continue;
      if (last == nullptr || text_or_dash(*last, "last_seen") < text_or_dash(row, "last_seen")) {
        last = &row;
      }
    }
  }
  if (last == nullptr) return "nobody";
  const auto* caller = last->find("caller");
  const auto who = caller == nullptr ? std::string("-")
                                     : fmt::format("{} ({})", text_or_dash(*caller, "network"),
                                                   text_or_dash(*caller, "user_agent"));
  return fmt::format("{}, {}", who, describe_instant(last->find("last_seen"), now));
}

// Shows what would end, and asks.
Result<bool> is_deletion_approved(const Context& context, const Arguments& arguments) {
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto meant, find_package(api, arguments.argument("PACKAGE")));
  REKEY_TRY(const auto shown, api.get("/packages/" + meant));
  const auto* package = shown.json.find("package");
  const auto* integration = shown.json.find("integration");
  const auto* secrets = shown.json.find("secrets");
  if (package == nullptr || integration == nullptr || secrets == nullptr) {
    return fail(Code::kInternal, "the server's reply lacks a member");
  }
  const auto client_id = text_or_dash(*integration, "client_id");
  REKEY_TRY(const auto usage, api.get(fmt::format("/integrations/{}/usage", client_id)));
  const auto now = context.clock.now();
  Table table({"SECRET", "SLOT", "STATE", "LAST USED BY"});
  for (const auto& secret : secrets->items()) {
    const auto state = text_or_dash(secret, "state");
    if (!is_live(state)) continue;
    const auto id = text_or_dash(secret, "id");
    table.add({{id},
               {text_or_dash(secret, "slot")},
               {state, tone_of_state(state)},
               {last_user_of(usage.json, id, now)}});
  }
  table.print(context);
  return ask(context, fmt::format("End these secrets of {} (client id {}) at once and for good?",
                                  text_or_dash(*package, "name"), client_id));
}

}  // namespace

Result<int> run_package_create(Context& context, const Arguments& arguments) {
  net::JsonWriter body;
  body.begin_object().member("name", arguments.argument("NAME"));
  REKEY_CHECK(add_facts(body, arguments));
  if (!arguments.has("--scope")) add_list(body, "scopes", {});
  if (const auto client_id = arguments.get("--client-id")) body.member("client_id", *client_id);
  if (arguments.has("--import")) {
    const auto generated_at = arguments.get("--generated-at");
    if (!generated_at) {
      return fail(Code::kInvalidArgument,
                  "--import needs --generated-at: the instant from which the 180 days count");
    }
    REKEY_TRY(const auto value, read_secret_input(context, arguments.get_or("--import", "-")));
    body.key("import").begin_object();
    body.member_revealing("value", value).member("generated_at", *generated_at).end_object();
  }
  body.end_object();
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto others, namesakes(api, arguments.argument("NAME")));
  REKEY_TRY(auto file, SecretFile::reserve(context, arguments));
  REKEY_TRY(const auto reply,
            api.send(net::Method::kPost, "/packages", base::Secret::take(body.release())));
  warn_of_namesakes(context, arguments.argument("NAME"), others);
  return show_new_secret(context, arguments, reply, file, "Created.");
}

Result<int> run_package_list(Context& context, const Arguments& arguments) {
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply, api.get("/packages"));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  Table table({"ID", "NAME", "CLIENT ID", "STATE", "OWNERS", "SCOPES"});
  if (const auto* packages = reply.json.find("packages")) {
    for (const auto& item : packages->items()) {
      const auto* package = item.find("package");
      const auto* integration = item.find("integration");
      if (package == nullptr || integration == nullptr) continue;
      const bool is_enabled = package->boolean_member_or("enabled", true).value_or(true);
      const auto* scopes = integration->find("scopes");
      table.add({{text_or_dash(*package, "id")},
                 {text_or_dash(*package, "name")},
                 {text_or_dash(*integration, "client_id")},
                 {is_enabled ? "enabled" : "disabled", is_enabled ? Tone::kGood : Tone::kBad},
                 {joined(package->find("owners"))},
                 {std::to_string(scopes == nullptr ? 0 : scopes->items().size())}});
    }
  }
  table.print(context);
  return kExitOk;
}

Result<int> run_package_show(Context& context, const Arguments& arguments) {
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto meant, find_package(api, arguments.argument("PACKAGE")));
  REKEY_TRY(const auto reply, api.get("/packages/" + meant));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  show_package(context, reply.json);
  if (const auto* secrets = reply.json.find("secrets")) {
    print_line(context, "");
    show_secrets(context, *secrets);
  }
  return kExitOk;
}

Result<int> run_package_edit(Context& context, const Arguments& arguments) {
  net::JsonWriter body;
  body.begin_object();
  if (const auto name = arguments.get("--name")) body.member("name", *name);
  REKEY_CHECK(add_facts(body, arguments));
  body.end_object();
  if (body.text() == "{}") {
    return fail(Code::kInvalidArgument,
                "nothing to change: give at least one of --name, --scope, …");
  }
  return change_package(context, arguments, net::Method::kPatch, "",
                        base::Secret::take(body.release()), "changed.");
}

Result<int> run_package_enable(Context& context, const Arguments& arguments) {
  return change_package(context, arguments, net::Method::kPost, "/enable", {}, "is enabled.");
}

Result<int> run_package_disable(Context& context, const Arguments& arguments) {
  return change_package(context, arguments, net::Method::kPost, "/disable", {},
                        "is disabled: its token requests are refused from now on.");
}

Result<int> run_package_revoke_tokens(Context& context, const Arguments& arguments) {
  net::JsonWriter body;
  body.begin_object().member("reason", arguments.get_or("--reason", "")).end_object();
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto meant, find_package(api, arguments.argument("PACKAGE")));
  REKEY_TRY(const auto reply,
            api.send(net::Method::kPost, fmt::format("/packages/{}/revoke-tokens", meant),
                     base::Secret::take(body.release())));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  print_line(context, fmt::format("Tokens of {} until now are over; its secrets are not.",
                                  arguments.argument("PACKAGE")));
  return kExitOk;
}

Result<int> run_package_delete(Context& context, const Arguments& arguments) {
  const bool is_said = arguments.has("--yes");
  if (!is_said && !can_ask(context)) {
    return fail(Code::kInvalidArgument,
                "deleting a package ends all its secrets at once and cannot be undone; say --yes");
  }
  if (!is_said) {
    REKEY_TRY(const bool is_approved, is_deletion_approved(context, arguments));
    if (!is_approved) {
      std::fputs("rekey: nothing was changed\n", context.err);
      return kExitStopped;
    }
  }
  return change_package(context, arguments, net::Method::kDelete, "", {}, "is deleted.");
}

}  // namespace rekey::cli
