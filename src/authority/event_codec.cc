#include "authority/event_codec.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "authority/json_fields.h"
#include "net/json.h"

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;
using credential::EventBody;
using net::JsonValue;
using net::JsonWriter;

constexpr int kVersion = 1;
constexpr std::string_view kStreamPrefix = "integration/";

// ---- writing ----------------------------------------------------------------------------------

void write_facts(JsonWriter& json, const credential::PackageFacts& facts) {
  json.member("name", facts.name).member("description", facts.description);
  write_texts(json, "owners", facts.owners);
  write_texts(json, "contacts", facts.contacts);
  json.member("documentation_link", facts.documentation_link);
}

// Shared by the two events that set what a package may do.
template <typename Body>
void write_access(JsonWriter& json, const Body& body) {
  write_facts(json, body.package);
  write_texts(json, "scopes", body.scopes);
  write_units(json, "business_units", body.business_units);
  write_settings(json, "policy_overrides", body.policy_overrides);
}

struct BodyWriter {
  JsonWriter& json;

  std::string_view operator()(const credential::PackageCreated& body) const {
    json.member("integration_id", body.id.value)
        .member("package_id", body.package_id.value)
        .member("tenant_id", body.tenant_id.value)
        .member("client_id", body.client_id.value)
        .member("is_admin", body.is_admin)
        .member("home_business_unit", body.home_business_unit.value);
    write_access(json, body);
    return "package_created";
  }
  std::string_view operator()(const credential::PackageEdited& body) const {
    write_access(json, body);
    return "package_edited";
  }
  std::string_view operator()(const credential::PackageEnabled&) const { return "package_enabled"; }
  std::string_view operator()(const credential::PackageDisabled&) const {
    return "package_disabled";
  }
  std::string_view operator()(const credential::PackageDeleted&) const { return "package_deleted"; }
  std::string_view operator()(const credential::SlotOpened& body) const {
    json.member("slot", body.slot.value);
    return "slot_opened";
  }
  std::string_view operator()(const credential::SecretIssued& body) const {
    const credential::ClientSecret& secret = body.secret;
    json.member("secret_id", secret.id.value)
        .member("slot", secret.slot.value)
        .member("fingerprint", base::to_text(secret.fingerprint))
        .member("prefix", secret.shown_prefix)
        .member("label", secret.label)
        .member("origin", name_of(secret.origin))
        .member("phase", name_of(secret.phase))
        .member("end_reason", name_of(secret.end_reason));
    write_instant(json, "generated_at", secret.generated_at);
    write_instant(json, "usable_from", secret.usable_from);
    write_instant(json, "expires_at", secret.expires_at);
    json.member("dormancy_milliseconds", static_cast<std::int64_t>(secret.dormancy.count()));
    write_instant(json, "activated_at", secret.activated_at);
    write_instant(json, "superseded_at", secret.superseded_at);
    write_instant(json, "overlap_ends_at", secret.overlap_ends_at);
    write_instant(json, "ended_at", secret.ended_at);
    return "secret_issued";
  }
  std::string_view operator()(const credential::SecretActivated& body) const {
    json.member("secret_id", body.secret_id.value);
    json.key("superseded_id");
    if (body.superseded_id) {
      json.value(body.superseded_id->value);
    } else {
      json.null();
    }
    write_instant(json, "overlap_ends_at", body.overlap_ends_at);
    json.member("forced_reason", body.forced_reason);
    return "secret_activated";
  }
  std::string_view operator()(const credential::SecretEnded& body) const {
    json.member("secret_id", body.secret_id.value)
        .member("reason", name_of(body.reason))
        .member("note", body.note);
    return "secret_ended";
  }
  std::string_view operator()(const credential::ActivationUndone& body) const {
    json.member("secret_id", body.secret_id.value)
        .member("restored_id", body.restored_id.value)
        .member("reason", body.reason);
    return "activation_undone";
  }
  std::string_view operator()(const credential::TokensRevoked& body) const {
    json.key("secret_id");
    if (body.secret_id) {
      json.value(body.secret_id->value);
    } else {
      json.null();
    }
    json.member("reason", body.reason);
    return "tokens_revoked";
  }

  std::string_view operator()(const TenantCreated& body) const {
    json.member("tenant_id", body.id.value)
        .member("name", body.name)
        .member("enterprise_id", body.enterprise.value)
        .member("home_business_unit", body.home_business_unit.value)
        .member("root_key_id", static_cast<std::int64_t>(body.root_key_id));
    return "tenant_created";
  }
  std::string_view operator()(const PolicyChanged& body) const {
    write_settings(json, "settings", body.settings);
    return "policy_changed";
  }
  std::string_view operator()(const ScopesRegistered& body) const {
    json.member("first_number", body.first_number);
    write_texts(json, "names", body.names);
    return "scopes_registered";
  }
  std::string_view operator()(const TokenKeyMade& body) const {
    json.member("kid", static_cast<std::int64_t>(body.kid))
        .member("instance", static_cast<std::int64_t>(body.instance));
    return "token_key_made";
  }
  std::string_view operator()(const AdminRecovered& body) const {
    json.member("client_id", body.client_id.value).member("secret_id", body.secret_id.value);
    return "admin_recovered";
  }
  std::string_view operator()(const RefusalsBegan& body) const {
    json.member("client_id", body.client_id).member("reason", body.reason);
    return "refusal_episode";
  }
  std::string_view operator()(const SearchKeyGiven& body) const {
    json.member("key_id", static_cast<std::int64_t>(body.key_id));
    return "search_key_given";
  }
  std::string_view operator()(const AuthorityRestored& body) const {
    write_instant(json, "backup_at", body.backup_at);
    json.member("backup_position", body.backup_position)
        .member("numbers_after", body.numbers_after);
    return "authority_restored";
  }
  std::string_view operator()(const LeakReported& body) const {
    json.member("client_id", body.client_id.value)
        .member("secret_id", body.secret_id.value)
        .member("source", body.source)
        .member("action", body.action);
    return "leak_reported";
  }
  std::string_view operator()(const SigningKeyMade& body) const {
    json.member("kid", body.kid).member("algorithm", name_of(body.algorithm));
    write_instant(json, "signs_from", body.signs_from);
    return "signing_key_made";
  }
  std::string_view operator()(const SigningKeyWithdrawn& body) const {
    json.member("kid", body.kid).member("reason", body.reason);
    return "signing_key_withdrawn";
  }
  std::string_view operator()(const AudienceDeclared& body) const {
    json.member("uri", body.audience.uri).member("algorithm", name_of(body.audience.algorithm));
    write_texts(json, "clients", body.audience.clients);
    json.member("resource_server", body.audience.resource_server);
    return "audience_declared";
  }
  std::string_view operator()(const AudienceRemoved& body) const {
    json.member("uri", body.uri);
    return "audience_removed";
  }
};

template <typename Event>
ledger::NewEvent encode_any(const Event& event, std::string_view actor) {
  JsonWriter json;
  json.begin_object();
  ledger::NewEvent stored;
  stored.type = std::visit(BodyWriter{json}, event.body);
  json.end_object();
  stored.type_version = kVersion;
  stored.body = json.release();
  stored.actor = actor;
  stored.at = event.at;
  return stored;
}

// ---- reading ----------------------------------------------------------------------------------

template <typename Id>
Result<Id> id_member(const JsonValue& json, std::string_view name) {
  REKEY_TRY(const std::int64_t number, json.integer_member(name));
  if (number <= 0) {
    return base::fail(Code::kInvalidArgument, fmt::format("{}: must be positive", name));
  }
  return Id{number};
}

Result<std::uint32_t> uint32_member(const JsonValue& json, std::string_view name) {
  REKEY_TRY(const std::int64_t number, json.integer_member(name));
  if (number < 0 || number > std::numeric_limits<std::uint32_t>::max()) {
    return base::fail(Code::kInvalidArgument, fmt::format("{}: out of range", name));
  }
  return static_cast<std::uint32_t>(number);
}

Result<credential::ClientId> client_id_member(const JsonValue& json) {
  REKEY_TRY(const std::string text, json.string_member("client_id"));
  return credential::parse_client_id(text);
}

Result<credential::SlotTag> slot_member(const JsonValue& json) {
  REKEY_TRY(const std::string text, json.string_member("slot"));
  return credential::parse_slot_tag(text);
}

template <typename Body>
base::Status read_access(const JsonValue& json, Body& body) {
  REKEY_TRY(body.package.name, json.string_member("name"));
  REKEY_TRY(body.package.description, json.string_member("description"));
  REKEY_TRY(body.package.owners, texts_member(json, "owners"));
  REKEY_TRY(body.package.contacts, texts_member(json, "contacts"));
  REKEY_TRY(body.package.documentation_link, json.string_member("documentation_link"));
  REKEY_TRY(body.scopes, texts_member(json, "scopes"));
  REKEY_TRY(body.business_units, units_member(json, "business_units"));
  REKEY_TRY(body.policy_overrides, settings_member(json, "policy_overrides"));
  return {};
}

Result<EventBody> read_package_created(const JsonValue& json) {
  credential::PackageCreated body;
  REKEY_TRY(body.id, id_member<credential::IntegrationId>(json, "integration_id"));
  REKEY_TRY(body.package_id, id_member<credential::PackageId>(json, "package_id"));
  REKEY_TRY(body.tenant_id, id_member<credential::TenantId>(json, "tenant_id"));
  REKEY_TRY(body.client_id, client_id_member(json));
  REKEY_TRY(body.is_admin, json.boolean_member_or("is_admin", false));
  REKEY_TRY(body.home_business_unit,
            id_member<credential::BusinessUnitId>(json, "home_business_unit"));
  REKEY_CHECK(read_access(json, body));
  return body;
}

Result<EventBody> read_package_edited(const JsonValue& json) {
  credential::PackageEdited body;
  REKEY_CHECK(read_access(json, body));
  return body;
}

Result<EventBody> read_slot_opened(const JsonValue& json) {
  REKEY_TRY(const credential::SlotTag slot, slot_member(json));
  return credential::SlotOpened{slot};
}

Result<EventBody> read_secret_issued(const JsonValue& json) {
  credential::ClientSecret secret;
  REKEY_TRY(secret.id, id_member<credential::SecretId>(json, "secret_id"));
  REKEY_TRY(secret.slot, slot_member(json));
  REKEY_TRY(const std::string fingerprint, json.string_member("fingerprint"));
  REKEY_TRY(secret.fingerprint, base::fingerprint_from_text(fingerprint));
  REKEY_TRY(secret.shown_prefix, json.string_member("prefix"));
  REKEY_TRY(secret.label, json.string_member("label"));
  REKEY_TRY(const std::string origin, json.string_member("origin"));
  REKEY_TRY(secret.origin, credential::parse_origin(origin));
  REKEY_TRY(const std::string phase, json.string_member("phase"));
  REKEY_TRY(secret.phase, credential::parse_phase(phase));
  REKEY_TRY(const std::string end_reason, json.string_member("end_reason"));
  REKEY_TRY(secret.end_reason, credential::parse_end_reason(end_reason));
  REKEY_TRY(secret.generated_at, instant_member(json, "generated_at"));
  REKEY_TRY(secret.usable_from, instant_member(json, "usable_from"));
  REKEY_TRY(secret.expires_at, instant_member(json, "expires_at"));
  REKEY_TRY(const std::int64_t dormancy, json.integer_member("dormancy_milliseconds"));
  secret.dormancy = base::Duration{dormancy};
  REKEY_TRY(secret.activated_at, optional_instant_member(json, "activated_at"));
  REKEY_TRY(secret.superseded_at, optional_instant_member(json, "superseded_at"));
  REKEY_TRY(secret.overlap_ends_at, optional_instant_member(json, "overlap_ends_at"));
  REKEY_TRY(secret.ended_at, optional_instant_member(json, "ended_at"));
  return credential::SecretIssued{std::move(secret)};
}

Result<EventBody> read_secret_activated(const JsonValue& json) {
  credential::SecretActivated body;
  REKEY_TRY(body.secret_id, id_member<credential::SecretId>(json, "secret_id"));
  const JsonValue* superseded = json.find("superseded_id");
  if (superseded != nullptr && !superseded->is_null()) {
    REKEY_TRY(body.superseded_id, id_member<credential::SecretId>(json, "superseded_id"));
  }
  REKEY_TRY(body.overlap_ends_at, optional_instant_member(json, "overlap_ends_at"));
  REKEY_TRY(body.forced_reason, json.string_member("forced_reason"));
  return body;
}

Result<EventBody> read_secret_ended(const JsonValue& json) {
  credential::SecretEnded body;
  REKEY_TRY(body.secret_id, id_member<credential::SecretId>(json, "secret_id"));
  REKEY_TRY(const std::string reason, json.string_member("reason"));
  REKEY_TRY(body.reason, credential::parse_end_reason(reason));
  REKEY_TRY(body.note, json.string_member("note"));
  return body;
}

Result<EventBody> read_activation_undone(const JsonValue& json) {
  credential::ActivationUndone body;
  REKEY_TRY(body.secret_id, id_member<credential::SecretId>(json, "secret_id"));
  REKEY_TRY(body.restored_id, id_member<credential::SecretId>(json, "restored_id"));
  REKEY_TRY(body.reason, json.string_member("reason"));
  return body;
}

Result<EventBody> read_tokens_revoked(const JsonValue& json) {
  credential::TokensRevoked body;
  const JsonValue* secret = json.find("secret_id");
  if (secret != nullptr && !secret->is_null()) {
    REKEY_TRY(body.secret_id, id_member<credential::SecretId>(json, "secret_id"));
  }
  REKEY_TRY(body.reason, json.string_member("reason"));
  return body;
}

Result<TenantEventBody> read_tenant_created(const JsonValue& json) {
  TenantCreated body;
  REKEY_TRY(body.id, id_member<credential::TenantId>(json, "tenant_id"));
  REKEY_TRY(body.name, json.string_member("name"));
  REKEY_TRY(body.enterprise, id_member<credential::BusinessUnitId>(json, "enterprise_id"));
  REKEY_TRY(body.home_business_unit,
            id_member<credential::BusinessUnitId>(json, "home_business_unit"));
  REKEY_TRY(body.root_key_id, uint32_member(json, "root_key_id"));
  return body;
}

Result<TenantEventBody> read_policy_changed(const JsonValue& json) {
  PolicyChanged body;
  REKEY_TRY(body.settings, settings_member(json, "settings"));
  return body;
}

Result<TenantEventBody> read_scopes_registered(const JsonValue& json) {
  ScopesRegistered body;
  REKEY_TRY(body.first_number, json.integer_member("first_number"));
  REKEY_TRY(body.names, texts_member(json, "names"));
  return body;
}

Result<TenantEventBody> read_token_key_made(const JsonValue& json) {
  TokenKeyMade body;
  REKEY_TRY(body.kid, uint32_member(json, "kid"));
  REKEY_TRY(body.instance, uint32_member(json, "instance"));
  return body;
}

Result<TenantEventBody> read_admin_recovered(const JsonValue& json) {
  AdminRecovered body;
  REKEY_TRY(body.client_id, client_id_member(json));
  REKEY_TRY(body.secret_id, id_member<credential::SecretId>(json, "secret_id"));
  return body;
}

Result<TenantEventBody> read_refusals_began(const JsonValue& json) {
  RefusalsBegan body;
  REKEY_TRY(body.client_id, json.string_member("client_id"));
  REKEY_TRY(body.reason, json.string_member("reason"));
  return body;
}

Result<TenantEventBody> read_search_key_given(const JsonValue& json) {
  SearchKeyGiven body;
  REKEY_TRY(body.key_id, uint32_member(json, "key_id"));
  return body;
}

Result<TenantEventBody> read_authority_restored(const JsonValue& json) {
  AuthorityRestored body;
  REKEY_TRY(body.backup_at, instant_member(json, "backup_at"));
  REKEY_TRY(body.backup_position, json.integer_member("backup_position"));
  REKEY_TRY(body.numbers_after, json.integer_member("numbers_after"));
  return body;
}

Result<TenantEventBody> read_leak_reported(const JsonValue& json) {
  LeakReported body;
  REKEY_TRY(body.client_id, client_id_member(json));
  REKEY_TRY(body.secret_id, id_member<credential::SecretId>(json, "secret_id"));
  REKEY_TRY(body.source, json.string_member("source"));
  REKEY_TRY(body.action, json.string_member("action"));
  return body;
}

Result<crypto::JwsAlgorithm> algorithm_member(const JsonValue& json) {
  REKEY_TRY(const std::string name, json.string_member("algorithm"));
  return crypto::parse_jws_algorithm(name);
}

Result<TenantEventBody> read_signing_key_made(const JsonValue& json) {
  SigningKeyMade body;
  REKEY_TRY(body.kid, json.string_member("kid"));
  REKEY_TRY(body.algorithm, algorithm_member(json));
  REKEY_TRY(body.signs_from, instant_member(json, "signs_from"));
  return body;
}

Result<TenantEventBody> read_signing_key_withdrawn(const JsonValue& json) {
  SigningKeyWithdrawn body;
  REKEY_TRY(body.kid, json.string_member("kid"));
  REKEY_TRY(body.reason, json.string_member("reason"));
  return body;
}

Result<TenantEventBody> read_audience_declared(const JsonValue& json) {
  Audience audience;
  REKEY_TRY(audience.uri, json.string_member("uri"));
  REKEY_TRY(audience.algorithm, algorithm_member(json));
  REKEY_TRY(audience.clients, texts_member(json, "clients"));
  REKEY_TRY(audience.resource_server, json.string_member("resource_server"));
  REKEY_CHECK(check(audience));
  return AudienceDeclared{std::move(audience)};
}

Result<TenantEventBody> read_audience_removed(const JsonValue& json) {
  AudienceRemoved body;
  REKEY_TRY(body.uri, json.string_member("uri"));
  return body;
}

// One line for each type that a stream may hold.
template <typename Body>
struct Reader {
  std::string_view type;
  Result<Body> (*read)(const JsonValue&);
};

constexpr Reader<EventBody> kIntegrationReaders[] = {
    {"package_created", read_package_created},
    {"package_edited", read_package_edited},
    {"package_enabled",
     [](const JsonValue&) { return Result<EventBody>(credential::PackageEnabled{}); }},
    {"package_disabled",
     [](const JsonValue&) { return Result<EventBody>(credential::PackageDisabled{}); }},
    {"package_deleted",
     [](const JsonValue&) { return Result<EventBody>(credential::PackageDeleted{}); }},
    {"slot_opened", read_slot_opened},
    {"secret_issued", read_secret_issued},
    {"secret_activated", read_secret_activated},
    {"secret_ended", read_secret_ended},
    {"activation_undone", read_activation_undone},
    {"tokens_revoked", read_tokens_revoked},
};

constexpr Reader<TenantEventBody> kTenantReaders[] = {
    {"tenant_created", read_tenant_created},
    {"policy_changed", read_policy_changed},
    {"scopes_registered", read_scopes_registered},
    {"token_key_made", read_token_key_made},
    {"admin_recovered", read_admin_recovered},
    {"refusal_episode", read_refusals_began},
    {"search_key_given", read_search_key_given},
    {"authority_restored", read_authority_restored},
    {"leak_reported", read_leak_reported},
    {"signing_key_made", read_signing_key_made},
    {"signing_key_withdrawn", read_signing_key_withdrawn},
    {"audience_declared", read_audience_declared},
    {"audience_removed", read_audience_removed},
};

template <typename Event, typename Body>
Result<Event> decode_any(const ledger::NewEvent& stored, std::span<const Reader<Body>> readers) {
  for (const Reader<Body>& reader : readers) {
    if (reader.type != stored.type) continue;
    if (stored.type_version != kVersion) break;
    Result<JsonValue> json = net::parse_json(stored.body);
    Result<Body> body = json ? reader.read(*json) : tl::unexpected(std::move(json).error());
    if (!body) {
      return base::fail(Code::kCorrupt, fmt::format("an event of type {} cannot be read: {}",
                                                    stored.type, body.error().detail));
    }
    return Event{stored.at, *std::move(body)};
  }
  return base::fail(Code::kUnsupported,
                    fmt::format("event type {} version {} is unknown to this program; it was "
                                "written by a newer one",
                                stored.type, stored.type_version));
}

}  // namespace

ledger::StreamName stream_of(credential::IntegrationId id) {
  return fmt::format("{}{}", kStreamPrefix, id.value);
}

Result<credential::IntegrationId> integration_of(std::string_view stream) {
  credential::IntegrationId id;
  if (stream.starts_with(kStreamPrefix)) {
    const std::string_view digits = stream.substr(kStreamPrefix.size());
    const char* end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, id.value);
    if (parsed.ec == std::errc{} && parsed.ptr == end && id.value > 0) return id;
  }
  return base::fail(Code::kInvalidArgument, fmt::format("{} is not an integration", stream));
}

ledger::NewEvent encode(const credential::Event& event, std::string_view actor) {
  return encode_any(event, actor);
}

ledger::NewEvent encode(const TenantEvent& event, std::string_view actor) {
  return encode_any(event, actor);
}

Result<credential::Event> decode_integration_event(const ledger::NewEvent& stored) {
  return decode_any<credential::Event, EventBody>(stored, kIntegrationReaders);
}

Result<TenantEvent> decode_tenant_event(const ledger::NewEvent& stored) {
  return decode_any<TenantEvent, TenantEventBody>(stored, kTenantReaders);
}

}  // namespace rekey::authority
