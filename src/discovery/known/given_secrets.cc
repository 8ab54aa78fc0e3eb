#include "discovery/known/given_secrets.h"

#include <utility>

namespace rekey::discovery {
namespace {

const Detector& given_secret_detector() {
  static const Detector kDetector{
      .id = "given-secret", .title = "the given secret", .confidence = Confidence::kHigh};
  return kDetector;
}

}  // namespace

GivenSecrets::GivenSecrets(std::vector<base::Secret> values) : values_(std::move(values)) {
  auto key = crypto::KnownSearchKey::generate();
  crypto::KnownTagger tagger(key);
  std::vector<KnownEntry> entries;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    auto tagged = tagger.tags_of(values_[i]);
    for (const crypto::KnownTag& tag : tagged.tags) {
      entries.push_back({tag, static_cast<std::uint32_t>(i)});
    }
    not_looked_for_.push_back(std::move(tagged.without_window));
  }
  search_ = std::make_unique<const SharedSearch>(std::move(entries), std::move(key));
}

std::vector<ExactHit> GivenSecrets::search_run(std::string_view bytes, std::size_t begin,
                                               std::size_t end) const {
  std::vector<ExactHit> hits;
  for (const KnownHit& hit : search_->search_run(bytes, begin, end)) {
    hits.push_back(
        {hit.begin, hit.size_bytes, hit.form, &given_secret_detector(), &values_[hit.secret]});
  }
  return hits;
}

std::span<const Detector> GivenSecrets::detectors() const {
  return {&given_secret_detector(), 1};
}

}  // namespace rekey::discovery
