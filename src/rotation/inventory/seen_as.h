// How a consumer is recognised in an issuer's usage: by network, user agent and slot tag.
//
// Pure. Every condition that is set must hold; at least one is set.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "rotation/machine/usage.h"

namespace rekey::rotation {

struct SeenAs {
  std::optional<std::string> network;     // "10.1.0.0/16", "192.0.2.7"
  std::optional<std::string> user_agent;  // exact, or with one trailing '*' for any ending
  std::optional<std::string> slot;
  bool is_other = false;  // waivers only: the issuer's lumped row
  friend bool operator==(const SeenAs&, const SeenAs&) = default;
};

// kInvalidArgument where no condition is set or the network is neither an address nor a block.
[[nodiscard]] base::Status check(const SeenAs& pattern);

[[nodiscard]] bool matches(const SeenAs& pattern, const Caller& caller);

// True where some caller could match both: then usage could not say which of the two it was.
[[nodiscard]] bool can_overlap(const SeenAs& a, const SeenAs& b);

// For people: "network 10.1.0.0/16, user agent \"order-sync/*\"".
[[nodiscard]] std::string describe(const SeenAs& pattern);
[[nodiscard]] std::string describe(const Caller& caller);

}  // namespace rekey::rotation
