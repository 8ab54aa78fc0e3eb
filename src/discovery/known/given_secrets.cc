#include "discovery/known/given_secrets.h"

#include <utility>

namespace rekey::discovery {
namespace {

// The forms of the value that tags do not find.
std::vector<crypto::FormText> forms_without_window(const base::Secret& value) {
  auto forms = crypto::forms_of(value);
  std::erase_if(forms, [](const crypto::FormText& form) {
    return crypto::find_window(form.text.reveal()) != std::string_view::npos;
  });
  return forms;
}

}  // namespace

const Detector& given_secret_detector() {
  static const Detector kDetector{
      .id = "given-secret", .title = "the given secret", .confidence = Confidence::kHigh};
  return kDetector;
}

GivenSecrets::GivenSecrets(std::vector<base::Secret> values) : values_(std::move(values)) {
  auto key = crypto::KnownSearchKey::generate();
  crypto::KnownTagger tagger(key);
  std::vector<KnownEntry> entries;
  std::vector<Literal> literals;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    for (const crypto::KnownTag& tag : tagger.tags_of(values_[i]).tags) {
      entries.push_back({tag, static_cast<std::uint32_t>(i)});
    }
    auto& not_looked_for = not_looked_for_.emplace_back();
    for (crypto::FormText& form : forms_without_window(values_[i])) {
      if (form.text.size_bytes() < LiteralSearch::kShortestBytes) {
        not_looked_for.push_back(form.form);
      } else {
        literals.push_back({std::move(form), i});
      }
    }
  }
  search_ = std::make_unique<const SharedSearch>(std::move(entries), std::move(key));
  literals_ = std::make_unique<const LiteralSearch>(std::move(literals));
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

std::vector<ExactHit> GivenSecrets::search_text(std::string_view bytes) const {
  std::vector<ExactHit> hits;
  for (const LiteralSearch::Hit& hit : literals_->search(bytes)) {
    const crypto::FormText& form = hit.literal->form;
    hits.push_back({hit.begin, form.text.size_bytes(), form.form, &given_secret_detector(),
                    &values_[hit.literal->secret]});
  }
  return hits;
}

std::span<const Detector> GivenSecrets::detectors() const {
  return {&given_secret_detector(), 1};
}

void tell_not_looked_for(const GivenSecrets& given, std::string_view secret, Coverage& coverage) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    for (const crypto::SecretForm form : given.not_looked_for(i)) {
      tell_not_looked_for(secret, form, NotSought::kTooShort, coverage);
    }
  }
}

}  // namespace rekey::discovery
