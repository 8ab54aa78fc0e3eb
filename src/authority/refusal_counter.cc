#include "authority/refusal_counter.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

namespace rekey::authority {
namespace {

// More than twice the number of reasons, so that integration and reason do not meet in the hash.
constexpr std::size_t kRefusalFactor = 64;
// Within this a row's refusals are not told to its client: an episode may be found that much early.
constexpr base::Duration kToldTime = std::chrono::seconds{10};

}  // namespace

void RefusalCounter::note(credential::IntegrationId integration_id, const ClientKey& client,
                          credential::Refusal reason, const net::PeerAddress& peer,
                          base::Instant now) {
  const Note note{.integration_id = integration_id.value,
                  .client = client,
                  .reason = reason,
                  .network = network_of(peer),
                  .at = now};
  const std::lock_guard lock(mutex_);
  if (notes_.size() == kMaxNotes) fold_notes();
  notes_.push_back(note);
}

void RefusalCounter::fold_notes() {
  for (const Note& note : notes_) fold(note);
  notes_.clear();
}

// Most refusals repeat a row's: the client hears of those once in a while only.
void RefusalCounter::fold(const Note& note) {
  const Key key{note.integration_id, note.reason, false, note.network};
  const auto found = counts_.find(key);
  if (found != counts_.end() && note.at - found->second.told_client_at < kToldTime) {
    return add(found->second, note.at);
  }
  note_client(note);
  Count& count = found != counts_.end() ? found->second : place_for(key, note.at);
  count.told_client_at = note.at;
  add(count, note.at);
}

void RefusalCounter::add(Count& count, base::Instant at) {
  if (count.count == 0) count.first_seen = at;
  count.last_seen = std::max(count.last_seen, at);
  ++count.count;
}

void RefusalCounter::note_client(const Note& note) {
  Client& client = clients_[note.integration_id];
  if (client.client_id.empty() && note.integration_id != 0) {
    client.client_id = unpack_client_id(note.client);
  }
  auto& seen = client.last_seen[static_cast<std::size_t>(note.reason)];
  if ((!seen || note.at - *seen >= kQuietTime) && episodes_.size() < kMaxEpisodes) {
    episodes_.push_back(
        {credential::IntegrationId{note.integration_id}, client.client_id, note.reason, note.at});
  }
  seen = std::max(seen.value_or(note.at), note.at);
}

std::size_t RefusalCounter::KeyHash::operator()(const Key& key) const noexcept {
  const auto facts = static_cast<std::size_t>(key.integration_id) * kRefusalFactor +
                     static_cast<std::size_t>(key.reason) * 2 + (key.is_other ? 1 : 0);
  return hash_of(key.network) ^ (facts * 0x9e3779b97f4a7c15ULL);
}

// The key itself where it has a row or there is room for one; else the row of the other networks,
// which every client and reason may have beyond the bounds: their number is bounded by the
// integrations.
RefusalCounter::Count& RefusalCounter::place_for(Key key, base::Instant now) {
  if (const auto found = counts_.find(key); found != counts_.end()) return found->second;
  if (counts_.size() >= kMaxRows) drop_old(now);
  Client& client = clients_[key.integration_id];
  if (counts_.size() < kMaxRows && client.rows < kMaxRowsPerClient) {
    ++client.rows;
    return counts_[key];
  }
  key.is_other = true;
  key.network = CallerNetwork{};
  return counts_[key];
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

std::vector<RefusalRow> RefusalCounter::rows(std::optional<std::string_view> client_id) {
  const std::lock_guard lock(mutex_);
  fold_notes();
  std::vector<RefusalRow> rows;
  for (const auto& [key, count] : counts_) {
    const std::string& id = clients_.at(key.integration_id).client_id;
    if (client_id && *client_id != id) continue;
    rows.push_back({id, key.reason, key.is_other ? "other" : to_text(key.network), count.first_seen,
                    count.last_seen, count.count});
  }
  const auto order_of = [](const RefusalRow& row) {
    return std::tuple(row.network == "other", std::string_view(row.client_id), row.reason,
                      std::string_view(row.network));
  };
  std::sort(rows.begin(), rows.end(), [&](const RefusalRow& a, const RefusalRow& b) {
    return a.last_seen != b.last_seen ? a.last_seen > b.last_seen : order_of(a) < order_of(b);
  });
  return rows;
}

std::vector<RefusalEpisode> RefusalCounter::take_episodes() {
  const std::lock_guard lock(mutex_);
  fold_notes();
  return std::exchange(episodes_, {});
}

}  // namespace rekey::authority
