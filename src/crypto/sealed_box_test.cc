#include "crypto/sealed_box.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "base/text.h"

namespace rekey::crypto {
namespace {

using base::Code;
using base::Secret;

// Made with the Python package `cryptography`, which shares no code with this folder but OpenSSL's
// curve: tests/intake/sealed_box_vectors.py prints them.
constexpr std::string_view kScalarHex =
    "237e7aadaced97083432699986009b8b8319f3a0a9e2bf3ab6d7c473e74955ae";
constexpr std::string_view kPointHex =
    "04ad5bfd287e4553c920aacb62d935a023926a6352e7480fd7c94b831115929bd5"
    "f4f17138e119917f58a637abb0275fba952cabdfc7d3737835c6c1c7b21fc45f";

struct Vector {
  std::string_view context;
  std::string_view value;
  std::string_view sealed;
  std::string_view address;
  std::string_view fingerprint;
};
constexpr Vector kVectors[] = {
    {"run 7f3a, client abc", "an example value, not a secret",
     "rks1.7oL9Lck8ED0.DjZje8nkZo0."
     "BIGW984hTqxUsRtDzY_kv2qz_ASElul4meRezrjiyy7z-lvQfWEpdl5atn2ip3lTnkcExjWjMXqqlA16P8RaUvQ."
     "jAijxTdMgEE2zOGVm4gHFuQoeDZ5Kb1xVCOHGD_twqj3Aw4dVH-CWm8a-_EhOA",
     "rkp1.BK1b_Sh-RVPJIKrLYtk1oCOSamNS50gP18lLgxEVkpvV9PFxOOEZkX9YpjersCdfupUsq9_H03N4NcbBx7IfxF8."
     "cnVuIDdmM2EsIGNsaWVudCBhYmM",
     "688a-b48a-64fa-1ce7"},
    {"lauf ä/ö", "x",
     "rks1.7oL9Lck8ED0.Lj4ULxEJn8c."
     "BB1Ae3obGKThWqKMb3FINxzNtJRs0uffDd1e_UyWGLkzg9nzIxJjXMi0Lop91EPzQ6idnIzqshkAEgjZgEH7zbc."
     "hIiy8rXgk5ANNNf7ZkDKb2s",
     "rkp1.BK1b_Sh-RVPJIKrLYtk1oCOSamNS50gP18lLgxEVkpvV9PFxOOEZkX9YpjersCdfupUsq9_H03N4NcbBx7IfxF8."
     "bGF1ZiDDpC_Dtg",
     "2346-f035-0bfb-5863"},
};
constexpr const Vector& kVector = kVectors[0];

Secret secret_of_hex(std::string_view scalar_hex) {
  auto bytes = *base::hex_decode(fmt::format("{}{}", scalar_hex, kPointHex));
  return Secret(base::text_of(bytes));
}

IntakeKey vector_key() {
  return std::move(*IntakeKey::from_private_bytes(secret_of_hex(kScalarHex)));
}

Code code_of(const IntakeKey& key, std::string_view context, std::string_view text) {
  const auto opened = open_sealed(key, context, text);
  EXPECT_FALSE(opened.has_value());
  return opened ? Code::kInternal : opened.error().code;
}

TEST(SealedBoxTest, OpensWhatAnotherImplementationSealed) {
  for (const auto& vector : kVectors) {
    const auto opened = open_sealed(vector_key(), vector.context, vector.sealed);
    ASSERT_TRUE(opened.has_value()) << opened.error().detail;
    EXPECT_EQ(opened->reveal(), vector.value);
  }
}

TEST(SealedBoxTest, AnAddressReadsAsAnotherImplementationWritesIt) {
  for (const auto& vector : kVectors) {
    const auto address = vector_key().address(std::string(vector.context));
    EXPECT_EQ(to_text(address), vector.address);
    EXPECT_EQ(fingerprint_of(address), vector.fingerprint);
    const auto read = intake_address_from_text(fmt::format("  {}\r\n", vector.address));
    ASSERT_TRUE(read.has_value()) << read.error().detail;
    EXPECT_EQ(*read, address);
  }
}

RC_GTEST_PROP(SealedBoxTest, WhatIsSealedOpensAndNoTwoSealingsAreAlike, ()) {
  const auto value = *rc::gen::nonEmpty<std::string>();
  const auto key = make_intake_key();
  const auto address = key.address("run 1");
  const auto sealed = seal_to(address, Secret(value));
  RC_ASSERT(sealed.has_value());
  RC_ASSERT(*sealed != *seal_to(address, Secret(value)));
  const auto opened = open_sealed(key, "run 1", fmt::format("\n {} \n", *sealed));
  RC_ASSERT(opened.has_value());
  RC_ASSERT(opened->reveal() == value);
}

TEST(SealedBoxTest, AKeyThatWasStoredOpensWhatWasSealedBefore) {
  const auto key = make_intake_key();
  const auto sealed = *seal_to(key.address("run 1"), Secret("example"));
  const auto again = IntakeKey::from_private_bytes(key.private_bytes());
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(open_sealed(*again, "run 1", sealed)->reveal(), "example");
}

TEST(SealedBoxTest, AStoredKeyWithAnyByteChangedIsRefused) {
  const auto whole = std::string(make_intake_key().private_bytes().reveal());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto key = IntakeKey::from_private_bytes(Secret(changed));
    ASSERT_FALSE(key.has_value()) << "byte " << i;
    EXPECT_EQ(key.error().code, Code::kCorrupt);
  }
  EXPECT_FALSE(IntakeKey::from_private_bytes(Secret(whole.substr(1))).has_value());
}

TEST(SealedBoxTest, AnotherKeyAndAnotherRunAreToldApart) {
  EXPECT_EQ(code_of(make_intake_key(), kVector.context, kVector.sealed), Code::kNotFound);
  EXPECT_EQ(code_of(vector_key(), "run 7f3b, client abc", kVector.sealed), Code::kConflict);
}

TEST(SealedBoxTest, WhatIsNoSealedValueIsCalledThatAndNotRepeated) {
  for (const std::string_view text : {"", "hunter-two", "rks1", "rks2.a.b.c.d", "rks11.a.b.c.d"}) {
    const auto opened = open_sealed(vector_key(), kVector.context, text);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, Code::kInvalidArgument) << text;
    EXPECT_EQ(opened.error().detail.find("hunter"), std::string::npos);
  }
}

TEST(SealedBoxTest, AnyCharacterChangedIsRefused) {
  for (std::size_t i = 0; i < kVector.sealed.size(); ++i) {
    std::string changed(kVector.sealed);
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(open_sealed(vector_key(), kVector.context, changed).has_value()) << i;
  }
}

TEST(SealedBoxTest, ALineThatWasCutAnywhereIsRefused) {
  for (std::size_t size = 0; size < kVector.sealed.size(); ++size) {
    EXPECT_FALSE(
        open_sealed(vector_key(), kVector.context, kVector.sealed.substr(0, size)).has_value())
        << size;
  }
}

TEST(SealedBoxTest, APointBesideTheCurveIsNoAddressAndNoEphemeralKey) {
  auto point = vector_key().address("run 1").key;
  point.back() ^= 1;
  const auto beside = base::base64url_encode(point);
  const auto address = intake_address_from_text(fmt::format("rkp1.{}.cnVu", beside));
  ASSERT_FALSE(address.has_value());
  EXPECT_EQ(address.error().code, Code::kInvalidArgument);
  EXPECT_FALSE(seal_to({point, "run 1"}, Secret("example")).has_value());
  const auto header =
      kVector.sealed.substr(0, std::string_view("rks1.7oL9Lck8ED0.DjZje8nkZo0.").size());
  const auto tail = kVector.sealed.substr(kVector.sealed.rfind('.'));
  EXPECT_EQ(code_of(vector_key(), kVector.context, fmt::format("{}{}{}", header, beside, tail)),
            Code::kCorrupt);
}

TEST(SealedBoxTest, AnAddressWhoseContextWouldMoveTheCursorIsRefused) {
  const auto key = base::base64url_encode(vector_key().address("run 1").key);
  const auto with = [&key](std::string_view context) {
    return fmt::format("rkp1.{}.{}", key, base::base64url_encode(base::bytes_of(context)));
  };
  EXPECT_TRUE(intake_address_from_text(with("run 1")).has_value());
  for (const auto& context : {std::string(), std::string("run\x1b[2J"), std::string("\xff"),
                              std::string(kMaxIntakeContextBytes + 1, 'r')}) {
    EXPECT_FALSE(intake_address_from_text(with(context)).has_value());
  }
}

TEST(SealedBoxTest, AnEmptyAndAnOverlongValueAreNotSealed) {
  const auto address = vector_key().address("run 1");
  EXPECT_FALSE(seal_to(address, Secret("")).has_value());
  EXPECT_FALSE(seal_to(address, Secret(std::string(kMaxSealedValueBytes + 1, 'a'))).has_value());
  const auto longest = seal_to(address, Secret(std::string(kMaxSealedValueBytes, 'a')));
  ASSERT_TRUE(longest.has_value());
  EXPECT_LE(longest->size(), kMaxSealedTextBytes);
}

}  // namespace
}  // namespace rekey::crypto
