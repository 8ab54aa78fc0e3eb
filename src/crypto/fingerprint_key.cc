#include "crypto/fingerprint_key.h"

#include "crypto/hmac.h"

namespace rekey::crypto {

struct Fingerprinter::State {
  HmacSha256 hmac;
  std::uint32_t key_id;
};

Fingerprinter::Fingerprinter(const RootKey& root)
    : state_(new State{HmacSha256(root.derive("fingerprint").reveal()), root.id()}) {}

Fingerprinter::Fingerprinter(Fingerprinter&&) noexcept = default;
Fingerprinter& Fingerprinter::operator=(Fingerprinter&&) noexcept = default;
Fingerprinter::~Fingerprinter() = default;

base::Fingerprint Fingerprinter::operator()(std::string_view value) noexcept {
  return {.key_id = state_->key_id, .digest = state_->hmac(value)};
}

}  // namespace rekey::crypto
