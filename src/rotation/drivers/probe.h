// A request that proves whether one exact value works. One file pair in probes/ a driver;
// probes/conformance.h has what each must do.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace rekey::rotation {

// kUnclear: the answer does not say which (a 5xx, a rate limit); it counts for nothing.
enum class ProbeAnswer { kAccepted, kRefused, kUnclear };

// What an answer tells of the client itself, whatever value was presented.
enum class ToldCause {
  kNone,
  kUnknownClient,    // there is no such client id
  kLegacyPackage,    // its credentials are for the endpoint of another time
  kGrantNotAllowed,  // it is no server-to-server client
};

struct ProbeResult {
  ProbeAnswer answer = ProbeAnswer::kUnclear;
  std::string detail;  // status, error code and cause, for people; never the value
  ToldCause cause = ToldCause::kNone;
  base::Duration token_life{};  // RFC 6749 section 5.1, expires_in; 0 where it was not told
};

class Probe {
 public:
  virtual ~Probe() = default;
  // Presents `value` as a client would. Never counted as use by the issuer. kUnavailable or
  // kTimeout where nobody answered.
  [[nodiscard]] virtual base::Result<ProbeResult> present(const base::Secret& value) = 0;
};

}  // namespace rekey::rotation
