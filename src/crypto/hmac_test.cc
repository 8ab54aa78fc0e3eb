#include "crypto/hmac.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <utility>

#include "base/text.h"

namespace rekey::crypto {
namespace {

std::string hmac_hex(std::string_view key, std::string_view message) {
  return base::hex_encode(HmacSha256(key)(message));
}

std::string bytes_from_one_to(char last) {
  std::string bytes;
  for (char c = 1; c <= last; ++c) bytes += c;
  return bytes;
}

// RFC 4231 section 4; its case 5 is about truncation, which does not exist here.
TEST(HmacSha256Test, AgreesWithRfc4231) {
  EXPECT_EQ(hmac_hex(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hmac_hex("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac_hex(std::string(20, '\xaa'), std::string(50, '\xdd')),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(hmac_hex(bytes_from_one_to(25), std::string(50, '\xcd')),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
}

TEST(HmacSha256Test, HashesAKeyThatIsLongerThanABlock) {
  const std::string key(131, '\xaa');
  EXPECT_EQ(hmac_hex(key, "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hmac_hex(key,
                     "This is a test using a larger than block-size key and a larger than "
                     "block-size data. The key needs to be hashed before being used by the HMAC "
                     "algorithm."),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

// RFC 2104 section 2, written down naively.
Digest hmac_by_definition(std::string key, std::string_view message) {
  if (key.size() > 64) key = std::string(base::text_of(sha256(key)));
  key.resize(64, '\0');
  std::string inner;
  std::string outer;
  for (const char c : key) {
    inner += static_cast<char>(c ^ 0x36);
    outer += static_cast<char>(c ^ 0x5c);
  }
  const Digest inner_digest = sha256(inner.append(message));
  return sha256(outer.append(base::text_of(inner_digest)));
}

RC_GTEST_PROP(HmacSha256Test, IsTheDefinition, (const std::string& message)) {
  const auto key = *rc::gen::resize(150, rc::gen::arbitrary<std::string>());
  HmacSha256 hmac(key);
  RC_ASSERT(hmac(message) == hmac_by_definition(key, message));
}

TEST(HmacSha256Test, KeepsNothingOfTheMessageBefore) {
  HmacSha256 hmac("key");
  const Digest first = hmac("one");
  EXPECT_NE(hmac("two"), first);
  EXPECT_EQ(hmac("one"), first);
  HmacSha256 moved(std::move(hmac));
  EXPECT_EQ(moved("one"), first);
}

}  // namespace
}  // namespace rekey::crypto
