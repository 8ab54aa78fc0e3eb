#include "discovery/known/given_secrets.h"

#include <utility>

namespace rekey::discovery {

const Detector& given_secret_detector() {
  static const Detector kDetector{
      .id = "given-secret", .title = "the given secret", .confidence = Confidence::kHigh};
  return kDetector;
}

GivenSecrets::GivenSecrets(std::vector<base::Secret> values)
    : values_(std::move(values)), key_(crypto::KnownSearchKey::generate()) {
  crypto::KnownTagger tagger(key_);
  std::vector<KnownEntry> entries;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    auto tagged = tagger.tags_of(values_[i]);
    for (const crypto::KnownTag& tag : tagged.tags) {
      entries.push_back({tag, static_cast<std::uint32_t>(i)});
    }
    not_looked_for_.push_back(std::move(tagged.without_window));
  }
  index_ = std::make_unique<KnownIndex>(std::move(entries));
}

std::vector<KnownHit> GivenSecrets::search_run(std::string_view bytes, std::size_t begin,
                                               std::size_t end) const {
  auto search = borrow();
  auto hits = search->search_run(bytes, begin, end);
  give_back(std::move(search));
  return hits;
}

std::unique_ptr<KnownSearch> GivenSecrets::borrow() const {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto search = std::move(idle_.back());
      idle_.pop_back();
      return search;
    }
  }
  return std::make_unique<KnownSearch>(*index_, key_);
}

void GivenSecrets::give_back(std::unique_ptr<KnownSearch> search) const {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(search));
}

}  // namespace rekey::discovery
