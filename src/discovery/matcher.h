// Finds in one content whatever the detectors know, through every layer. Pure.
//
// Nothing is looked at twice: one pass (classes.h) finds stretches of 24 and more letters and
// digits, and a few literal anchors; only around those are layers taken off and contexts read.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "discovery/classes.h"
#include "discovery/coverage.h"
#include "discovery/detector.h"
#include "discovery/finding.h"
#include "discovery/known/exact_search.h"

namespace rekey::discovery {

// How many layers deep a value may be: a Secret's value in the manifest of a Helm release is in
// base64, escapes, gzip, base64 and base64.
inline constexpr int kMaxLayers = 6;

static_assert(kRunSize <= crypto::kWindowSize);

struct Hit {
  const Detector* detector = nullptr;
  Confidence confidence = Confidence::kMedium;
  std::size_t begin = 0;  // bytes of the content, layers on
  std::size_t end = 0;
  std::vector<Layer> layers;
  base::Secret
      value;  // where nobody keeps it and an encoding is all that was seen: the encoded text
  const KnownSecret* known = nullptr;  // which one it is, where it is a known one
};

struct Matches {
  std::vector<Hit> hits;   // in the order of their bytes
  bool is_cut = false;     // not every layer was taken off: too many, or too much came out
  bool is_broken = false;  // compressed data in an encoding is damaged, or needs a password
  // What was gone over beside the one pass: layers, contexts. Grows no faster than the bytes do.
  std::uint64_t work_bytes = 0;
};

// Tells what of `matches` was not read. `where` is the content's.
void tell_unread(const Matches& matches, const std::string& where, Coverage& coverage);

struct SearchPlan;

class Matcher {
 public:
  // The built-in detectors and these.
  explicit Matcher(std::vector<Detector> own = {});
  // What this finds and nothing else.
  explicit Matcher(std::unique_ptr<const ExactSearch> exact);
  Matcher(Matcher&&) noexcept;
  ~Matcher();

  // Any thread. `path` is context: where a file lies says something about what it holds.
  [[nodiscard]] Matches match(std::string_view bytes, std::string_view path) const;
  // Every one that is looked for.
  [[nodiscard]] std::span<const Detector> detectors() const noexcept;

 private:
  std::unique_ptr<SearchPlan> plan_;
};

}  // namespace rekey::discovery
