// Keyed fingerprints: HMAC-SHA-256 with prepared states, about 0.15 µs for a secret.
#pragma once

#include <memory>
#include <string_view>

#include "base/fingerprint.h"
#include "crypto/root_key.h"

namespace rekey::crypto {

// One per thread: keeps OpenSSL contexts. Copies share nothing.
class Fingerprinter {
 public:
  explicit Fingerprinter(const RootKey& root);
  Fingerprinter(Fingerprinter&&) noexcept;
  Fingerprinter& operator=(Fingerprinter&&) noexcept;
  ~Fingerprinter();

  // Allocates nothing. Equal values under one root key give equal fingerprints.
  [[nodiscard]] base::Fingerprint operator()(std::string_view value) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rekey::crypto
