// The rules for packages, one function a command.

#include <fmt/format.h>

#include "credential/checks.h"
#include "credential/decision.h"

namespace rekey::credential {
namespace {

using base::Code;
using base::Status;

Status refuse_for_admin(const Integration& state, std::string_view what) {
  if (!state.is_admin) return {};
  return base::fail(
      Code::kRefused,
      fmt::format("the admin package cannot be {}: it is the way into this authority; "
                  "rekey admin rotate renews its secret",
                  what));
}

base::Result<ClientSecret> first_secret(const Decision& decision, const Policy& policy,
                                        const CreatePackage& command) {
  if (command.imported) {
    REKEY_CHECK(check_material(decision.state(), command.imported->material));
    return imported_secret(decision, policy, default_slot(), *command.imported);
  }
  REKEY_CHECK(check_material(decision.state(), *command.generated));
  auto secret = generated_secret(decision, policy, default_slot(), *command.generated);
  secret.phase = Phase::kActive;
  secret.activated_at = decision.now();
  return secret;
}

}  // namespace

Status decide_on(Decision& decision, const CreatePackage& command) {
  if (command.generated.has_value() == command.imported.has_value()) {
    return base::fail(Code::kInvalidArgument,
                      "a package starts with one secret: generated or imported, not both");
  }
  if (command.id.value <= 0 || command.package_id.value <= 0) {
    return base::fail(Code::kInvalidArgument, "a new package needs ids of its own");
  }
  REKEY_CHECK(check_package(command.package));
  REKEY_CHECK(check_scopes(command.scopes, command.is_admin));
  REKEY_CHECK(check_business_units(command.business_units, command.home_business_unit));
  REKEY_CHECK(check_package_policy(decision.tenant_policy(), command.policy_overrides));
  decision.record(PackageCreated{command.id, command.package_id, command.tenant_id,
                                 command.client_id, command.package, command.is_admin,
                                 command.scopes, command.home_business_unit, command.business_units,
                                 command.policy_overrides});
  REKEY_TRY(const Policy policy, decision.policy());
  REKEY_TRY(ClientSecret secret, first_secret(decision, policy, command));
  decision.record(SecretIssued{std::move(secret)});
  return {};
}

Status decide_on(Decision& decision, const EditPackage& command) {
  const auto& state = decision.state();
  PackageEdited edited{command.package.value_or(state.package),
                       command.scopes.value_or(state.scopes),
                       command.business_units.value_or(state.business_units),
                       command.policy_overrides.value_or(state.policy_overrides)};
  REKEY_CHECK(check_package(edited.package));
  REKEY_CHECK(check_scopes(edited.scopes, state.is_admin));
  REKEY_CHECK(check_business_units(edited.business_units, state.home_business_unit));
  if (command.policy_overrides) {
    REKEY_CHECK(check_package_policy(decision.tenant_policy(), edited.policy_overrides));
  }
  const bool is_same = edited.package == state.package && edited.scopes == state.scopes &&
                       edited.business_units == state.business_units &&
                       edited.policy_overrides == state.policy_overrides;
  if (!is_same) decision.record(std::move(edited));
  return {};
}

Status decide_on(Decision& decision, const SetEnabled& command) {
  if (command.is_enabled == decision.state().is_enabled) return {};
  if (command.is_enabled) {
    decision.record(PackageEnabled{});
    return {};
  }
  REKEY_CHECK(refuse_for_admin(decision.state(), "disabled"));
  decision.record(PackageDisabled{});
  return {};
}

Status decide_on(Decision& decision, const DeletePackage&) {
  REKEY_CHECK(refuse_for_admin(decision.state(), "deleted"));
  decision.record_lapses();
  std::vector<SecretId> live;
  for (const auto& secret : decision.state().secrets) {
    if (secret.phase != Phase::kEnded) live.push_back(secret.id);
  }
  for (const auto id : live) decision.record(SecretEnded{id, EndReason::kDeleted, {}});
  decision.record(PackageDeleted{});
  return {};
}

}  // namespace rekey::credential
