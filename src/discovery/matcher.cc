#include "discovery/matcher.h"

#include <iterator>
#include <set>
#include <utility>

#include "discovery/search.h"

namespace rekey::discovery {
namespace {

// Which anchors are told apart by one bit: those that look alike, so that few other texts look like
// one of them (classes.h).
constexpr std::size_t kKeyGroup = 0;
constexpr std::size_t kNameGroup = 1;
constexpr std::size_t kQuotedPrintableGroup = 2;
constexpr std::size_t kEscapeGroup = 3;
constexpr std::size_t kUpperGroup = 4;
constexpr std::size_t kLowerGroup = 5;
constexpr std::size_t kSignGroup = 6;
constexpr std::size_t kPercentGroup = 7;

class Anchors {
 public:
  explicit Anchors(SearchPlan& plan) : plan_(plan) {}

  void add(Anchor anchor, AnchorUse use) {
    anchors_.push_back(std::move(anchor));
    plan_.uses.push_back(use);
  }

  void add_detectors() {
    using What = AnchorUse::What;
    std::set<std::string> own_words;
    for (std::size_t i = 0; i < plan_.detectors.size(); ++i) {
      const Detector& detector = plan_.detectors[i];
      own_words.insert(detector.key_words.begin(), detector.key_words.end());
      if (detector.check == Check::kEntra) add({"Q~", false, 0, kSignGroup}, {What::kEntra, i});
      if (detector.prefix.empty()) continue;
      const char first = detector.prefix.front();
      const bool is_lower = first >= 'a' && first <= 'z';
      add({detector.prefix, false, 0, is_lower ? kLowerGroup : kUpperGroup}, {What::kPrefix, i});
    }
    for (const std::string& word : own_words) add({word, true, 0, kKeyGroup}, {What::kOwnKey});
    add({"secret", true, 0, kKeyGroup}, {What::kKey});
    add({"signature", true, 2, kNameGroup}, {What::kKey});
    add({"marketingcloudapis", true, 6, kNameGroup}, {What::kHost});
  }

  void add_layers() {
    using What = AnchorUse::What;
    add({"\\u00", false, 0, kEscapeGroup}, {What::kEscape, 0, Layer::kEscapes});
    add({"\\x", false, 0, kEscapeGroup}, {What::kEscape, 0, Layer::kEscapes});
    add({"\\U00", false, 0, kEscapeGroup}, {What::kEscape, 0, Layer::kEscapes});
    add({"\\1", false, 0, kEscapeGroup}, {What::kEscape, 0, Layer::kEscapes});  // letters, in octal
    for (const char* part : {"\\\n", "\\\r\n"}) {
      add({part, false, 0, kEscapeGroup}, {What::kFold, 0, Layer::kEscapes});
    }
    add({"&#", false, 0, kSignGroup}, {What::kEscape, 0, Layer::kEntities});
    for (const char* digit : {"%3", "%4", "%5", "%6", "%7"}) {
      add({digit, false, 0, kPercentGroup}, {What::kEscape, 0, Layer::kPercent});
    }
    for (const char* part : {"=3D", "=\n", "=\r\n"}) {
      add({part, false, 0, kQuotedPrintableGroup},
          {What::kQuotedPrintable, 0, Layer::kQuotedPrintable});
    }
  }

  [[nodiscard]] std::unique_ptr<const Classes> take() {
    return std::make_unique<const Classes>(std::move(anchors_));
  }

 private:
  SearchPlan& plan_;
  std::vector<Anchor> anchors_;
};

}  // namespace

void tell_unread(const Matches& matches, const std::string& where, Coverage& coverage) {
  if (matches.is_cut) {
    coverage.problem(Unread::kLimit, where,
                     "more layers of encodings than are taken off, or too much in them");
  }
  if (matches.is_broken) {
    coverage.problem(Unread::kBroken, where,
                     "compressed data in an encoding is damaged or needs a password");
  }
}

Matcher::Matcher(std::vector<Detector> own) : plan_(std::make_unique<SearchPlan>()) {
  const auto builtin = builtin_detectors();
  plan_->detectors.assign(builtin.begin(), builtin.end());
  plan_->detectors.insert(plan_->detectors.end(), std::make_move_iterator(own.begin()),
                          std::make_move_iterator(own.end()));
  for (const Detector& detector : plan_->detectors) {
    if (detector.prefix.empty() && !detector.keys.empty()) plan_->keyed.push_back(&detector);
    if (detector.check == Check::kOurs) plan_->ours = &detector;
    if (detector.role == Role::kHost) plan_->host = &detector;
  }
  Anchors anchors(*plan_);
  anchors.add_detectors();
  anchors.add_layers();
  plan_->classes = anchors.take();
}

Matcher::Matcher(std::unique_ptr<const ExactSearch> exact) : plan_(std::make_unique<SearchPlan>()) {
  plan_->exact = std::move(exact);
  Anchors anchors(*plan_);
  anchors.add_layers();
  plan_->classes = anchors.take();
}

Matcher::Matcher(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

Matches Matcher::match(std::string_view bytes, std::string_view path) const {
  return search(*plan_, bytes, path);
}

std::span<const Detector> Matcher::detectors() const noexcept {
  if (plan_->exact != nullptr) return plan_->exact->detectors();
  return plan_->detectors;
}

}  // namespace rekey::discovery
