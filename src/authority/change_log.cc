#include "authority/change_log.h"

#include <fmt/format.h>

#include "telemetry/names.h"

namespace rekey::authority {

namespace {

namespace names = telemetry::names;
using telemetry::Level;

struct IntegrationLog {
  telemetry::Logger& logger;
  const credential::Integration& state;
  base::Instant at;

  void secret(std::string_view name, credential::SecretId id, std::string_view detail) const {
    const credential::ClientSecret* found = credential::find_secret(state, id);
    if (found == nullptr) return;
    logger.log(Level::kInfo, at, name,
               {{"client_id", state.client_id.value},
                {"secret_id", to_text(id)},
                {"fingerprint", found->fingerprint},
                {"slot", found->slot.value},
                {"detail", detail}});
  }
  void package(std::string_view detail) const {
    logger.log(Level::kInfo, at, names::kPackageChanged,
               {{"client_id", state.client_id.value},
                {"package_id", to_text(state.package_id)},
                {"detail", detail}});
  }

  void operator()(const credential::PackageCreated&) const { package("created"); }
  void operator()(const credential::PackageEdited&) const { package("edited"); }
  void operator()(const credential::PackageEnabled&) const { package("enabled"); }
  void operator()(const credential::PackageDisabled&) const { package("disabled"); }
  void operator()(const credential::PackageDeleted&) const { package("deleted"); }
  void operator()(const credential::SlotOpened&) const { package("slot opened"); }
  void operator()(const credential::SecretIssued& body) const {
    const bool is_import = body.secret.origin == credential::Origin::kImported;
    const bool is_staged = body.secret.phase == credential::Phase::kStaged;
    const std::string_view name = is_import   ? names::kSecretImported
                                  : is_staged ? names::kSecretStaged
                                              : names::kSecretIssued;
    secret(name, body.secret.id, name_of(body.secret.phase));
  }
  void operator()(const credential::SecretActivated& body) const {
    secret(names::kSecretActivated, body.secret_id, body.forced_reason.empty() ? "" : "forced");
  }
  void operator()(const credential::SecretEnded& body) const {
    secret(names::kSecretEnded, body.secret_id, name_of(body.reason));
  }
  void operator()(const credential::ActivationUndone& body) const {
    secret(names::kActivationUndone, body.secret_id,
           to_text(body.restored_id) + " is active again");
  }
  void operator()(const credential::TokensRevoked& body) const {
    logger.log(Level::kInfo, at, names::kTokensRevoked,
               {{"client_id", state.client_id.value},
                {"secret_id", body.secret_id ? to_text(*body.secret_id) : "all"}});
  }
};

struct TenantLog {
  telemetry::Logger& logger;
  base::Instant at;
  std::string_view actor;

  void operator()(const TenantCreated&) const {}
  void operator()(const ScopesRegistered&) const {}
  void operator()(const PolicyChanged&) const {}
  void operator()(const TokenKeyMade& body) const {
    logger.log(Level::kInfo, at, names::kTokenKeyMade,
               {{"kid", body.kid}, {"instance", body.instance}});
  }
  void operator()(const AdminRecovered& body) const {
    logger.log(Level::kWarning, at, names::kAdminRecovered,
               {{"client_id", body.client_id.value}, {"secret_id", to_text(body.secret_id)}});
  }
  void operator()(const RefusalsBegan& body) const {
    logger.log(Level::kWarning, at, names::kRefusalEpisode,
               {{"client_id", body.client_id}, {"reason", body.reason}});
  }
  void operator()(const SearchKeyGiven& body) const {
    logger.log(Level::kInfo, at, names::kSearchKeyGiven,
               {{"actor", actor}, {"key_id", body.key_id}});
  }
  void operator()(const LeakReported& body) const {
    logger.log(Level::kWarning, at, names::kLeakReported,
               {{"client_id", body.client_id.value},
                {"secret_id", to_text(body.secret_id)},
                {"source", body.source},
                {"action", body.action}});
  }
  void operator()(const AuthorityRestored& body) const {
    logger.log(Level::kWarning, at, names::kAuthorityRestored,
               {{"actor", actor},
                {"backup_at", base::format_instant(body.backup_at)},
                {"backup_position", body.backup_position}});
  }
  void operator()(const SigningKeyMade& body) const {
    logger.log(Level::kInfo, at, names::kSigningKeyMade,
               {{"actor", actor},
                {"kid", body.kid},
                {"algorithm", name_of(body.algorithm)},
                {"signs_from", base::format_instant(body.signs_from)}});
  }
  void operator()(const SigningKeyWithdrawn& body) const {
    logger.log(Level::kWarning, at, names::kSigningKeyWithdrawn,
               {{"actor", actor}, {"kid", body.kid}});
  }
  void operator()(const AudienceDeclared& body) const {
    logger.log(Level::kInfo, at, names::kAudienceChanged,
               {{"actor", actor}, {"audience", body.audience.uri}, {"detail", "declared"}});
  }
  void operator()(const AudienceRemoved& body) const {
    logger.log(Level::kInfo, at, names::kAudienceChanged,
               {{"actor", actor}, {"audience", body.uri}, {"detail", "removed"}});
  }
};

}  // namespace

void log_event(telemetry::Logger& logger, const credential::Integration& state,
               const credential::Event& event) {
  std::visit(IntegrationLog{logger, state, event.at}, event.body);
}

void log_event(telemetry::Logger& logger, const TenantEvent& event, std::string_view actor) {
  std::visit(TenantLog{logger, event.at, actor}, event.body);
}

void log_policy_change(telemetry::Logger& logger, base::Instant at, std::string_view actor,
                       const std::vector<credential::PolicySetting>& changed) {
  std::string settings;
  for (const credential::PolicySetting& setting : changed) {
    settings += fmt::format("{}{}={}", settings.empty() ? "" : " ", setting.key, setting.value);
  }
  logger.log(Level::kInfo, at, names::kPolicyChanged, {{"actor", actor}, {"settings", settings}});
}

}  // namespace rekey::authority
