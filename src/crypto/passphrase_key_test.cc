#include "crypto/passphrase_key.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"
#include "crypto/random.h"

namespace rekey::crypto {
namespace {

using base::Secret;

constexpr PassphraseCost kCheap{kLeastLog2N};

PassphraseSalt new_salt() {
  PassphraseSalt salt;
  fill_random(salt);
  return salt;
}

std::string key_of(const std::string& passphrase, const PassphraseSalt& salt) {
  auto key = key_from_passphrase(Secret(passphrase), salt, kCheap);
  EXPECT_TRUE(key) << key.error().detail;
  return key ? std::string(key->reveal()) : std::string();
}

// Computed by Python's hashlib.scrypt with n = 2^14, r = 8, p = 1, dklen = 32.
TEST(PassphraseKeyTest, IsScrypt) {
  PassphraseSalt salt;
  for (std::size_t i = 0; i < salt.size(); ++i) salt[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(base::hex_encode(base::bytes_of(key_of("correct horse battery staple", salt))),
            "d7590aca2c9801cf06eeba772a69dc31ce3862591d96522ac4e6bba6ad1f31a5");
}

TEST(PassphraseKeyTest, DependsOnPassphraseAndSalt) {
  const auto salt = new_salt();
  EXPECT_EQ(key_of("one passphrase", salt).size(), 32u);
  EXPECT_EQ(key_of("one passphrase", salt), key_of("one passphrase", salt));
  EXPECT_NE(key_of("one passphrase", salt), key_of("another one", salt));
  EXPECT_NE(key_of("one passphrase", salt), key_of("one passphrase", new_salt()));
}

TEST(PassphraseKeyTest, ACostOutsideTheBoundsIsRefused) {
  for (const int cost : {-1, 0, kLeastLog2N - 1, kMostLog2N + 1, 63}) {
    const auto key = key_from_passphrase(Secret("a passphrase"), new_salt(), {cost});
    ASSERT_FALSE(key) << cost;
    EXPECT_EQ(key.error().code, base::Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace rekey::crypto
