#include "authority/admin_secret.h"

#include "authority/identifiers.h"
#include "authority/json_fields.h"
#include "authority/tables/integrations.h"
#include "net/json.h"

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;

constexpr std::int64_t kFileLimit = 64 * 1024;
constexpr std::string_view kRecoveryReason = "rekey admin recover";

// Recovery must work under any policy: only the time to live and dormancy stay as they are.
credential::Policy without_waiting(credential::Policy policy) {
  policy.settle = base::Duration{0};
  policy.between_generations = base::Duration{0};
  policy.between_activations = base::Duration{0};
  policy.overlap = base::Duration{0};
  return policy;
}

credential::CreatePackage admin_package(const Tenant& tenant, credential::IntegrationId id,
                                        credential::SecretMaterial material) {
  credential::CreatePackage command;
  command.id = id;
  command.package_id = credential::PackageId{id.value};
  command.tenant_id = tenant.id;
  command.client_id = random_client_id();
  command.package.name = "Rekey administration";
  command.package.description =
      "The authority's own package: whoever holds its secret administers it.";
  command.is_admin = true;
  command.scopes = {std::string(credential::kAdminScope)};
  command.home_business_unit = tenant.home_business_unit;
  command.business_units = {tenant.home_business_unit};
  command.generated = std::move(material);
  return command;
}

// The package as it was, but enabled, without settings of its own and without a live secret.
base::Status clear_admin_package(ChangeScope& scope, const credential::Integration& admin) {
  if (!admin.is_enabled) {
    REKEY_CHECK(scope.execute(admin.id, credential::SetEnabled{true}));
  }
  if (!admin.policy_overrides.empty()) {
    credential::EditPackage edit;
    edit.policy_overrides.emplace();
    REKEY_CHECK(scope.execute(admin.id, edit));
  }
  for (const credential::ClientSecret& secret : admin.secrets) {
    if (secret.phase == credential::Phase::kEnded) continue;
    const credential::RevokeSecret revoke{secret.id, std::string(kRecoveryReason)};
    REKEY_CHECK(scope.execute(admin.id, revoke));
  }
  return {};
}

Result<credential::Integration> renew(ChangeScope& scope, const credential::Integration& admin,
                                      credential::SecretMaterial material) {
  REKEY_CHECK(clear_admin_package(scope, admin));
  REKEY_TRY(const Tenant tenant, scope.tenant());
  REKEY_TRY(const credential::Policy tenant_policy, policy_of(tenant));
  const credential::Policy policy = without_waiting(tenant_policy);
  credential::StageSecret stage;
  stage.slot = credential::default_slot();
  stage.material = std::move(material);
  stage.label = kRecoveryReason;
  REKEY_CHECK(scope.execute(admin.id, stage, policy));
  credential::ActivateSecret activate;
  activate.slot = credential::default_slot();
  activate.is_forced = true;
  activate.reason = kRecoveryReason;
  REKEY_TRY(Applied applied, scope.execute(admin.id, activate, policy));
  return std::move(applied.state);
}

Result<bool> is_accepted_by(storage::Connection& connection, crypto::Fingerprinter& fingerprinter,
                            const AdminCredential& credential) {
  Result<credential::IntegrationId> id =
      tables::find_by_client_id(connection, credential.client_id.value);
  if (!id) {
    if (id.error().code == Code::kNotFound) return false;
    return tl::unexpected(std::move(id).error());
  }
  REKEY_TRY(const credential::Integration admin, tables::load_integration(connection, *id));
  const base::Fingerprint fingerprint = fingerprinter(credential.client_secret.reveal());
  for (const credential::ClientSecret& secret : admin.secrets) {
    if (secret.phase != credential::Phase::kEnded && secret.fingerprint == fingerprint) return true;
  }
  return false;
}

// False where the file is missing or is no credential.
Result<bool> holds_accepted(platform::Files& files, const std::string& path,
                            storage::Connection& connection, crypto::Fingerprinter& fingerprinter) {
  Result<base::Secret> text = files.read(path, kFileLimit);
  if (!text) {
    if (text.error().code == Code::kNotFound) return false;
    return tl::unexpected(std::move(text).error());
  }
  const Result<AdminCredential> credential = parse_admin_credential(text->reveal());
  if (!credential) return false;
  return is_accepted_by(connection, fingerprinter, *credential);
}

}  // namespace

base::Secret format_admin_credential(const AdminCredential& credential) {
  net::JsonWriter json;
  json.begin_object()
      .member("server", credential.server)
      .member("client_id", credential.client_id.value)
      .member_revealing("client_secret", credential.client_secret)
      .member("secret_id", to_text(credential.secret_id));
  write_instant(json, "expires_at", credential.expires_at);
  json.end_object();
  return base::Secret::take(json.release());
}

Result<AdminCredential> parse_admin_credential(std::string_view text) {
  REKEY_TRY(const net::JsonValue json, net::parse_json(text));
  AdminCredential credential;
  REKEY_TRY(credential.server, json.string_member_or("server", ""));
  REKEY_TRY(const std::string client_id, json.string_member("client_id"));
  REKEY_TRY(credential.client_id, credential::parse_client_id(client_id));
  REKEY_TRY(std::string value, json.string_member("client_secret"));
  credential.client_secret = base::Secret::take(std::move(value));
  REKEY_TRY(const std::string secret_id, json.string_member("secret_id"));
  REKEY_TRY(credential.secret_id, credential::parse_secret_id(secret_id));
  REKEY_TRY(credential.expires_at, instant_member(json, "expires_at"));
  return credential;
}

Result<AdminRecovery> issue_admin_secret(ChangeScope& scope, platform::Files& files,
                                         const DataFolder& folder, const NewSecret& fresh) {
  REKEY_TRY(const credential::SecretMaterial material, admit(scope, fresh));
  const credential::SecretId secret_id = material.id;
  Result<credential::IntegrationId> existing = tables::find_admin(scope.connection());
  credential::Integration admin;
  if (existing) {
    REKEY_TRY(const credential::Integration before, scope.load(*existing));
    REKEY_TRY(admin, renew(scope, before, material));
  } else if (existing.error().code == Code::kNotFound) {
    REKEY_TRY(const Tenant tenant, scope.tenant());
    REKEY_TRY(const credential::IntegrationId id, tables::next_integration_id(scope.connection()));
    REKEY_TRY(Applied applied,
              scope.execute(credential::IntegrationId{}, admin_package(tenant, id, material)));
    admin = std::move(applied.state);
  } else {
    return tl::unexpected(std::move(existing).error());
  }

  AdminCredential credential;
  credential.client_id = admin.client_id;
  credential.client_secret = fresh.value->clone();
  credential.secret_id = secret_id;
  credential.expires_at = credential::find_secret(admin, secret_id)->expires_at;
  if (const auto old = files.read(folder.admin_credential(), kFileLimit)) {
    if (auto parsed = parse_admin_credential(old->reveal())) {
      credential.server = std::move(parsed->server);
    }
  }
  REKEY_CHECK(files.replace(folder.new_admin_credential(),
                            format_admin_credential(credential).reveal(), 0600));
  return AdminRecovery{folder.admin_credential(), admin.client_id, secret_id,
                       credential.expires_at};
}

base::Status put_admin_credential_in_place(platform::Files& files, const DataFolder& folder) {
  REKEY_TRY(const base::Secret text, files.read(folder.new_admin_credential(), kFileLimit));
  REKEY_CHECK(files.replace(folder.admin_credential(), text.reveal(), 0600));
  return files.remove(folder.new_admin_credential());
}

Result<bool> settle_admin_credential(platform::Files& files, const DataFolder& folder,
                                     storage::Connection& connection,
                                     crypto::Fingerprinter& fingerprinter) {
  const std::string left_over = folder.new_admin_credential();
  REKEY_TRY(const bool is_true, holds_accepted(files, left_over, connection, fingerprinter));
  if (is_true) {
    REKEY_CHECK(put_admin_credential_in_place(files, folder));
  } else if (files.facts(left_over)) {
    REKEY_CHECK(files.remove(left_over));
  }
  return holds_accepted(files, folder.admin_credential(), connection, fingerprinter);
}

base::Status set_admin_credential_server(platform::Files& files, const DataFolder& folder,
                                         const std::string& url) {
  const std::string path = folder.admin_credential();
  const Result<base::Secret> text = files.read(path, kFileLimit);
  if (!text) return {};
  Result<AdminCredential> credential = parse_admin_credential(text->reveal());
  if (!credential || credential->server == url) return {};
  credential->server = url;
  return files.replace(path, format_admin_credential(*credential).reveal(), 0600);
}

}  // namespace rekey::authority
