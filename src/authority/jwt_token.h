// JWT access tokens (RFC 9068): signed, readable by whoever they are for, not stored.
//
//   header   {"alg":…,"typ":"at+jwt","kid":…}
//   claims   iss, sub, client_id, aud, iat, exp, jti, secret_id, and scope where there is one
//
// sub is the client: there is no user (RFC 9068 section 2.2). secret_id is ours: the secret that
// the token was minted with. A jti is the instant of issue in milliseconds (48 bits) and 80 random
// bits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authority/fixed_text.h"
#include "authority/signing_keys.h"
#include "authority/token_id.h"
#include "authority/token_minter.h"
#include "base/time.h"
#include "credential/ids.h"
#include "crypto/jws_key.h"

namespace rekey::authority {

// All registered scopes, with their spaces; and a token that holds them.
inline constexpr std::size_t kMaxScopeText = 256 * 65;
inline constexpr std::size_t kMaxJwtClaims = kMaxScopeText + 2048;
inline constexpr std::size_t kMaxJwtSize = (kMaxJwtClaims + 256) * 4 / 3 + 512;

struct JwtClaims {
  std::string_view client_id;      // needs no escaping in JSON
  std::string_view audience_json;  // a JSON string
  crypto::JwsAlgorithm algorithm = crypto::JwsAlgorithm::kEs256;
  credential::SecretId secret_id;
  std::string_view scope;  // needs no escaping; empty: none
  base::Instant issued_at{};
};

// One per worker thread.
class JwtMinter {
 public:
  // `issuer`: a URL.
  JwtMinter(const SigningKeys& keys, std::string_view issuer);
  // Writes the token to `out` (at least kMaxJwtSize characters) and returns its size; 0 where no
  // key of that algorithm signs. Allocates nothing unless the keys changed.
  [[nodiscard]] std::size_t mint(const JwtClaims& claims, std::span<char> out) noexcept;

 private:
  struct Signer {
    SigningTimes times;
    crypto::JwsAlgorithm algorithm;
    crypto::JwsSigner signer;
    std::string header;  // encoded, with its dot
  };
  void refresh();
  void write_claims(const JwtClaims& claims) noexcept;

  const SigningKeys& keys_;
  const std::string issuer_json_;
  std::uint64_t seen_generation_ = 0;
  std::vector<Signer> signers_;
  FixedText<kMaxJwtClaims> claims_;
};

// A JWT of ours that is alive, as far as it says itself.
struct ReadJwt {
  TokenClaims claims;  // no ids but those of client and secret, no scopes
  TokenId id{};
  std::string audience;
  std::string scope;
};

// One per thread.
class JwtReader {
 public:
  explicit JwtReader(const SigningKeys& keys) : keys_(keys) {}
  // nullopt for anything but a token that one of the keys that are not gone has signed, as
  // `issuer`, that has not expired. Only headers as JwtMinter writes them count: no other
  // algorithm, no "none", no key that the token brings (RFC 8725 sections 3.1, 3.2, 3.10 and 3.11).
  [[nodiscard]] std::optional<ReadJwt> read(std::string_view token, std::string_view issuer,
                                            base::Instant now);

 private:
  struct Verifier {
    SigningTimes times;
    crypto::JwsKey key;
    std::string header;
  };
  void refresh();

  const SigningKeys& keys_;
  std::uint64_t seen_generation_ = 0;
  std::vector<Verifier> verifiers_;
};

}  // namespace rekey::authority
