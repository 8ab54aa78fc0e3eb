#include "crypto/jws_key.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <vector>

#include "base/assert.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/openssl_handles.h"
#include "crypto/x509.h"

namespace rekey::crypto {

namespace {

using base::Code;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, OpensslFree<EVP_PKEY_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, OpensslFree<BN_free>>;

constexpr std::size_t kCoordinate = 32;         // bytes, of P-256 and of its signatures' halves
constexpr std::size_t kLongestEcdsaInDer = 72;  // two integers of 33 bytes, with their heads
constexpr std::size_t kRsaBits = 2048;
constexpr int kDerSequence = 0x30;
constexpr int kDerInteger = 0x02;

std::string encoded(std::span<const std::uint8_t> bytes) {
  return base::base64url_encode(bytes);
}

std::string ec_public_json(EVP_PKEY* key) {
  unsigned char* point = nullptr;  // 4, x, y (SEC 1 section 2.3.3)
  const std::size_t size = EVP_PKEY_get1_encoded_public_key(key, &point);
  REKEY_ASSERT(size == 1 + 2 * kCoordinate && point[0] == 4);
  const std::vector<std::uint8_t> bytes(point + 1, point + size);
  OPENSSL_free(point);
  const std::span<const std::uint8_t> both(bytes);
  return fmt::format(R"({{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}})",
                     encoded(both.first(kCoordinate)), encoded(both.last(kCoordinate)));
}

std::string number_of(EVP_PKEY* key, const char* name) {
  BIGNUM* found = nullptr;
  REKEY_ASSERT(EVP_PKEY_get_bn_param(key, name, &found) == 1);
  const Number number(found);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(BN_num_bytes(number.get())));
  BN_bn2bin(number.get(), bytes.data());
  return encoded(bytes);
}

std::string rsa_public_json(EVP_PKEY* key) {
  return fmt::format(R"({{"e":"{}","kty":"RSA","n":"{}"}})", number_of(key, OSSL_PKEY_PARAM_RSA_E),
                     number_of(key, OSSL_PKEY_PARAM_RSA_N));
}

std::string ed25519_public_json(EVP_PKEY* key) {
  std::array<std::uint8_t, 32> bytes;
  std::size_t size = bytes.size();
  REKEY_ASSERT(EVP_PKEY_get_raw_public_key(key, bytes.data(), &size) == 1 && size == bytes.size());
  return fmt::format(R"({{"crv":"Ed25519","kty":"OKP","x":"{}"}})", encoded(bytes));
}

std::string public_json_of(JwsAlgorithm algorithm, EVP_PKEY* key) {
  if (algorithm == JwsAlgorithm::kEs256) return ec_public_json(key);
  return algorithm == JwsAlgorithm::kRs256 ? rsa_public_json(key) : ed25519_public_json(key);
}

bool fits(JwsAlgorithm algorithm, EVP_PKEY* key) {
  switch (algorithm) {
    case JwsAlgorithm::kEs256: {
      std::array<char, 32> curve{};
      std::size_t size = 0;
      return EVP_PKEY_is_a(key, "EC") == 1 &&
             EVP_PKEY_get_group_name(key, curve.data(), curve.size(), &size) == 1 &&
             std::string_view(curve.data(), size) == "prime256v1";
    }
    case JwsAlgorithm::kRs256:
      return EVP_PKEY_is_a(key, "RSA") == 1 && EVP_PKEY_get_bits(key) == static_cast<int>(kRsaBits);
    case JwsAlgorithm::kEdDsa:
      return EVP_PKEY_is_a(key, "ED25519") == 1;
  }
  return false;
}

PrivateOrPublicKey new_key(JwsAlgorithm algorithm) {
  if (algorithm == JwsAlgorithm::kEs256) return new_p256_key();
  PrivateOrPublicKey key(algorithm == JwsAlgorithm::kRs256
                             ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", kRsaBits)
                             : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  REKEY_ASSERT(key != nullptr);
  return key;
}

// ---- the two forms of an ECDSA signature --------------------------------------------------------

// From the DER that OpenSSL writes to R and S, 32 bytes each (RFC 7518 section 3.4).
void to_halves(std::span<const std::uint8_t> der, std::uint8_t* out) noexcept {
  std::size_t at = 2;  // after the sequence's head: it is shorter than 128 bytes
  for (int half = 0; half < 2; ++half) {
    REKEY_ASSERT(der[at] == kDerInteger);
    std::size_t size = der[at + 1];
    const std::uint8_t* bytes = der.data() + at + 2;
    at += 2 + size;
    while (size > kCoordinate) {  // a zero that says that the number is not negative
      REKEY_ASSERT(*bytes == 0);
      ++bytes;
      --size;
    }
    std::fill_n(out, kCoordinate - size, std::uint8_t{0});
    out = std::copy_n(bytes, size, out + (kCoordinate - size));
  }
}

void append_integer(std::vector<std::uint8_t>& der, std::span<const std::uint8_t> half) {
  while (half.size() > 1 && half.front() == 0) half = half.subspan(1);
  const bool needs_zero = (half.front() & 0x80) != 0;
  der.push_back(kDerInteger);
  der.push_back(static_cast<std::uint8_t>(half.size() + (needs_zero ? 1 : 0)));
  if (needs_zero) der.push_back(0);
  der.insert(der.end(), half.begin(), half.end());
}

std::vector<std::uint8_t> to_der(std::span<const std::uint8_t> halves) {
  std::vector<std::uint8_t> integers;
  append_integer(integers, halves.first(kCoordinate));
  append_integer(integers, halves.last(kCoordinate));
  std::vector<std::uint8_t> der{kDerSequence, static_cast<std::uint8_t>(integers.size())};
  der.insert(der.end(), integers.begin(), integers.end());
  return der;
}

const EVP_MD* digest_of(JwsAlgorithm algorithm) {
  return algorithm == JwsAlgorithm::kEdDsa ? nullptr : sha256_algorithm();
}

}  // namespace

std::string_view name_of(JwsAlgorithm algorithm) noexcept {
  switch (algorithm) {
    case JwsAlgorithm::kEs256:
      return "ES256";
    case JwsAlgorithm::kRs256:
      return "RS256";
    case JwsAlgorithm::kEdDsa:
      break;
  }
  return "EdDSA";
}

base::Result<JwsAlgorithm> parse_jws_algorithm(std::string_view name) {
  for (const JwsAlgorithm algorithm : kJwsAlgorithms) {
    if (name == name_of(algorithm)) return algorithm;
  }
  return base::fail(
      Code::kInvalidArgument,
      fmt::format("algorithm: ES256, RS256 or EdDSA was expected, not \"{}\"", name.substr(0, 16)));
}

struct JwsKey::State {
  JwsAlgorithm algorithm;
  PrivateOrPublicKey key;
  std::string public_json;
  std::string thumbprint;

  static std::shared_ptr<const State> of(JwsAlgorithm algorithm, PrivateOrPublicKey key) {
    std::string json = public_json_of(algorithm, key.get());
    std::string thumbprint = encoded(sha256(json));
    return std::make_shared<const State>(
        State{algorithm, std::move(key), std::move(json), std::move(thumbprint)});
  }
};

JwsKey JwsKey::generate(JwsAlgorithm algorithm) {
  return JwsKey(State::of(algorithm, new_key(algorithm)));
}

base::Result<JwsKey> JwsKey::from_pem(JwsAlgorithm algorithm, const base::Secret& pem) {
  PrivateOrPublicKey key = key_from_pem(pem);
  if (key == nullptr || !fits(algorithm, key.get())) {
    return base::fail(Code::kCorrupt,
                      fmt::format("a key was kept that is none for {}", name_of(algorithm)));
  }
  return JwsKey(State::of(algorithm, std::move(key)));
}

base::Secret JwsKey::as_pem() const {
  return key_as_pem(state_->key.get());
}

JwsAlgorithm JwsKey::algorithm() const noexcept {
  return state_->algorithm;
}

const std::string& JwsKey::public_json() const noexcept {
  return state_->public_json;
}

const std::string& JwsKey::thumbprint() const noexcept {
  return state_->thumbprint;
}

bool JwsKey::is_signature_of(std::string_view message,
                             std::span<const std::uint8_t> signature) const {
  std::vector<std::uint8_t> der;
  if (state_->algorithm == JwsAlgorithm::kEs256) {
    if (signature.size() != 2 * kCoordinate) return false;
    der = to_der(signature);
    signature = der;
  }
  const auto context = new_digest_context();
  const auto bytes = base::bytes_of(message);
  const bool is_valid = EVP_DigestVerifyInit(context.get(), nullptr, digest_of(state_->algorithm),
                                             nullptr, state_->key.get()) == 1 &&
                        EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                         bytes.data(), bytes.size()) == 1;
  // A wrong signature is an answer, not a fault: it must not surface in somebody's TLS error.
  if (!is_valid) ERR_clear_error();
  return is_valid;
}

// ---- signing ------------------------------------------------------------------------------------

struct JwsSigner::State {
  std::shared_ptr<const JwsKey::State> key;
  KeyContext prepared;    // ES256 and RS256: signs a digest
  DigestContext message;  // EdDSA: signs the message itself
  Sha256 digest;
};

JwsSigner::JwsSigner(const JwsKey& key) : state_(std::make_unique<State>()) {
  state_->key = key.state_;
  EVP_PKEY* const private_key = key.state_->key.get();
  if (key.algorithm() == JwsAlgorithm::kEdDsa) {
    state_->message = new_digest_context();
    return;
  }
  state_->prepared.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, private_key, nullptr));
  EVP_PKEY_CTX* const context = state_->prepared.get();
  REKEY_ASSERT(context != nullptr && EVP_PKEY_sign_init(context) == 1);
  REKEY_ASSERT(EVP_PKEY_CTX_set_signature_md(context, sha256_algorithm()) == 1);
  if (key.algorithm() == JwsAlgorithm::kRs256) {
    REKEY_ASSERT(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1);
  }
}

JwsSigner::JwsSigner(JwsSigner&&) noexcept = default;
JwsSigner& JwsSigner::operator=(JwsSigner&&) noexcept = default;
JwsSigner::~JwsSigner() = default;

std::size_t JwsSigner::sign(std::string_view input,
                            std::span<std::uint8_t, kMaxJwsSignature> out) noexcept {
  std::size_t size = out.size();
  if (state_->message != nullptr) {
    const auto bytes = base::bytes_of(input);
    REKEY_ASSERT(EVP_DigestSignInit_ex(state_->message.get(), nullptr, nullptr, nullptr, nullptr,
                                       state_->key->key.get(), nullptr) == 1);
    REKEY_ASSERT(
        EVP_DigestSign(state_->message.get(), out.data(), &size, bytes.data(), bytes.size()) == 1);
    return size;
  }
  const Digest digest = state_->digest.add(input).finish();
  if (state_->key->algorithm == JwsAlgorithm::kRs256) {
    REKEY_ASSERT(EVP_PKEY_sign(state_->prepared.get(), out.data(), &size, digest.data(),
                               digest.size()) == 1);
    return size;
  }
  std::array<std::uint8_t, kLongestEcdsaInDer> der;
  size = der.size();
  REKEY_ASSERT(
      EVP_PKEY_sign(state_->prepared.get(), der.data(), &size, digest.data(), digest.size()) == 1);
  to_halves({der.data(), size}, out.data());
  return 2 * kCoordinate;
}

}  // namespace rekey::crypto
