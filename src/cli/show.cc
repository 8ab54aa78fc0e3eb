#include "cli/show.h"

#include <fmt/format.h>

#include <utility>

#include "cli/exit_code.h"

namespace rekey::cli {
namespace {

std::string_view why_it_ended(std::string_view state) {
  if (state == "replaced") return "replaced before it was activated";
  if (state == "ended") return "another one took over";
  if (state == "expired") return "its time was over";
  if (state == "dormant") return "nobody used it";
  return state;
}

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

std::int64_t days_until_end(const net::JsonValue& secret, base::Instant now) {
  const auto text = secret.string_member_or("ends_at", "");
  const auto ends_at = base::parse_instant(text.value_or(""));
  if (!ends_at || *ends_at <= now) return 0;
  return std::chrono::floor<base::Days>(*ends_at - now).count();
}

bool is_live(std::string_view state) noexcept {
  return state == "active" || state == "staged" || state == "settling" || state == "superseded";
}

std::string describe_end(const net::JsonValue& secret, base::Instant now) {
  const auto state = text_or_dash(secret, "state");
  const auto ends = describe_instant(secret.find("ends_at"), now);
  if (!is_live(state)) return fmt::format("ended {}: {}", ends, why_it_ended(state));
  if (state == "superseded") return ends;
  const auto expires = describe_instant(secret.find("expires_at"), now);
  if (text_or_dash(secret, "ends_at") == text_or_dash(secret, "expires_at")) return expires;
  return fmt::format("{}; unless it is used, dormant {}", expires, ends);
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
               {describe_end(secret, now)},
               {describe_instant(secret.find("last_used_at"), now)}});
  }
  table.print(context);
}

bool printed_as_json(const Context& context, const Arguments& arguments, const ApiReply& reply) {
  if (!arguments.wants_json()) return false;
  print_json(context, reply.text.reveal());
  return true;
}

base::Result<SecretFile> SecretFile::reserve(const Context& context, const Arguments& arguments) {
  const auto path = arguments.get_or("--secret-file", "");
  if (!path.empty()) {
    if (auto made = context.files.create(path, "", 0600); !made) {
      return tl::unexpected(base::with_context(
          "nothing was asked of the server, since the value could not be kept", made.error()));
    }
  }
  return SecretFile(context.files, path);
}

SecretFile::SecretFile(SecretFile&& other) noexcept
    : files_(other.files_), path_(std::exchange(other.path_, {})), is_written_(other.is_written_) {}

SecretFile::~SecretFile() {
  if (path_.empty() || is_written_) return;
  const auto removed = files_->remove(path_);
  static_cast<void>(removed);  // an empty file that stays tells nobody anything
}

base::Status SecretFile::write(std::string_view value) {
  std::string line(value);
  line += '\n';
  const auto content = base::Secret::take(std::move(line));
  REKEY_CHECK(files_->replace(path_, content.reveal(), 0600));
  is_written_ = true;
  return {};
}

base::Result<int> show_new_secret(const Context& context, const Arguments& arguments,
                                  const ApiReply& reply, SecretFile& file,
                                  const std::string& sentence) {
  const auto* secret = reply.json.find("secret");
  if (secret == nullptr) {
    return base::fail(base::Code::kInternal, "the server's reply has no secret");
  }
  const auto* value = secret->find("value");
  const bool is_filed = file.is_wanted() && value != nullptr;
  if (is_filed) {
    REKEY_TRY(const auto text, value->as_string());
    if (auto written = file.write(text); !written) {
      return tl::unexpected(base::with_context(
          fmt::format("{} exists now at the server, but its value could not be kept and is lost "
                      "(stage again to replace it)",
                      text_or_dash(*secret, "id")),
          written.error()));
    }
  }
  if (arguments.wants_json()) {
    print_json(context,
               is_filed ? json_without(reply.json, "value").reveal() : reply.text.reveal());
    return kExitOk;
  }
  print_line(context, sentence);
  if (reply.json.find("package") != nullptr) show_package(context, reply.json);
  const auto now = context.clock.now();
  print_pair(context, "Secret",
             fmt::format("{}, {}, slot {}", text_or_dash(*secret, "id"),
                         text_or_dash(*secret, "state"), text_or_dash(*secret, "slot")));
  print_pair(context, "Usable from", describe_instant(secret->find("usable_from"), now));
  print_pair(context, "Expires", describe_instant(secret->find("expires_at"), now));
  if (is_filed) {
    print_pair(context, "Value", fmt::format("written to {} (mode 0600)", file.path()));
  } else if (value != nullptr) {
    REKEY_TRY(const auto text, value->as_string());
    print_line(context, "The value is shown this once:");
    print_line(context, text);
  }
  return kExitOk;
}

}  // namespace rekey::cli
