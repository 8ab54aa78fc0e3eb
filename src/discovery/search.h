// One content, looked through. matcher.h is what others use.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "discovery/classes.h"
#include "discovery/detector.h"
#include "discovery/known/exact_search.h"
#include "discovery/matcher.h"

namespace rekey::discovery {

// What an anchor of the one pass is for.
struct AnchorUse {
  enum class What { kPrefix, kKey, kOwnKey, kHost, kEntra, kEscape, kFold, kQuotedPrintable };
  What what = What::kKey;
  std::size_t detector = 0;
  Layer layer = Layer::kPercent;
};

// What is looked for, prepared once.
struct SearchPlan {
  std::vector<Detector> detectors;
  std::unique_ptr<const ExactSearch> exact;  // nullptr: the detectors are what is looked for
  std::vector<AnchorUse> uses;               // of the anchors of `classes`
  std::vector<const Detector*> keyed;        // those that go by the name of the key
  std::unique_ptr<const Classes> classes;
  const Detector* ours = nullptr;
  const Detector* host = nullptr;
};

// `path` is context, and stays.
[[nodiscard]] Matches search(const SearchPlan& plan, std::string_view bytes, std::string_view path);

}  // namespace rekey::discovery
