// The change of state: the one way in which an integration or the tenant changes.
//
// docs/architecture.md numbers its hops; the same numbers stand in change.cc:
//
//   1 admin API | cli | background   2 state loaded inside the writer's transaction
//   3 credential::decide             4 events and tables in one transaction
//   5 after the commit: credential::apply'd state published   6 answer
//
// Changes that wait together are committed together, each whole or not at all.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "authority/event_codec.h"
#include "authority/tables/known_tags.h"
#include "authority/tenant.h"
#include "base/result.h"
#include "credential/lifecycle.h"
#include "platform/clock.h"
#include "storage/sqlite.h"
#include "storage/writer.h"
#include "telemetry/logger.h"
#include "telemetry/metrics.h"

namespace rekey::authority {

// What one command made true.
struct Applied {
  credential::Integration state;
  std::vector<credential::Event> events;
};

// One piece of work inside the writer's transaction. What it loads shows what it did before.
class ChangeScope {
 public:
  ChangeScope(storage::Connection& connection, std::string actor, base::Instant now,
              std::function<std::optional<base::Instant>(credential::SecretId)> last_used_at)
      : connection_(connection),
        actor_(std::move(actor)),
        now_(now),
        last_used_at_(std::move(last_used_at)) {}

  [[nodiscard]] storage::Connection& connection() noexcept { return connection_; }
  [[nodiscard]] base::Instant now() const noexcept { return now_; }
  [[nodiscard]] base::Result<Tenant> tenant();
  [[nodiscard]] base::Result<credential::Integration> load(credential::IntegrationId id);

  // What is kept beside the secret of that number, once an event of this scope issues it.
  void keep_tags(credential::SecretId id, tables::KnownTags tags) {
    tags_.emplace_back(id, std::move(tags));
  }

  // Decides the command on the integration (id 0 for CreatePackage) under the tenant's policy, or
  // under `policy` where one is given, and writes what follows.
  [[nodiscard]] base::Result<Applied> execute(
      credential::IntegrationId id, const credential::Command& command,
      const std::optional<credential::Policy>& policy = std::nullopt);
  // Writes the event and what follows; PolicyChanged is checked against every package's overrides.
  [[nodiscard]] base::Result<Tenant> execute(const TenantEventBody& body);

  // For what follows the commit.
  struct Change {
    credential::Integration state;
    credential::Policy policy;  // effective
    std::vector<credential::Event> events;
  };
  [[nodiscard]] const std::vector<Change>& changes() const noexcept { return changes_; }
  [[nodiscard]] const std::vector<TenantEvent>& tenant_events() const noexcept {
    return tenant_events_;
  }
  // The tenant after the last of them; nullopt where there is none.
  [[nodiscard]] const std::optional<Tenant>& tenant_after() const noexcept { return tenant_after_; }
  // The policy settings that have another value than before.
  [[nodiscard]] const std::vector<credential::PolicySetting>& changed_settings() const noexcept {
    return changed_settings_;
  }
  [[nodiscard]] const std::string& actor() const noexcept { return actor_; }

 private:
  [[nodiscard]] base::Status save_tags(const credential::Integration& integration,
                                       const std::vector<credential::Event>& events);
  [[nodiscard]] base::Status follow_policy(const Tenant& before, const Tenant& after);
  [[nodiscard]] base::Status republish_all(const Tenant& tenant);

  storage::Connection& connection_;
  const std::string actor_;
  const base::Instant now_;
  const std::function<std::optional<base::Instant>(credential::SecretId)> last_used_at_;
  std::vector<std::pair<credential::SecretId, tables::KnownTags>> tags_;
  std::vector<Change> changes_;
  std::vector<TenantEvent> tenant_events_;
  std::optional<Tenant> tenant_after_;
  std::vector<credential::PolicySetting> changed_settings_;
};

// What surrounds the changes.
struct ChangeHooks {
  // When a secret was last used, as far as it is known. Any thread.
  std::function<std::optional<base::Instant>(credential::SecretId)> last_used_at;
  // Makes the tenant's changed keys and audiences true for the next token request. Writer's
  // thread, in commit order.
  std::function<void(const Tenant&)> publish_tenant;
  // Makes a changed integration true for the next token request. Writer's thread, in commit order.
  std::function<void(const credential::Integration&, const credential::Policy& effective)> publish;
};

class Changes {
 public:
  using Work = std::function<base::Status(ChangeScope&)>;
  using Done = std::function<void(base::Status)>;

  // A clock that is further behind the ledger's latest event is not believed.
  static constexpr base::Duration kClockSlack = std::chrono::seconds{2};

  // `latest`: the instant of the ledger's latest event. The references must outlive it.
  Changes(storage::Writer& writer, const platform::Clock& clock, telemetry::Logger& logger,
          telemetry::Metrics& metrics, ChangeHooks hooks, std::optional<base::Instant> latest);

  // `actor`: as in event_codec.h. `done` runs on the writer's thread after the commit and after
  // publishing, or with the error. Any thread. kUnavailable where the clock is behind.
  void submit(std::string actor, Work work, Done done);
  // Waits for it. Not from the writer's thread.
  [[nodiscard]] base::Status run(std::string actor, const Work& work);

  // How far the clock is behind the ledger's latest event; zero or less is well. Any thread.
  [[nodiscard]] base::Duration clock_lag() const noexcept;
  // The instant of the ledger's latest event; 1970 where there is none. Any thread.
  [[nodiscard]] base::Instant latest_event_at() const noexcept {
    return base::from_millis(latest_millis_.load(std::memory_order_relaxed));
  }
  // How many changes were committed and published. Any thread.
  [[nodiscard]] std::int64_t commits() const noexcept {
    return commits_.load(std::memory_order_relaxed);
  }
  // From where the gauge of live secrets goes on counting. On the writer's thread.
  void set_live_secrets(std::int64_t count) noexcept;

 private:
  [[nodiscard]] base::Result<base::Instant> instant_of_change() const;
  void follow_commit(const ChangeScope& scope);

  storage::Writer& writer_;
  const platform::Clock& clock_;
  telemetry::Logger& logger_;
  telemetry::Counter& events_total_;
  telemetry::Counter& commits_total_;
  telemetry::Gauge& live_secrets_;
  const ChangeHooks hooks_;
  std::atomic<std::int64_t> latest_millis_;
  std::atomic<std::int64_t> commits_{0};
};

}  // namespace rekey::authority
