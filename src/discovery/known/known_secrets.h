// Secrets of which somebody keeps tags and facts: where do they stand, and which ones are they?
//
// Each set was tagged under a key of its own and is searched by it, so that a window is hashed for
// each. No value is known, here or to whoever keeps them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "crypto/known_search_key.h"
#include "crypto/known_tags.h"
#include "discovery/known/exact_search.h"
#include "discovery/known/shared_search.h"

namespace rekey::discovery {

// KnownSecret::source of the one that issues it.
inline constexpr std::string_view kAuthoritySource = "authority";

// What is told of a known secret. Texts that are not known are empty.
struct KnownSecret {
  std::string source{};   // kAuthoritySource, "runs", …: who knows it, as reports have it
  std::string package{};  // whose it is, for people
  std::string client_id{};
  std::string slot{};
  std::string secret_id{};            // as its source names it
  std::string prefix{};               // what may be shown of the value
  std::string state{};                // "active", as its source says it
  std::string told{};                 // the state for people: "active, accepted, 12 days left"
  std::optional<bool> is_accepted{};  // as of now
  bool is_over = false;               // it has ended, and no rotation follows
  std::optional<base::Instant> generated_at{};
  std::optional<base::Instant> ends_at{};  // of one that is over: when it ended
  std::optional<std::int64_t> days_left{};
  std::optional<crypto::TaggedSecret> tags{};  // nullopt: none are kept
};

// "Order sync, client id …, sec_17": which one, for people; nothing hidden in it.
[[nodiscard]] std::string describe(const KnownSecret& secret);

// All that one key finds.
struct KnownSet {
  crypto::KnownSearchKey key;
  std::vector<KnownSecret> secrets;
};

class KnownSecrets final : public ExactSearch {
 public:
  explicit KnownSecrets(std::vector<KnownSet> sets);

  [[nodiscard]] std::vector<ExactHit> search_run(std::string_view bytes, std::size_t begin,
                                                 std::size_t end) const override;
  [[nodiscard]] std::span<const Detector> detectors() const override;

  // Those that a request would be accepted with before all others, else as they came.
  [[nodiscard]] std::span<const KnownSecret> all() const noexcept { return secrets_; }

 private:
  std::vector<KnownSecret> secrets_;  // tags are taken out of those that have any
  std::vector<Detector> detectors_;   // one for each, which says which one it is
  std::vector<std::unique_ptr<const SharedSearch>> searches_;  // one a key
};

}  // namespace rekey::discovery
