#include "crypto/root_key.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "base/text.h"
#include "crypto/hmac.h"

namespace rekey::crypto {
namespace {

const std::string kLabel = "rekey-root-key-1 ";

std::string key_file(char fill) {
  return kLabel + base::base64url_encode(base::bytes_of(std::string(kKeySize, fill))) + "\n";
}

TEST(RootKeyTest, ReadsBackWhatItWrites) {
  const auto key = RootKey::generate();
  const auto file = key.format();
  EXPECT_EQ(file.size_bytes(), kLabel.size() + 43 + 1);
  EXPECT_TRUE(file.reveal().starts_with(kLabel));
  EXPECT_TRUE(file.reveal().ends_with('\n'));

  const auto read = RootKey::parse(file.reveal());
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(read->format() == file);
  EXPECT_TRUE(read->derive("label") == key.derive("label"));
  EXPECT_EQ(read->id(), key.id());
}

TEST(RootKeyTest, MindsNoLineEnd) {
  auto text = key_file('k');
  const auto id = RootKey::parse(text).value().id();
  text.pop_back();
  EXPECT_EQ(RootKey::parse(text).value().id(), id);
  EXPECT_EQ(RootKey::parse(text + "\r\n").value().id(), id);
}

TEST(RootKeyTest, TwoGeneratedKeysDiffer) {
  EXPECT_FALSE(RootKey::generate().format() == RootKey::generate().format());
}

TEST(RootKeyTest, RefusesWhatIsNotAKeyFileAndNeverEchoesIt) {
  const auto good = key_file('k').substr(0, kLabel.size() + 43);
  const std::string wrong[] = {
      "",
      kLabel,
      good.substr(0, good.size() - 1),
      good + "A",
      good + "\n" + good,
      " " + good,
      good.substr(kLabel.size()),
      kLabel + std::string(43, '!'),
      kLabel + std::string(42, 'A') + "B",  // spare bits set
  };
  for (const auto& text : wrong) {
    const auto read = RootKey::parse(text);
    ASSERT_FALSE(read.has_value()) << text.size();
    EXPECT_EQ(read.error().code, base::Code::kInvalidArgument);
    EXPECT_EQ(read.error().detail.find(good.substr(kLabel.size(), 8)), std::string::npos);
  }
}

TEST(RootKeyTest, EachLabelHasItsOwnKey) {
  const auto key = RootKey::parse(key_file('k')).value();
  EXPECT_EQ(key.derive("a").size_bytes(), kKeySize);
  EXPECT_TRUE(key.derive("a") == key.derive("a"));
  EXPECT_FALSE(key.derive("a") == key.derive("b"));
  EXPECT_FALSE(key.derive("a") == RootKey::parse(key_file('l')).value().derive("a"));
}

// RFC 5869 with one block of output: T(1) = HMAC(HMAC(zeros, root), label ‖ 0x01).
TEST(RootKeyTest, DerivesAsHkdfByItsDefinition) {
  const auto derived = RootKey::parse(key_file('k')).value().derive("fingerprint");
  const Digest extracted = HmacSha256(std::string(32, '\0'))(std::string(kKeySize, 'k'));
  const Digest expanded = HmacSha256(base::text_of(extracted))("fingerprint\x01");
  EXPECT_EQ(base::hex_encode(base::bytes_of(derived.reveal())), base::hex_encode(expanded));
}

TEST(RootKeyTest, ItsIdIsTheFirstFourBytesOfADerivedKey) {
  const auto key = RootKey::parse(key_file('k')).value();
  const auto derived = base::hex_encode(base::bytes_of(key.derive("key-id").reveal()));
  EXPECT_EQ(derived.substr(0, 8), fmt::format("{:08x}", key.id()));
}

}  // namespace
}  // namespace rekey::crypto
