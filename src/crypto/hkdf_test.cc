#include "crypto/hkdf.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace rekey::crypto {
namespace {

std::string bytes_between(int first, int last) {
  std::string bytes;
  for (int byte = first; byte <= last; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

std::string hkdf_hex(const HkdfInput& input, std::size_t size_bytes) {
  return base::hex_encode(base::bytes_of(hkdf_sha256(input, size_bytes).reveal()));
}

// RFC 5869 appendix A.1 to A.3.
TEST(HkdfTest, AgreesWithRfc5869) {
  const std::string short_key(22, '\x0b');
  const auto short_salt = bytes_between(0x00, 0x0c);
  const auto short_info = bytes_between(0xf0, 0xf9);
  EXPECT_EQ(hkdf_hex({.key = short_key, .salt = short_salt, .info = short_info}, 42),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");

  const auto long_key = bytes_between(0x00, 0x4f);
  const auto long_salt = bytes_between(0x60, 0xaf);
  const auto long_info = bytes_between(0xb0, 0xff);
  EXPECT_EQ(hkdf_hex({.key = long_key, .salt = long_salt, .info = long_info}, 82),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb"
            "41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");

  EXPECT_EQ(hkdf_hex({.key = short_key, .salt = {}, .info = {}}, 42),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(HkdfDeathTest, WillNotDeriveFromNoKey) {
  EXPECT_DEATH((void)hkdf_sha256({.key = {}, .salt = {}, .info = "label"}, 32),
               "broken invariant: !input.key.empty");
}

}  // namespace
}  // namespace rekey::crypto
