// The values that have passed through the runs of a state folder, as tags: by them a search finds a
// value wherever it stands, and nobody can read it from them (crypto/known_tags.h).
//
// The journal writes a row for each value in the transaction that seals it, and keeps it when the
// value is erased. The key is derived from run.key. docs/known-secret-search.md has the design.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/known_search_key.h"
#include "crypto/known_tags.h"
#include "platform/files.h"
#include "rotation/journal/journal.h"

namespace rekey::rotation {

// What the journal knows of a value.
enum class KnownState {
  kStaged,   // by an open run, and not active yet
  kActive,   // what consumers hold, or the old one until it is seen refused
  kEnded,    // replaced by a run that is closed, or seen refused
  kGivenUp,  // staged by a run that was given up, or lost by it
};
[[nodiscard]] std::string_view name_of(KnownState state) noexcept;  // "staged", "active", …

struct KnownValue {
  Credential whose;
  std::string run_id;     // that met it first
  std::string secret_id;  // the issuer's, of one that a run has staged; else empty
  base::Instant kept_at{};
  std::optional<base::Instant> expires_at{};  // where the issuer has told it
  KnownState state = KnownState::kGivenUp;
  crypto::TaggedSecret tags;
};
struct KnownValues {
  crypto::KnownSearchKey key;
  std::vector<KnownValue> values;  // in the order in which they came
};

// Without the lock and without changing anything; nullopt where no run was ever begun there.
// kUnavailable where run.key is away.
[[nodiscard]] base::Result<std::optional<KnownValues>> peek_known_values(platform::Files& files,
                                                                         const std::string& folder);

}  // namespace rekey::rotation
