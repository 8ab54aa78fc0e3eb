#include "crypto/fingerprint_key.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "crypto/hmac.h"

namespace rekey::crypto {
namespace {

TEST(FingerprinterTest, IsHmacUnderTheDerivedKeyAndNamesTheRoot) {
  const auto root = RootKey::generate();
  Fingerprinter fingerprint(root);
  HmacSha256 hmac(root.derive("fingerprint").reveal());
  const std::string longer_than_a_block(200, 'x');
  for (const std::string_view value :
       {std::string_view(""), std::string_view("a value"), std::string_view(longer_than_a_block)}) {
    EXPECT_EQ(fingerprint(value).digest, hmac(value));
    EXPECT_EQ(fingerprint(value).key_id, root.id());
  }
}

TEST(FingerprinterTest, TwoOfOneRootAgree) {
  const auto root = RootKey::generate();
  Fingerprinter one(root);
  Fingerprinter other(root);
  EXPECT_EQ(one("a value"), other("a value"));
  EXPECT_NE(one("a value"), other("another value"));
}

TEST(FingerprinterTest, AnotherRootGivesAnotherFingerprint) {
  Fingerprinter one(RootKey::generate());
  Fingerprinter other(RootKey::generate());
  EXPECT_NE(one("a value").digest, other("a value").digest);
}

TEST(FingerprinterTest, WorksOnWhereItWasMoved) {
  Fingerprinter first(RootKey::generate());
  const auto expected = first("a value");
  Fingerprinter moved(std::move(first));
  EXPECT_EQ(moved("a value"), expected);
  Fingerprinter assigned(RootKey::generate());
  assigned = std::move(moved);
  EXPECT_EQ(assigned("a value"), expected);
}

}  // namespace
}  // namespace rekey::crypto
