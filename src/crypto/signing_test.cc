#include "crypto/signing.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"

namespace rekey::crypto {
namespace {

base::Secret seed_of(std::string_view hex) {
  return base::Secret(base::text_of(base::hex_decode(hex).value()));
}

struct Vector {
  std::string_view seed;
  std::string_view public_key;
  std::string_view message;
  std::string_view signature;
};

// RFC 8032 section 7.1, tests 1 to 3.
constexpr Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
     "b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
     "1d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
     "c6594a7c15e9716ed28dc027beceea1ec40a"},
};

TEST(SigningTest, AgreesWithRfc8032) {
  for (const auto& vector : kVectors) {
    const SigningKey key(seed_of(vector.seed));
    const auto message = base::hex_decode(vector.message).value();
    EXPECT_EQ(base::hex_encode(key.public_key()), vector.public_key);
    EXPECT_EQ(base::hex_encode(key.sign(message)), vector.signature);
    EXPECT_TRUE(is_valid_signature(key.public_key(), message, key.sign(message)));
  }
}

TEST(SigningTest, NoBitOfASignatureCanChange) {
  const SigningKey key(base::Secret(std::string(32, 's')));
  const auto message = base::bytes_of("checkpoint 12");
  const auto signature = key.sign(message);
  ASSERT_TRUE(is_valid_signature(key.public_key(), message, signature));
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    auto changed = signature;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1u << (bit % 8)));
    EXPECT_FALSE(is_valid_signature(key.public_key(), message, changed)) << "bit " << bit;
  }
}

TEST(SigningTest, RefusesAnotherMessageKeyOrLength) {
  const SigningKey key(base::Secret(std::string(32, 's')));
  const SigningKey other(base::Secret(std::string(32, 't')));
  const auto message = base::bytes_of("checkpoint 12");
  const auto signature = key.sign(message);
  EXPECT_FALSE(is_valid_signature(key.public_key(), base::bytes_of("checkpoint 13"), signature));
  EXPECT_FALSE(is_valid_signature(other.public_key(), message, signature));
  EXPECT_FALSE(is_valid_signature(PublicKey{}, message, signature));
  EXPECT_FALSE(is_valid_signature(key.public_key(), message, {}));
  EXPECT_FALSE(is_valid_signature(key.public_key(), message, std::span(signature).first(63)));
  std::vector<std::uint8_t> longer(signature.begin(), signature.end());
  longer.push_back(0);
  EXPECT_FALSE(is_valid_signature(key.public_key(), message, longer));
}

TEST(SigningTest, SignsOnWhereItWasMoved) {
  SigningKey key(base::Secret(std::string(32, 's')));
  const auto message = base::bytes_of("checkpoint 12");
  const auto signature = key.sign(message);
  const SigningKey moved(std::move(key));
  EXPECT_EQ(moved.sign(message), signature);
}

TEST(SigningDeathTest, WillNotTakeASeedOfAnotherSize) {
  EXPECT_DEATH(SigningKey(base::Secret("short")), "broken invariant: seed.size_bytes");
}

}  // namespace
}  // namespace rekey::crypto
