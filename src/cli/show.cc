#include "cli/show.h"

#include <fmt/format.h>

#include "cli/exit_code.h"

namespace rekey::cli {
namespace {

void print_pair(const Context& context, std::string_view name, std::string_view content) {
  print_line(
      context,
      fmt::format("{}{}", in_tone(context, fmt::format("{:<16}", name), Tone::kFaint), content));
}

}  // namespace

Tone tone_of_state(std::string_view state) {
  if (state == "active") return Tone::kGood;
  if (state == "staged" || state == "settling" || state == "superseded") return Tone::kWarning;
  if (state == "expired" || state == "dormant" || state == "revoked") return Tone::kBad;
  return Tone::kFaint;
}

void show_package(const Context& context, const net::JsonValue& reply) {
  const auto* package = reply.find("package");
  const auto* integration = reply.find("integration");
  if (package != nullptr) {
    print_pair(
        context, "Package",
        fmt::format("{} ({})", text_or_dash(*package, "name"), text_or_dash(*package, "id")));
    const auto is_enabled = package->boolean_member_or("enabled", true);
    if (is_enabled && !*is_enabled)
      print_pair(context, "State", in_tone(context, "disabled", Tone::kBad));
    for (const auto& [name, member] : {std::pair{"Description", "description"},
                                       std::pair{"Documentation", "documentation_link"}}) {
      if (const auto text = text_or_dash(*package, member); text != "-")
        print_pair(context, name, text);
    }
    for (const auto& [name, member] :
         {std::pair{"Owners", "owners"}, std::pair{"Contacts", "contacts"}}) {
      if (const auto text = joined(package->find(member)); text != "-")
        print_pair(context, name, text);
    }
  }
  if (integration != nullptr) {
    print_pair(context, "Client id", text_or_dash(*integration, "client_id"));
    print_pair(context, "Auth base URI", text_or_dash(*integration, "auth_base_uri"));
    print_pair(context, "REST base URI", text_or_dash(*integration, "rest_base_uri"));
    print_pair(context, "SOAP base URI", text_or_dash(*integration, "soap_base_uri"));
    print_pair(context, "Scopes", joined(integration->find("scopes"), " "));
    print_pair(context, "Business units", joined(integration->find("business_units")));
  }
}

void show_secrets(const Context& context, const net::JsonValue& secrets) {
  Table table({"ID", "SLOT", "STATE", "PREFIX", "FINGERPRINT", "GENERATED", "ENDS", "LAST USED"});
  const auto now = context.clock.now();
  for (const auto& secret : secrets.items()) {
    const auto state = text_or_dash(secret, "state");
    table.add({{text_or_dash(secret, "id")},
               {text_or_dash(secret, "slot")},
               {state, tone_of_state(state)},
               {text_or_dash(secret, "prefix")},
               {text_or_dash(secret, "fingerprint")},
               {text_or_dash(secret, "generated_at")},
               {describe_instant(secret.find("ends_at"), now)},
               {describe_instant(secret.find("last_used_at"), now)}});
  }
  table.print(context);
}

bool printed_as_json(const Context& context, const Arguments& arguments, const ApiReply& reply) {
  if (!arguments.wants_json()) return false;
  print_line(context, reply.text.reveal());
  return true;
}

base::Result<int> show_new_secret(const Context& context, const Arguments& arguments,
                                  const ApiReply& reply, const std::string& sentence) {
  const auto* secret = reply.json.find("secret");
  if (secret == nullptr)
    return base::fail(base::Code::kInternal, "the server's reply has no secret");
  const auto* value = secret->find("value");
  const auto path = arguments.get("--secret-file");
  if (path && value != nullptr) {
    REKEY_TRY(const auto text, value->as_string());
    if (auto written = write_secret_file(context, *path, text); !written) {
      return tl::unexpected(base::with_context(
          fmt::format("{} exists now at the server, but its value could not be kept and is lost "
                      "(stage again to replace it)",
                      text_or_dash(*secret, "id")),
          written.error()));
    }
  }
  if (arguments.wants_json()) {
    print_line(context, path ? json_without(reply.json, "value").reveal() : reply.text.reveal());
    return kExitOk;
  }
  print_line(context, sentence);
  if (reply.json.find("package") != nullptr) show_package(context, reply.json);
  const auto now = context.clock.now();
  print_line(context, fmt::format("Secret          {}, {}, slot {}", text_or_dash(*secret, "id"),
                                  text_or_dash(*secret, "state"), text_or_dash(*secret, "slot")));
  print_line(context,
             fmt::format("Usable from     {}", describe_instant(secret->find("usable_from"), now)));
  print_line(context,
             fmt::format("Expires         {}", describe_instant(secret->find("expires_at"), now)));
  if (path && value != nullptr) {
    print_line(context, fmt::format("Value           written to {} (mode 0600)", *path));
  } else if (value != nullptr) {
    REKEY_TRY(const auto text, value->as_string());
    print_line(context, "The value is shown this once:");
    print_line(context, text);
  }
  return kExitOk;
}

}  // namespace rekey::cli
