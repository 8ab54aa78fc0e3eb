#include "authority/refusal_counter.h"

#include <algorithm>
#include <utility>

namespace rekey::authority {

void RefusalCounter::note(credential::IntegrationId integration_id, std::string_view client_id,
                          credential::Refusal reason, const net::PeerAddress& peer,
                          base::Instant now) {
  const std::lock_guard lock(mutex_);
  Client& client = clients_[integration_id.value];
  if (client.client_id.empty()) client.client_id = client_id;

  const auto [seen, is_first] = client.last_seen.try_emplace(reason, now);
  if (is_first || now - seen->second >= kQuietTime) {
    if (episodes_.size() < kMaxEpisodes) {
      episodes_.push_back({integration_id, client.client_id, reason, now});
    }
  }
  seen->second = std::max(seen->second, now);

  Key wanted;
  wanted.integration_id = integration_id.value;
  wanted.reason = reason;
  wanted.network = network_of(peer);
  Count& count = counts_[place_for(wanted, now)];
  if (count.count == 0) count.first_seen = now;
  count.last_seen = std::max(count.last_seen, now);
  ++count.count;
}

// The key itself where it has a row or there is room for one; else the row of the other networks,
// which every client and reason may have beyond the bounds: their number is bounded by the
// integrations.
RefusalCounter::Key RefusalCounter::place_for(Key key, base::Instant now) {
  if (counts_.contains(key)) return key;
  if (counts_.size() >= kMaxRows) drop_old(now);
  Client& client = clients_[key.integration_id];
  if (counts_.size() < kMaxRows && client.rows < kMaxRowsPerClient) {
    ++client.rows;
    return key;
  }
  key.is_other = true;
  key.network = CallerNetwork{};
  return key;
}

// At most once a minute: while an attack fills the table, most refusals must not walk it.
void RefusalCounter::drop_old(base::Instant now) {
  if (dropped_at_ && now - *dropped_at_ < std::chrono::minutes{1}) return;
  dropped_at_ = now;
  std::erase_if(counts_, [&](const auto& entry) {
    const auto& [key, count] = entry;
    if (now - count.last_seen < kKeepTime) return false;
    if (!key.is_other) --clients_[key.integration_id].rows;
    return true;
  });
}

std::vector<RefusalRow> RefusalCounter::rows(std::optional<std::string_view> client_id) const {
  const std::lock_guard lock(mutex_);
  std::vector<RefusalRow> rows;
  for (const auto& [key, count] : counts_) {
    const std::string& id = clients_.at(key.integration_id).client_id;
    if (client_id && *client_id != id) continue;
    rows.push_back({id, key.reason, key.is_other ? "other" : to_text(key.network), count.first_seen,
                    count.last_seen, count.count});
  }
  std::stable_sort(rows.begin(), rows.end(), [](const RefusalRow& a, const RefusalRow& b) {
    return a.last_seen > b.last_seen;
  });
  return rows;
}

std::vector<RefusalEpisode> RefusalCounter::take_episodes() {
  const std::lock_guard lock(mutex_);
  return std::exchange(episodes_, {});
}

}  // namespace rekey::authority
