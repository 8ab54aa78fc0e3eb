// Who used which secret and when, as an issuer or another source tells it. Plain data; each instant
// is of the clock of the source that tells it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace rekey::rotation {

// Two clocks that are no further apart count as one.
inline constexpr base::Duration kToleratedSkew = std::chrono::seconds{5};

// One caller as the issuer tells callers apart.
struct Caller {
  std::string network;  // an address or an address block
  std::string user_agent;
  std::string slot;       // "-" for the default slot
  bool is_other = false;  // callers beyond the issuer's bound, lumped together
  friend bool operator==(const Caller&, const Caller&) = default;
};

struct UsageRow {
  std::string secret_id;  // empty: which secret it was is not told
  Caller caller;
  base::Instant first_seen{};
  base::Instant last_seen{};
  std::int64_t count = 0;
  // Between two of its requests, where the source has seen each of them.
  std::optional<base::Duration> longest_gap{};
  std::size_t source = 0;  // in UsageReport::sources
};

// Who tells, and what that is worth.
struct UsageSource {
  std::string name{};  // "the issuer's usage", "the access log /var/log/proxy.log"
  // Nothing that this source tells of is missing between the two. Equal: it has only begun to tell.
  base::Instant complete_since{};
  base::Instant as_of{};
  bool covers_all = true;      // every request that got a token; else what it shows are sightings
  bool names_secrets = true;   // else it tells who asked, and not with which secret
  bool tells = true;           // else nobody is ever told anything by it
  base::Duration lag{};        // how far its clock may be from the issuer's, and how late it tells
  std::string begins_after{};  // why it is not complete from its beginning: "a line that …"
};

// Nothing that happened between complete_since and as_of is missing. Before that: unknown, not
// quiet.
struct UsageReport {
  std::vector<UsageRow> rows;
  base::Instant complete_since{};
  base::Instant as_of{};
  std::vector<UsageSource> sources{};  // empty: the issuer alone
  bool is_told = true;                 // false: by an issuer that never tells
};

// Of an issuer that never tells who used what.
[[nodiscard]] UsageReport untold_usage(base::Instant now);

// Its sources, the issuer's first.
[[nodiscard]] std::vector<UsageSource> sources_of(const UsageReport& report);

// All rows, each with its own source. Instants stay the issuer's: those of the others are compared
// with them by their lag alone.
[[nodiscard]] UsageReport merge_usage(UsageReport issuers, const std::vector<UsageReport>& others);

// A source that covers every request, whether or not it has told of any time yet.
[[nodiscard]] bool is_telling(const UsageSource& source) noexcept;

// "the issuer's usage, complete since 2026-11-24T10:00:00Z".
[[nodiscard]] std::string describe(const UsageSource& source);

}  // namespace rekey::rotation
