#include "authority/admin_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "authority/json_fields.h"
#include "base/text.h"

namespace rekey::authority {

namespace {

using credential::ClientSecret;
using credential::Integration;
using net::JsonWriter;

std::int64_t whole_seconds(base::Duration duration) {
  return std::chrono::ceil<std::chrono::seconds>(duration).count();
}

// The members that a secret has both in its own object and in a row of the status.
void write_secret_state(JsonWriter& json, const SecretView& view) {
  const ClientSecret& secret = view.secret;
  const base::Instant ends_at = end_of(secret, view.last_used_at);
  const credential::SecretStatus status = status_at(secret, view.last_used_at, view.now);
  json.member("slot", secret.slot.value)
      .member("state", name_of(status))
      .member("label", secret.label)
      .member("prefix", secret.shown_prefix);
  write_instant(json, "generated_at", secret.generated_at);
  write_instant(json, "usable_from", secret.usable_from);
  write_instant(json, "expires_at", secret.expires_at);
  write_instant(json, "ends_at", ends_at);
  json.member("days_left", is_live(status) ? days_left(secret, view.now) : 0);
  write_instant(json, "last_used_at", view.last_used_at);
}

void write_status_members(JsonWriter& json, const Integration& integration,
                          const SecretView& view) {
  json.member("client_id", integration.client_id.value)
      .member("package", integration.package.name)
      .member("package_id", to_text(integration.package_id))
      .member("secret_id", to_text(view.secret.id));
  write_secret_state(json, view);
  json.member("enabled", integration.is_enabled).member("admin", integration.is_admin);
}

}  // namespace

void write_package(JsonWriter& json, const Integration& integration) {
  json.begin_object()
      .member("id", to_text(integration.package_id))
      .member("name", integration.package.name)
      .member("description", integration.package.description);
  write_texts(json, "owners", integration.package.owners);
  write_texts(json, "contacts", integration.package.contacts);
  json.member("documentation_link", integration.package.documentation_link)
      .member("enabled", integration.is_enabled)
      .member("admin", integration.is_admin);
  write_instant(json, "created_at", integration.created_at);
  json.end_object();
}

void write_integration(JsonWriter& json, const Integration& integration,
                       const FrontSettings& settings) {
  const std::string base = settings.public_url + "/";
  json.begin_object()
      .member("client_id", integration.client_id.value)
      .member("type", "server_to_server")
      .member("auth_base_uri", auth_base_uri(settings))
      .member("rest_base_uri", base)
      .member("soap_base_uri", base);
  write_texts(json, "scopes", integration.scopes);
  json.member("account_id", integration.home_business_unit.value);
  write_units(json, "business_units", integration.business_units);
  json.end_object();
}

void write_secret(JsonWriter& json, const SecretView& view, const ValueShown& shown) {
  const ClientSecret& secret = view.secret;
  json.begin_object().member("id", to_text(secret.id));
  if (shown.value != nullptr) json.member_revealing("value", *shown.value);
  if (shown.was_shown_already) json.member("value_already_shown", true);
  write_secret_state(json, view);
  json.member("origin", name_of(secret.origin))
      .member("fingerprint", base::display(secret.fingerprint));
  write_instant(json, "activated_at", secret.activated_at);
  write_instant(json, "superseded_at", secret.superseded_at);
  write_instant(json, "overlap_ends_at", secret.overlap_ends_at);
  write_instant(json, "ended_at", secret.ended_at);
  const credential::RenewalWindow window = renewal_window(secret);
  json.key("renewal_window").begin_object();
  write_instant(json, "opens_at", window.opens_at);
  write_instant(json, "closes_at", window.closes_at);
  json.end_object().end_object();
}

void write_status_row(JsonWriter& json, const Integration& integration, const SecretView& view) {
  json.begin_object();
  write_status_members(json, integration, view);
  json.end_object();
}

void write_known_secret(JsonWriter& json, const Integration& integration, const SecretView& view,
                        const std::optional<std::vector<std::uint8_t>>& tags) {
  const credential::SecretStatus status = status_at(view.secret, view.last_used_at, view.now);
  json.begin_object();
  write_status_members(json, integration, view);
  write_instant(json, "ended_at", view.secret.ended_at);
  json.member("accepted", integration.is_enabled && is_accepted(status)).key("tags");
  if (tags) {
    json.value(base::base64_encode(*tags));
  } else {
    json.null();
  }
  json.end_object();
}

void write_policy(JsonWriter& json, const credential::Policy& policy) {
  json.begin_object();
  for (const credential::PolicySetting& setting : settings_of(policy)) {
    json.member(setting.key, setting.value);
  }
  json.end_object();
}

void write_descriptor(JsonWriter& json, const credential::Policy& policy) {
  json.begin_object().member("settle_seconds", whole_seconds(policy.settle));
  json.key("overlap_seconds");
  if (policy.overlap == credential::kUntilExpiry) {
    json.null();
  } else {
    json.value(whole_seconds(policy.overlap));
  }
  json.member("activation_ends_old", policy.overlap == base::Duration{0})
      .member("can_undo_activation", policy.overlap != base::Duration{0})
      .member("live_limit", policy.live_limit)
      .member("generation_interval_seconds", whole_seconds(policy.between_generations))
      .member("activation_interval_seconds", whole_seconds(policy.between_activations))
      .end_object();
}

void write_event(JsonWriter& json, const ledger::StoredEvent& event) {
  json.begin_object()
      .member("position", event.position)
      .member("stream", event.stream)
      .member("version", event.version)
      .member("type", event.event.type);
  write_instant(json, "at", event.event.at);
  json.member("actor", event.event.actor).key("body").raw(event.event.body).end_object();
}

base::Instant fixed_end_of(const ClientSecret& secret) noexcept {
  return std::min(secret.expires_at, secret.overlap_ends_at.value_or(secret.expires_at));
}

std::int64_t days_left(const ClientSecret& secret, base::Instant now) noexcept {
  const base::Instant end = fixed_end_of(secret);
  if (end <= now) return 0;
  return std::chrono::floor<base::Days>(end - now).count();
}

std::vector<const ClientSecret*> watched_secrets(const Integration& integration,
                                                 const credential::Evidence& evidence,
                                                 base::Instant now) {
  std::vector<const ClientSecret*> watched;
  for (const credential::Slot& slot : integration.slots) {
    const ClientSecret* last = nullptr;
    const std::size_t before = watched.size();
    for (const ClientSecret& secret : integration.secrets) {
      if (secret.slot != slot.tag) continue;
      last = &secret;
      if (is_live(status_at(secret, evidence.last_used_at(secret.id), now))) {
        watched.push_back(&secret);
      }
    }
    if (watched.size() == before && last != nullptr) watched.push_back(last);
  }
  return watched;
}

}  // namespace rekey::authority
