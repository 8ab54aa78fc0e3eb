// Whether secrets that were found still work: each is tried, with the client id that stands with
// it, at a token endpoint. Only where somebody asked for that, and only at places that he named.
//
// A secret goes to a place only if that place's host stands with it, or no host does and one place
// alone takes its kind: which values belong to whom is never guessed. Findings hold no values, so
// Pairs keeps those that can be tried, from when they are found until they have been tried.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "discovery/detector.h"
#include "discovery/finding.h"
#include "platform/clock.h"

namespace rekey::discovery {

// So many different pairs are tried at most.
inline constexpr std::size_t kMostPairs = 500;
// A place that gave no answer so often in a row is left alone.
inline constexpr int kMostUnanswered = 3;

inline constexpr std::string_view kTokenPath = "v2/token";  // contract section 1.2

// Where to ask, and how.
struct TokenPlace {
  std::string url;  // of the token endpoint itself; where it takes JSON, kTokenPath ends it
  // A form with HTTP Basic (RFC 6749 sections 2.3.1 and 4.4.2); else JSON, as Marketing Cloud and
  // Rekey take it (contract section 1.2).
  bool is_form = false;
  std::string detector{};  // whose secrets are tried there; empty: those of these two
};

// "HOST", "HOST:PORT" and "https://…/" name an Authentication Base URI, of Marketing Cloud or
// Rekey: v2/token below it is asked. "DETECTOR=URL" names the token endpoint of another issuer, for
// what that detector finds. kInvalidArgument where it is none of these, where the detector is not
// one of `detectors`, or where the URL is not https:// (http:// to this machine alone).
[[nodiscard]] base::Result<TokenPlace> parse_token_place(std::string_view text,
                                                         std::span<const Detector> detectors);

class Pairs {
 public:
  explicit Pairs(std::vector<TokenPlace> places) : places_(std::move(places)) {}

  // Keeps the value where it can be tried. Any thread.
  void offer(const Finding& finding, const base::Secret& value);

  // How many different ones will be tried, at most.
  [[nodiscard]] std::size_t size() const;

  // One request; `at` is set by the caller.
  using Ask = std::function<Verification(const TokenPlace& place, const std::string& client_id,
                                         const base::Secret& value)>;
  // Tries each different pair once, one after the other, and no place more often than once in
  // `every`. Sets `verification` of every client secret; what was accepted is surest. The values
  // are gone after it.
  void verify(std::vector<Finding>& findings, const Ask& ask, platform::Clock& clock,
              base::Duration every);

 private:
  using Key = std::tuple<std::size_t, std::string, base::Fingerprint>;  // place, client id, value
  struct Choice {
    const TokenPlace* place = nullptr;  // nullptr: none, and `why`
    std::string why{};
  };
  [[nodiscard]] Choice choose(const Finding& finding) const;
  [[nodiscard]] Key key_of(const Finding& finding, const TokenPlace& place) const;

  std::vector<TokenPlace> places_;
  mutable std::mutex mutex_;
  std::map<Key, base::Secret> values_;  // guarded by mutex_; the first kMostPairs in order
};

}  // namespace rekey::discovery
