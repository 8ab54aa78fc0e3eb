// JWT access tokens: no input crashes the reader, and none but a token of ours is taken for one.
//
// The input stands for a token; a second time it stands for the claims under a header and a
// signature of ours, and then for the claims of a token that our key did sign.
#include <array>
#include <string>

#include "authority/jwt_token.h"
#include "base/assert.h"
#include "base/text.h"

namespace {

using namespace rekey;

constexpr std::string_view kIssuer = "https://auth.example.com";
const base::Instant kNow = base::from_millis(1'800'000'000'000);

struct Ours {
  Ours() {
    keys.hold(key);
    keys.publish({{key.thumbprint(), key.algorithm(), kNow, kNow, {}}});
    std::string out(authority::kMaxJwtSize, '\0');
    authority::JwtMinter minter(keys, kIssuer);
    authority::JwtClaims claims;
    claims.client_id = "abcdefgh0123456789ijklmn";
    claims.audience_json = "\"urn:a:b\"";
    claims.algorithm = key.algorithm();
    claims.secret_id.value = 1;
    claims.issued_at = kNow;
    out.resize(minter.mint(claims, out));
    REKEY_ASSERT(!out.empty());
    token = out;
  }
  [[nodiscard]] std::string signed_with_ours(std::string_view claims) {
    const std::string input =
        token.substr(0, token.find('.') + 1) + base::base64url_encode(base::bytes_of(claims));
    std::array<std::uint8_t, crypto::kMaxJwsSignature> signature;
    const std::size_t size = signer.sign(input, signature);
    return input + '.' + base::base64url_encode(std::span(signature).first(size));
  }
  crypto::JwsKey key = crypto::JwsKey::generate(crypto::JwsAlgorithm::kEdDsa);
  crypto::JwsSigner signer{key};
  authority::SigningKeys keys;
  std::string token;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  static Ours ours;
  static authority::JwtReader reader(ours.keys);
  const std::string input(reinterpret_cast<const char*>(data), size_bytes);
  REKEY_ASSERT(!reader.read(input, kIssuer, kNow) || input == ours.token);
  const std::string unsigned_by_us = ours.token.substr(0, ours.token.find('.') + 1) +
                                     base::base64url_encode(base::bytes_of(input)) +
                                     ours.token.substr(ours.token.rfind('.'));
  REKEY_ASSERT(!reader.read(unsigned_by_us, kIssuer, kNow) || unsigned_by_us == ours.token);
  if (const auto read = reader.read(ours.signed_with_ours(input), kIssuer, kNow)) {
    REKEY_ASSERT(read->claims.expires_at > kNow && read->claims.secret_id.value > 0);
  }
  return 0;
}
