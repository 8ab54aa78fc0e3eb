#include "authority/sweeper.h"

#include <algorithm>

#include "authority/tables/integrations.h"
#include "authority/tables/side_tables.h"
#include "telemetry/names.h"

namespace rekey::authority {

namespace {

constexpr std::size_t kChunk = 64;                    // integrations swept in one piece of work
constexpr base::Duration kReplyLife = base::Days{1};  // docs/admin-api.md, Idempotency-Key
constexpr base::Duration kSoon = base::Days{30};

}  // namespace

Sweeper::Sweeper(storage::Connection reads, Changes& changes, const UsageMeter& usage,
                 RefusalCounter& refusals, telemetry::Metrics& metrics, base::Duration interval)
    : reads_(std::move(reads)),
      changes_(changes),
      usage_(usage),
      refusals_(refusals),
      ending_soon_(
          metrics.gauge(telemetry::names::kSecretsEndingSoon, "Secrets that end within 30 days.")),
      interval_(interval) {}

base::Status Sweeper::tick(base::Instant now) {
  if (now >= std::min(interval_ends_at_, next_end_at_)) return sweep(now);
  if (changes_.commits() == seen_commits_) return {};
  return look_ahead(now);
}

base::Status Sweeper::sweep(base::Instant now) {
  REKEY_CHECK(write_down_ends(now));
  REKEY_CHECK(write_down_refusals());
  REKEY_CHECK(drop_old_replies(now));
  REKEY_CHECK(look_ahead(now));
  interval_ends_at_ = now + interval_;
  return {};
}

base::Status Sweeper::write_down_ends(base::Instant now) {
  REKEY_TRY(const std::vector<tables::DueSecret> due, tables::find_due_secrets(reads_, now));
  std::vector<credential::IntegrationId> integrations;
  for (const tables::DueSecret& secret : due) {
    const auto used_at = usage_.last_used_at(secret.secret_id);
    const bool is_in_use = used_at && *used_at + secret.dormancy > now;
    if (!secret.is_past_end && is_in_use) continue;
    if (integrations.empty() || integrations.back() != secret.integration_id) {
      integrations.push_back(secret.integration_id);
    }
  }
  for (std::size_t first = 0; first < integrations.size(); first += kChunk) {
    const std::size_t last = std::min(first + kChunk, integrations.size());
    REKEY_CHECK(changes_.run("system", [&](ChangeScope& scope) -> base::Status {
      for (std::size_t i = first; i < last; ++i) {
        REKEY_CHECK(scope.execute(integrations[i], credential::Sweep{}));
      }
      return {};
    }));
  }
  return {};
}

base::Status Sweeper::write_down_refusals() {
  std::vector<RefusalEpisode> taken = refusals_.take_episodes();
  std::move(taken.begin(), taken.end(), std::back_inserter(episodes_));
  if (episodes_.empty()) return {};
  REKEY_CHECK(changes_.run("system", [this](ChangeScope& scope) -> base::Status {
    for (const RefusalEpisode& episode : episodes_) {
      REKEY_CHECK(
          scope.execute(RefusalsBegan{episode.client_id, std::string(name_of(episode.reason))}));
    }
    return {};
  }));
  episodes_.clear();
  return {};
}

base::Status Sweeper::drop_old_replies(base::Instant now) {
  return changes_.run("system", [now](ChangeScope& scope) {
    return tables::drop_replies(scope.connection(), now - kReplyLife);
  });
}

base::Status Sweeper::look_ahead(base::Instant now) {
  const std::int64_t commits = changes_.commits();  // first: one that comes now is seen next time
  REKEY_TRY(const std::int64_t ending_soon, tables::count_ending_soon(reads_, now, now + kSoon));
  REKEY_TRY(next_end_at_, tables::next_end(reads_, now));
  ending_soon_.set(static_cast<double>(ending_soon));
  seen_commits_ = commits;
  return {};
}

}  // namespace rekey::authority
