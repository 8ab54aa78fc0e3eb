// Keys of JSON Web Signatures: ES256 (RFC 7518 section 3.4), RS256 (section 3.3, 2048 bits) and
// EdDSA with Ed25519 (RFC 8037 section 3.1).
//
// A JwsKey is a private key; its copies share it, and any thread may use them. A JwsSigner keeps
// what one thread needs to sign without setting OpenSSL up anew.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace rekey::crypto {

enum class JwsAlgorithm { kEs256, kRs256, kEdDsa };
inline constexpr std::array<JwsAlgorithm, 3> kJwsAlgorithms{
    JwsAlgorithm::kEs256, JwsAlgorithm::kRs256, JwsAlgorithm::kEdDsa};
inline constexpr std::size_t kMaxJwsSignature = 256;

[[nodiscard]] std::string_view name_of(JwsAlgorithm algorithm) noexcept;  // "ES256"
// kInvalidArgument names those that there are.
[[nodiscard]] base::Result<JwsAlgorithm> parse_jws_algorithm(std::string_view name);

class JwsKey {
 public:
  // RS256 takes a tenth of a second and more.
  [[nodiscard]] static JwsKey generate(JwsAlgorithm algorithm);
  // kCorrupt where it is not a private key of that algorithm.
  [[nodiscard]] static base::Result<JwsKey> from_pem(JwsAlgorithm algorithm,
                                                     const base::Secret& pem);
  [[nodiscard]] base::Secret as_pem() const;  // PKCS #8

  [[nodiscard]] JwsAlgorithm algorithm() const noexcept;
  // The public half, as a JSON object of exactly those members that RFC 7638 section 3.2 names, in
  // its order: {"crv":…,"kty":…,"x":…,"y":…}.
  [[nodiscard]] const std::string& public_json() const noexcept;
  // RFC 7638, SHA-256: 43 characters of base64url.
  [[nodiscard]] const std::string& thumbprint() const noexcept;

  // Whether `signature`, in the form that JWS has (R and S for ES256), is this key's of `message`.
  [[nodiscard]] bool is_signature_of(std::string_view message,
                                     std::span<const std::uint8_t> signature) const;

 private:
  friend class JwsSigner;
  struct State;
  explicit JwsKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// One per thread.
class JwsSigner {
 public:
  explicit JwsSigner(const JwsKey& key);
  JwsSigner(JwsSigner&&) noexcept;
  JwsSigner& operator=(JwsSigner&&) noexcept;
  ~JwsSigner();
  // Writes the signature of the JWS signing input (RFC 7515 section 5.1) and returns its size in
  // bytes.
  [[nodiscard]] std::size_t sign(std::string_view input,
                                 std::span<std::uint8_t, kMaxJwsSignature> out) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rekey::crypto
