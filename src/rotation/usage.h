// Who used which secret and when, as an issuer tells it. Plain data; instants are the issuer's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"

namespace rekey::rotation {

// One caller as the issuer tells callers apart.
struct Caller {
  std::string network;  // an address or an address block
  std::string user_agent;
  std::string slot;       // "-" for the default slot
  bool is_other = false;  // callers beyond the issuer's bound, lumped together
  friend bool operator==(const Caller&, const Caller&) = default;
};

struct UsageRow {
  std::string secret_id;
  Caller caller;
  base::Instant first_seen{};
  base::Instant last_seen{};
  std::int64_t count = 0;
};

// Nothing that happened between complete_since and as_of is missing. Before that: unknown, not
// quiet.
struct UsageReport {
  std::vector<UsageRow> rows;
  base::Instant complete_since{};
  base::Instant as_of{};
};

}  // namespace rekey::rotation
