// The inventory: rekey.yaml, which names the issuer, the integration whose secret is rotated, and
// every consumer of it. docs/rotation.md has each key; those of issuers, sinks and probes are
// declared by their kinds (driver_kind.h).
//
// Reading is strict. Whatever is wrong is found in one go and told with file, line and column, and
// an unknown key with the nearest known one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rotation/driver_spec.h"
#include "rotation/seen_as.h"

namespace rekey::rotation {

struct DriverRegistry;  // registry.h

// How a consumer comes to use what its sink holds.
struct ReloadSpec {
  std::vector<std::string> command;  // empty: it reads its sink for every token request
  base::Duration timeout = std::chrono::seconds{30};
  [[nodiscard]] bool is_per_call() const noexcept { return command.empty(); }
  friend bool operator==(const ReloadSpec&, const ReloadSpec&) = default;
};

struct Consumer {
  std::string name;
  DriverSpec sink;  // where it reads its secret from
  int instances = 1;
  ReloadSpec reload;
  SeenAs seen_as;
  base::Duration interval{};  // the longest time between two of its token requests
  friend bool operator==(const Consumer&, const Consumer&) = default;
};

// Usage that somebody answers for although no consumer claims it.
struct Waiver {
  SeenAs seen_as;
  std::string by;
  std::string reason;
  friend bool operator==(const Waiver&, const Waiver&) = default;
};

// How often, and over what time, a new value must be accepted before anything rests on it.
struct ProofSpec {
  int requests = 3;
  base::Duration span = std::chrono::seconds{2};
  friend bool operator==(const ProofSpec&, const ProofSpec&) = default;
};

struct Inventory {
  std::string path;  // of the file itself
  DriverSpec issuer;
  DriverSpec probe;  // how a value is tried; the issuer's usual one where none is named
  std::string client_id;
  std::string slot = "-";
  std::string state_folder;  // the run's ledger, key and lock
  ProofSpec proof;
  std::vector<Consumer> consumers;  // in the order in which they are moved
  std::vector<Waiver> waivers;
};

inline constexpr std::int64_t kInventoryLimitBytes = 1024 * 1024;
inline constexpr std::size_t kMaxConsumers = 1000;

// `path` names the file in messages, and its folder is where relative paths start. Issuer, sinks
// and probe are checked against what their kinds in `registry` declare. Reads no file.
// kInvalidArgument with one line for every problem.
[[nodiscard]] base::Result<Inventory> parse_inventory(std::string_view text,
                                                      const std::string& path,
                                                      const DriverRegistry& registry);

}  // namespace rekey::rotation
