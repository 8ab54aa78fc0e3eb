#include "crypto/digest.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <utility>

#include "base/text.h"

namespace rekey::crypto {
namespace {

// FIPS 180-4 examples, as NIST publishes them.
TEST(Sha256Test, AgreesWithThePublishedVectors) {
  EXPECT_EQ(base::hex_encode(sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(base::hex_encode(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(base::hex_encode(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(base::hex_encode(sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

RC_GTEST_PROP(Sha256Test, PiecesGiveTheDigestOfTheWhole, (const std::string& text)) {
  const auto cut = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
  const std::string_view whole = text;
  Sha256 hash;
  RC_ASSERT(hash.add(whole.substr(0, cut)).add(whole.substr(cut)).finish() == sha256(text));
}

TEST(Sha256Test, StartsAnewAfterFinish) {
  Sha256 hash;
  EXPECT_EQ(hash.add("something else").finish(), sha256("something else"));
  EXPECT_EQ(hash.add("abc").finish(), sha256("abc"));
}

TEST(Sha256Test, ANumberIsEightBytesBigEndian) {
  EXPECT_EQ(Sha256().add_number(0x0102030405060708).finish(),
            sha256("\x01\x02\x03\x04\x05\x06\x07\x08"));
}

TEST(Sha256Test, GoesOnWhereItWasMoved) {
  Sha256 hash;
  hash.add("ab");
  Sha256 moved(std::move(hash));
  EXPECT_EQ(moved.add("c").finish(), sha256("abc"));
}

}  // namespace
}  // namespace rekey::crypto
