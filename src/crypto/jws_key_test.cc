#include "crypto/jws_key.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "crypto/x509.h"

namespace rekey::crypto {
namespace {

std::vector<std::uint8_t> signature_of(const JwsKey& key, std::string_view input) {
  std::array<std::uint8_t, kMaxJwsSignature> out;
  JwsSigner signer(key);
  const std::size_t size = signer.sign(input, out);
  return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

class JwsKeyOf : public ::testing::TestWithParam<JwsAlgorithm> {};
INSTANTIATE_TEST_SUITE_P(Algorithms, JwsKeyOf, ::testing::ValuesIn(kJwsAlgorithms),
                         [](const auto& info) { return std::string(name_of(info.param)); });

TEST_P(JwsKeyOf, SignsWhatItsPublicHalfVerifies) {
  const JwsKey key = JwsKey::generate(GetParam());
  const JwsKey other = JwsKey::generate(GetParam());
  JwsSigner signer(key);
  // Often enough that a half of an ECDSA signature is shorter than 32 bytes.
  const int rounds = GetParam() == JwsAlgorithm::kRs256 ? 4 : 600;
  for (int i = 0; i < rounds; ++i) {
    const std::string input = "input " + std::to_string(i);
    std::array<std::uint8_t, kMaxJwsSignature> out;
    const std::span<const std::uint8_t> signature(out.data(), signer.sign(input, out));
    ASSERT_TRUE(key.is_signature_of(input, signature)) << i;
    ASSERT_FALSE(key.is_signature_of(input + "x", signature));
    ASSERT_FALSE(i < 4 && other.is_signature_of(input, signature));
  }
}

TEST_P(JwsKeyOf, HasTheSizeThatJwsGivesItsSignatures) {
  const std::size_t expected = GetParam() == JwsAlgorithm::kRs256 ? 256u : 64u;
  EXPECT_EQ(signature_of(JwsKey::generate(GetParam()), "x").size(), expected);
}

TEST_P(JwsKeyOf, RefusesSignaturesThatAreCutOffOrChanged) {
  const JwsKey key = JwsKey::generate(GetParam());
  std::vector<std::uint8_t> signature = signature_of(key, "input");
  for (std::size_t size = 0; size < signature.size(); size += 7) {
    EXPECT_FALSE(key.is_signature_of("input", std::span(signature).first(size)));
  }
  signature[5] ^= 1;
  EXPECT_FALSE(key.is_signature_of("input", signature));
  EXPECT_FALSE(key.is_signature_of("input", std::vector<std::uint8_t>(signature.size(), 0)));
}

TEST_P(JwsKeyOf, ComesBackFromItsPem) {
  const JwsKey key = JwsKey::generate(GetParam());
  const auto again = JwsKey::from_pem(GetParam(), key.as_pem());
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->thumbprint(), key.thumbprint());
  EXPECT_TRUE(key.is_signature_of("input", signature_of(*again, "input")));
}

TEST_P(JwsKeyOf, IsNotTakenForAKeyOfAnotherAlgorithm) {
  const base::Secret pem = JwsKey::generate(GetParam()).as_pem();
  for (const JwsAlgorithm algorithm : kJwsAlgorithms) {
    EXPECT_EQ(JwsKey::from_pem(algorithm, pem).has_value(), algorithm == GetParam());
  }
  EXPECT_FALSE(JwsKey::from_pem(GetParam(), base::Secret("no key")).has_value());
}

// RFC 7517 section 9.2 and RFC 7638 section 3.2: nothing private, and exactly those members.
TEST(JwsKey, ShowsItsPublicMembersOnly) {
  const std::string ec = JwsKey::generate(JwsAlgorithm::kEs256).public_json();
  EXPECT_TRUE(ec.starts_with(R"({"crv":"P-256","kty":"EC","x":")"));
  EXPECT_EQ(ec.size(), std::string(R"({"crv":"P-256","kty":"EC","x":"","y":""})").size() + 86);
  const std::string okp = JwsKey::generate(JwsAlgorithm::kEdDsa).public_json();
  EXPECT_TRUE(okp.starts_with(R"({"crv":"Ed25519","kty":"OKP","x":")"));
  const std::string rsa = JwsKey::generate(JwsAlgorithm::kRs256).public_json();
  EXPECT_TRUE(rsa.starts_with(R"({"e":"AQAB","kty":"RSA","n":")"));
  for (const std::string& json : {ec, okp, rsa}) EXPECT_EQ(json.find("\"d\""), std::string::npos);
}

TEST(JwsKey, KnowsItsAlgorithmsByTheirRegisteredNames) {
  for (const JwsAlgorithm algorithm : kJwsAlgorithms) {
    EXPECT_EQ(parse_jws_algorithm(name_of(algorithm)).value(), algorithm);
  }
  for (const auto* name : {"none", "HS256", "es256", ""}) {
    EXPECT_FALSE(parse_jws_algorithm(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace rekey::crypto
