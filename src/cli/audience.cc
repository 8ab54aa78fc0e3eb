// rekey audience list|declare|remove
#include <fmt/format.h>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/show.h"

namespace rekey::cli {
namespace {

std::string clients_of(const net::JsonValue& audience) {
  std::string text;
  if (const auto* clients = audience.find("clients")) {
    for (const auto& client : clients->items()) {
      text += fmt::format("{}{}", text.empty() ? "" : " ", client.as_string().value_or(""));
    }
  }
  return text.empty() ? "all" : text;
}

}  // namespace

base::Result<int> run_audience_list(Context& context, const Arguments& arguments) {
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply, api.get("/audiences"));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  Table table({"AUDIENCE", "ALGORITHM", "FOR", "RESOURCE SERVER"});
  table.add({{text_or_dash(reply.json, "own")}, {"ES256"}, {"all"}, {"this server"}});
  if (const auto* audiences = reply.json.find("audiences")) {
    for (const auto& audience : audiences->items()) {
      table.add({{text_or_dash(audience, "uri")},
                 {text_or_dash(audience, "algorithm")},
                 {clients_of(audience)},
                 {text_or_dash(audience, "resource_server")}});
    }
  }
  table.print(context);
  return kExitOk;
}

base::Result<int> run_audience_declare(Context& context, const Arguments& arguments) {
  net::JsonWriter body;
  body.begin_object().member("uri", arguments.argument("URI"));
  if (const auto algorithm = arguments.get("--algorithm")) body.member("algorithm", *algorithm);
  body.key("clients").begin_array();
  for (const auto& package : arguments.all("--package")) body.value(package);
  body.end_array();
  if (const auto server = arguments.get("--resource-server")) {
    body.member("resource_server", *server);
  }
  body.end_object();
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply,
            api.send(net::Method::kPost, "/audiences", base::Secret::take(body.release())));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  if (const auto* audience = reply.json.find("audience")) {
    print_line(context, fmt::format("Tokens for {} are signed with {}, for {}.",
                                    text_or_dash(*audience, "uri"),
                                    text_or_dash(*audience, "algorithm"), clients_of(*audience)));
  }
  return kExitOk;
}

base::Result<int> run_audience_remove(Context& context, const Arguments& arguments) {
  net::JsonWriter body;
  body.begin_object().member("uri", arguments.argument("URI")).end_object();
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply,
            api.send(net::Method::kPost, "/audiences/remove", base::Secret::take(body.release())));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  print_line(context, fmt::format("No token is made for {} any more.", arguments.argument("URI")));
  return kExitOk;
}

}  // namespace rekey::cli
