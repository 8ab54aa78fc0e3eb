#include "crypto/digest.h"

#include "base/assert.h"
#include "base/text.h"
#include "crypto/openssl_handles.h"

namespace rekey::crypto {

struct Sha256::State {
  DigestContext context = new_digest_context();

  void start() {
    REKEY_ASSERT(EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr) == 1);
  }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  state_->start();
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

Sha256& Sha256::add(std::span<const std::uint8_t> bytes) {
  REKEY_ASSERT(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
  return *this;
}

Sha256& Sha256::add(std::string_view text) {
  return add(base::bytes_of(text));
}

Sha256& Sha256::add_number(std::uint64_t number) {
  std::array<std::uint8_t, 8> bytes;
  for (std::size_t i = bytes.size(); i > 0; --i, number >>= 8) {
    bytes[i - 1] = static_cast<std::uint8_t>(number);
  }
  return add(bytes);
}

Digest Sha256::finish() {
  Digest digest;
  unsigned size = 0;
  REKEY_ASSERT(EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size) == 1);
  REKEY_ASSERT(size == digest.size());
  state_->start();
  return digest;
}

Digest sha256(std::string_view text) {
  return Sha256().add(text).finish();
}

}  // namespace rekey::crypto
