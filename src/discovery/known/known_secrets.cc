#include "discovery/known/known_secrets.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/printable.h"

namespace rekey::discovery {
namespace {

const Detector& known_secret_detector() {
  static const Detector kDetector{
      .id = "known-secret", .title = "a known secret", .confidence = Confidence::kHigh};
  return kDetector;
}

// Of two that hold one value the first is told.
int rank(const KnownSecret& secret) {
  if (!secret.is_accepted) return 1;
  return *secret.is_accepted ? 0 : 2;
}

struct Member {
  KnownSecret secret;
  std::size_t set = 0;
};

std::vector<Member> in_order(std::vector<KnownSet>& sets) {
  std::vector<Member> members;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    for (KnownSecret& secret : sets[i].secrets) members.push_back({std::move(secret), i});
  }
  std::stable_sort(members.begin(), members.end(), [](const Member& a, const Member& b) {
    return rank(a.secret) < rank(b.secret);
  });
  return members;
}

// Of several that hold one value one is told: whose issuer says it, before what was noted
// elsewhere.
void add_hit(std::vector<ExactHit>& hits, const ExactHit& hit) {
  const auto same = std::find_if(hits.begin(), hits.end(), [&](const ExactHit& one) {
    return one.begin == hit.begin && one.size_bytes == hit.size_bytes && one.form == hit.form;
  });
  if (same == hits.end()) return hits.push_back(hit);
  const auto order = [](const ExactHit& one) {
    const bool is_of_issuer = one.known->source == kAuthoritySource;
    return std::pair(!is_of_issuer, one.known);
  };
  if (order(hit) < order(*same)) *same = hit;
}

}  // namespace

std::string describe(const KnownSecret& secret) {
  std::string text = secret.package.empty() ? secret.client_id : secret.package;
  if (!secret.package.empty() && !secret.client_id.empty()) {
    text += ", client id " + secret.client_id;
  }
  if (!secret.slot.empty() && secret.slot != "-") text += ", slot " + secret.slot;
  if (!secret.secret_id.empty()) text += ", " + secret.secret_id;
  return base::escape_hidden(text, base::EscapeForm::kBraces);
}

KnownSecrets::KnownSecrets(std::vector<KnownSet> sets) {
  std::vector<std::vector<KnownEntry>> entries(sets.size());
  for (Member& member : in_order(sets)) {
    const auto number = static_cast<std::uint32_t>(secrets_.size());
    if (member.secret.tags) {
      for (const crypto::KnownTag& tag : member.secret.tags->tags) {
        entries[member.set].push_back({tag, number});
      }
      member.secret.tags->tags = {};
    }
    Detector detector = known_secret_detector();
    detector.title = fmt::format("{}: {}", describe(member.secret), member.secret.told);
    detectors_.push_back(std::move(detector));
    secrets_.push_back(std::move(member.secret));
  }
  for (std::size_t i = 0; i < sets.size(); ++i) {
    searches_.push_back(
        std::make_unique<const SharedSearch>(std::move(entries[i]), std::move(sets[i].key)));
  }
}

std::vector<ExactHit> KnownSecrets::search_run(std::string_view bytes, std::size_t begin,
                                               std::size_t end) const {
  std::vector<ExactHit> hits;
  for (const auto& search : searches_) {
    for (const KnownHit& hit : search->search_run(bytes, begin, end)) {
      add_hit(hits, {hit.begin, hit.size_bytes, hit.form, &detectors_[hit.secret], nullptr,
                     &secrets_[hit.secret]});
    }
  }
  return hits;
}

std::span<const Detector> KnownSecrets::detectors() const {
  return {&known_secret_detector(), 1};
}

}  // namespace rekey::discovery
