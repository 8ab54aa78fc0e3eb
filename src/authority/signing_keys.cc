#include "authority/signing_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rekey::authority {

void SigningKeys::hold(crypto::JwsKey key) {
  const std::lock_guard lock(mutex_);
  std::string kid = key.thumbprint();
  held_.insert_or_assign(std::move(kid), std::move(key));
}

void SigningKeys::publish(const SigningKeyList& keys) {
  const std::lock_guard lock(mutex_);
  plan_ = keys;
  entries_.clear();
  for (const SigningKey& key : keys) {
    const auto found = held_.find(key.kid);
    if (found != held_.end()) entries_.push_back({times_of(keys, key), found->second});
  }
  generation_.fetch_add(1, std::memory_order_release);
}

std::vector<std::string> SigningKeys::forget_gone(base::Instant now) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> gone;
  for (const Entry& entry : entries_) {
    if (now >= entry.times.gone_at) gone.push_back(entry.key.thumbprint());
  }
  if (gone.empty()) return gone;
  std::erase_if(entries_, [now](const Entry& entry) { return now >= entry.times.gone_at; });
  for (const std::string& kid : gone) held_.erase(kid);
  generation_.fetch_add(1, std::memory_order_release);
  return gone;
}

std::vector<crypto::JwsAlgorithm> SigningKeys::due(base::Instant now) const {
  const std::lock_guard lock(mutex_);
  std::vector<crypto::JwsAlgorithm> due;
  for (const crypto::JwsAlgorithm algorithm : crypto::kJwsAlgorithms) {
    const bool is_used = algorithm == crypto::JwsAlgorithm::kEs256 ||
                         std::any_of(plan_.begin(), plan_.end(), [algorithm](const auto& key) {
                           return key.algorithm == algorithm;
                         });
    if (is_used && needs_next_key(plan_, algorithm, now)) due.push_back(algorithm);
  }
  return due;
}

std::string SigningKeys::jwks(base::Instant now) const {
  const std::lock_guard lock(mutex_);
  std::string text = R"({"keys":[)";
  for (const Entry& entry : entries_) {
    if (now >= entry.times.gone_at) continue;
    if (text.back() != '[') text += ',';
    // The public members, and what says how to use them (RFC 7517 sections 4.2, 4.4 and 4.5).
    std::string_view members = entry.key.public_json();
    members.remove_suffix(1);
    text += fmt::format(R"({},"use":"sig","alg":"{}","kid":"{}"}})", members,
                        name_of(entry.key.algorithm()), entry.key.thumbprint());
  }
  return text + "]}";
}

std::vector<SigningKeys::Entry> SigningKeys::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

}  // namespace rekey::authority
