#include "authority/change.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "authority/change_log.h"
#include "authority/clock_watch.h"
#include "authority/tables/integrations.h"
#include "authority/tables/leaks.h"
#include "authority/tables/tenants.h"
#include "ledger/ledger.h"
#include "telemetry/names.h"

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;
using credential::Integration;

// By how many an event makes the live secrets more or fewer.
int live_secrets_made_by(const credential::Event& event) {
  if (const auto* issued = std::get_if<credential::SecretIssued>(&event.body)) {
    return issued->secret.phase == credential::Phase::kEnded ? 0 : 1;
  }
  return std::holds_alternative<credential::SecretEnded>(event.body) ? -1 : 0;
}

}  // namespace

Result<Tenant> ChangeScope::tenant() {
  REKEY_TRY(std::optional<Tenant> tenant, tables::load_tenant(connection_));
  return tenant.value_or(Tenant{});
}

Result<Integration> ChangeScope::load(credential::IntegrationId id) {
  return tables::load_integration(connection_, id);
}

Result<Applied> ChangeScope::execute(credential::IntegrationId id,
                                     const credential::Command& command,
                                     const std::optional<credential::Policy>& policy) {
  // Hop 2: the state and its version, as this transaction sees them.
  Integration before;
  if (id.value != 0) {
    REKEY_TRY(before, load(id));
  }
  REKEY_TRY(const Tenant owner, tenant());
  REKEY_TRY(const credential::Policy tenant_policy, policy_of(owner));
  credential::Evidence evidence;
  for (const credential::ClientSecret& secret : before.secrets) {
    if (secret.phase == credential::Phase::kEnded) continue;
    if (const auto used_at = last_used_at_(secret.id)) {
      evidence.uses.push_back({secret.id, *used_at});
    }
  }

  // Hop 3: what follows from the command.
  REKEY_TRY(std::vector<credential::Event> events,
            credential::decide(before, command, evidence, policy.value_or(tenant_policy), now_));
  if (events.empty()) return Applied{std::move(before), {}};

  // Hop 4: the events and the tables, in one transaction.
  std::vector<ledger::NewEvent> stored;
  Integration after = before;
  for (const credential::Event& event : events) {
    stored.push_back(encode(event, actor_));
    after = credential::apply(std::move(after), event);
  }
  const ledger::StreamName stream = stream_of(after.id);
  REKEY_TRY(const std::int64_t version, ledger::stream_version(connection_, stream));
  REKEY_TRY([[maybe_unused]] const std::int64_t position,
            ledger::append(connection_, stream, version, stored));
  REKEY_CHECK(tables::save_integration(connection_, before, after));
  REKEY_CHECK(save_tags(after, events));

  REKEY_TRY(const credential::Policy effective, credential::effective_policy(tenant_policy, after));
  changes_.push_back({after, effective, events});
  return Applied{std::move(after), std::move(events)};
}

Result<Tenant> ChangeScope::execute(const TenantEventBody& body) {
  REKEY_TRY(const Tenant before, tenant());
  const TenantEvent event{now_, body};
  REKEY_TRY(Tenant after, apply(before, event));
  const ledger::StreamName stream(kTenantStream);
  const ledger::NewEvent stored = encode(event, actor_);
  REKEY_TRY(const std::int64_t version, ledger::stream_version(connection_, stream));
  REKEY_TRY([[maybe_unused]] const std::int64_t position,
            ledger::append(connection_, stream, version, {&stored, 1}));
  REKEY_CHECK(tables::save_tenant(connection_, before, after));
  tenant_events_.push_back(event);
  if (std::holds_alternative<PolicyChanged>(body)) REKEY_CHECK(follow_policy(before, after));
  tenant_after_ = after;
  return after;
}

base::Status ChangeScope::save_tags(const Integration& integration,
                                    const std::vector<credential::Event>& events) {
  for (const credential::Event& event : events) {
    if (std::holds_alternative<credential::PackageDeleted>(event.body)) {
      REKEY_CHECK(tables::drop_known_tags(connection_, integration.id));
      REKEY_CHECK(tables::drop_leaks(connection_, integration.id));
    }
    const auto* issued = std::get_if<credential::SecretIssued>(&event.body);
    if (issued == nullptr) continue;
    for (const auto& [id, tags] : tags_) {
      if (id == issued->secret.id) REKEY_CHECK(tables::keep_known_tags(connection_, id, tags));
    }
  }
  return {};
}

base::Status ChangeScope::follow_policy(const Tenant& before, const Tenant& after) {
  REKEY_TRY(const credential::Policy old_policy, policy_of(before));
  REKEY_TRY(const credential::Policy policy, policy_of(after));
  const std::vector<credential::PolicySetting> old_settings = settings_of(old_policy);
  for (const credential::PolicySetting& setting : settings_of(policy)) {
    const bool is_old =
        std::find(old_settings.begin(), old_settings.end(), setting) != old_settings.end();
    if (!is_old) changed_settings_.push_back(setting);
  }
  return republish_all(after);
}

base::Status ChangeScope::republish_all(const Tenant& tenant) {
  REKEY_TRY(const credential::Policy tenant_policy, policy_of(tenant));
  REKEY_TRY(std::vector<Integration> all, tables::load_all_integrations(connection_));
  for (Integration& integration : all) {
    Result<credential::Policy> effective = credential::effective_policy(tenant_policy, integration);
    if (!effective) {
      const std::string whose = fmt::format("{} ({}) with its own settings",
                                            integration.package.name, integration.client_id.value);
      return tl::unexpected(base::with_context(whose, std::move(effective).error()));
    }
    changes_.push_back({std::move(integration), *std::move(effective), {}});
  }
  return {};
}

Changes::Changes(storage::Writer& writer, const platform::Clock& clock, telemetry::Logger& logger,
                 telemetry::Metrics& metrics, ChangeHooks hooks,
                 std::optional<base::Instant> latest)
    : writer_(writer),
      clock_(clock),
      logger_(logger),
      events_total_(metrics.counter(telemetry::names::kLedgerEventsTotal,
                                    "Events appended to the ledger by this process.")),
      commits_total_(metrics.counter(telemetry::names::kCommitsTotal,
                                     "Changes of state committed by this process.")),
      live_secrets_(metrics.gauge(telemetry::names::kSecretsLive, "Secrets that have not ended.")),
      hooks_(std::move(hooks)),
      latest_millis_(latest ? base::to_millis(*latest) : 0) {}

void Changes::submit(std::string actor, Work work, Done done) {
  // Hop 1 ends here: from now on the change is on the writer's thread.
  auto scope = std::make_shared<std::optional<ChangeScope>>();
  writer_.submit(
      [this, scope, actor = std::move(actor),
       work = std::move(work)](storage::Connection& connection) -> base::Status {
        REKEY_TRY(const base::Instant now, instant_of_change());
        scope->emplace(connection, actor, now, hooks_.last_used_at);
        return work(**scope);
      },
      [this, scope, done = std::move(done)](base::Status status) {
        if (status) follow_commit(**scope);
        // Hop 6: the answer.
        done(std::move(status));
      });
}

base::Status Changes::run(std::string actor, const Work& work) {
  // Shared, because the writer may still be inside set_value when this thread has gone on.
  const auto outcome = std::make_shared<std::promise<base::Status>>();
  std::future<base::Status> waiting = outcome->get_future();
  submit(std::move(actor), work,
         [outcome](base::Status status) { outcome->set_value(std::move(status)); });
  return waiting.get();
}

base::Duration Changes::clock_lag() const noexcept {
  return latest_event_at() - clock_.now();
}

void Changes::set_live_secrets(std::int64_t count) noexcept {
  live_secrets_.set(static_cast<double>(count));
}

Result<base::Instant> Changes::instant_of_change() const {
  const base::Instant now = clock_.now();
  const base::Instant latest = latest_event_at();
  if (now + kClockSlack < latest) {
    return base::fail(Code::kUnavailable,
                      "nothing is changed now: " + describe_clock_behind(now, latest));
  }
  return std::max(now, latest);
}

void Changes::follow_commit(const ChangeScope& scope) {
  // Hop 5: what was committed becomes true for the next token request.
  std::size_t events = scope.tenant_events().size();
  for (const ChangeScope::Change& change : scope.changes()) {
    hooks_.publish(change.state, change.policy);
    for (const credential::Event& event : change.events) {
      log_event(logger_, change.state, event);
      live_secrets_.add(live_secrets_made_by(event));
    }
    events += change.events.size();
  }
  if (scope.tenant_after()) hooks_.publish_tenant(*scope.tenant_after());
  for (const TenantEvent& event : scope.tenant_events()) log_event(logger_, event, scope.actor());
  if (!scope.changed_settings().empty()) {
    log_policy_change(logger_, scope.now(), scope.actor(), scope.changed_settings());
  }
  if (events == 0) return;
  latest_millis_.store(base::to_millis(scope.now()), std::memory_order_relaxed);
  events_total_.increment(static_cast<double>(events));
  commits_total_.increment();
  commits_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace rekey::authority
