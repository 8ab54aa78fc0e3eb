#include "authority/live_state.h"

#include <utility>

#include "authority/tables/integrations.h"

namespace rekey::authority {

LiveState::LiveState(base::Duration scope_delay)
    : scope_delay_(scope_delay),
      scopes_(epochs_, std::make_unique<const credential::ScopeRegistry>()),
      audiences_(epochs_, std::make_unique<const AudienceTable>()),
      directory_(epochs_) {}

base::Status LiveState::load(storage::Connection& connection, const Tenant& tenant) {
  REKEY_TRY(credential::ScopeRegistry registry, registry_of(tenant));
  scopes_.publish(std::make_unique<const credential::ScopeRegistry>(std::move(registry)));
  publish(tenant);
  REKEY_TRY(const credential::Policy tenant_policy, policy_of(tenant));
  REKEY_TRY(const std::vector<credential::Integration> all,
            tables::load_all_integrations(connection));
  for (const credential::Integration& integration : all) {
    REKEY_TRY(const credential::Policy effective,
              credential::effective_policy(tenant_policy, integration));
    directory_.publish(make_record(integration, effective, scopes_.load(), scope_texts_, usage_));
  }
  return {};
}

void LiveState::publish(const Tenant& tenant) {
  audiences_.publish(std::make_unique<const AudienceTable>(tenant.audiences));
}

void LiveState::publish(const credential::Integration& integration,
                        const credential::Policy& effective, base::Instant now) {
  auto record = make_record(integration, effective, scopes_.load(), scope_texts_, usage_);
  if (const Record* before = directory_.find(record->key)) {
    record->earlier_scopes = kept_scopes(*before, *record, now, scope_delay_);
  }
  directory_.publish(std::move(record));
}

}  // namespace rekey::authority
