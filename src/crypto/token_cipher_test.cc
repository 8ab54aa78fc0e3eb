#include "crypto/token_cipher.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"

namespace rekey::crypto {
namespace {

using Bytes = std::vector<std::uint8_t>;

// OpenSSL counts its own allocations for us. It takes new functions only before its first one, so
// they are set while the program's globals are made.
std::size_t openssl_allocations = 0;
const bool counts_allocations = CRYPTO_set_mem_functions(
                                    [](std::size_t size, const char*, int) {
                                      ++openssl_allocations;
                                      return std::malloc(size);
                                    },
                                    [](void* memory, std::size_t size, const char*, int) {
                                      ++openssl_allocations;
                                      return std::realloc(memory, size);
                                    },
                                    [](void* memory, const char*, int) { std::free(memory); }) == 1;

struct Sealed {
  Bytes ciphertext;
  std::array<std::uint8_t, kTokenTagSize> tag{};
};

Sealed encrypt(TokenCipher& cipher, const TokenIv& iv, const Bytes& associated,
               const Bytes& plaintext) {
  Sealed sealed{.ciphertext = Bytes(plaintext.size())};
  cipher.encrypt(iv, associated, plaintext, sealed.ciphertext.data(), sealed.tag);
  return sealed;
}

struct Opened {
  bool is_authentic = false;
  Bytes plaintext;
};

Opened decrypt(TokenCipher& cipher, const TokenIv& iv, const Bytes& associated,
               const Sealed& sealed) {
  Opened opened{.plaintext = Bytes(sealed.ciphertext.size(), 0xee)};
  opened.is_authentic =
      cipher.decrypt(iv, associated, sealed.ciphertext, sealed.tag, opened.plaintext.data());
  return opened;
}

Bytes unhex(std::string_view hex) {
  return base::hex_decode(hex).value();
}

TokenIv iv_of(std::string_view hex) {
  const auto bytes = unhex(hex);
  TokenIv iv{};
  std::copy(bytes.begin(), bytes.end(), iv.begin());
  return iv;
}

struct Vector {
  std::string_view key, iv, associated, plaintext, ciphertext, tag;
};

// The GCM specification submitted to NIST (McGrew, Viega), appendix B, test cases 13, 14 and 16.
constexpr Vector kVectors[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18",
     "d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6"
     "b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b105682"
     "8838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST(TokenCipherTest, AgreesWithThePublishedVectors) {
  for (const auto& vector : kVectors) {
    TokenCipher cipher(base::Secret(base::text_of(unhex(vector.key))));
    const auto iv = iv_of(vector.iv);
    const auto associated = unhex(vector.associated);
    const auto sealed = encrypt(cipher, iv, associated, unhex(vector.plaintext));
    EXPECT_EQ(base::hex_encode(sealed.ciphertext), vector.ciphertext);
    EXPECT_EQ(base::hex_encode(sealed.tag), vector.tag);
    const auto opened = decrypt(cipher, iv, associated, sealed);
    EXPECT_TRUE(opened.is_authentic);
    EXPECT_EQ(opened.plaintext, unhex(vector.plaintext));
  }
}

RC_GTEST_PROP(TokenCipherTest, OneObjectServesManyMessages, (const std::vector<Bytes>& messages)) {
  TokenCipher cipher(base::Secret(std::string(32, 'k')));
  std::vector<Sealed> all;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    all.push_back(encrypt(cipher, TokenIv{static_cast<std::uint8_t>(i)}, messages[i], messages[i]));
  }
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto opened = decrypt(cipher, TokenIv{static_cast<std::uint8_t>(i)}, messages[i], all[i]);
    RC_ASSERT(opened.is_authentic);
    RC_ASSERT(opened.plaintext == messages[i]);
  }
}

TEST(TokenCipherTest, NothingCanChangeAndWhatIsRefusedIsWiped) {
  TokenCipher cipher(base::Secret(std::string(32, 'k')));
  TokenCipher other(base::Secret(std::string(32, 'l')));
  const Bytes associated{1, 2, 3};
  const Bytes plaintext{4, 5, 6, 7, 8};
  const TokenIv iv{9};
  const auto sealed = encrypt(cipher, iv, associated, plaintext);

  std::vector<Opened> refused;
  for (std::size_t i = 0; i < sealed.ciphertext.size(); ++i) {
    auto changed = sealed;
    changed.ciphertext[i] ^= 1;
    refused.push_back(decrypt(cipher, iv, associated, changed));
  }
  for (std::size_t i = 0; i < sealed.tag.size(); ++i) {
    auto changed = sealed;
    changed.tag[i] ^= 1;
    refused.push_back(decrypt(cipher, iv, associated, changed));
  }
  refused.push_back(decrypt(cipher, TokenIv{8}, associated, sealed));
  refused.push_back(decrypt(cipher, iv, {1, 2}, sealed));
  refused.push_back(decrypt(other, iv, associated, sealed));
  for (const auto& opened : refused) {
    EXPECT_FALSE(opened.is_authentic);
    EXPECT_EQ(opened.plaintext, Bytes(plaintext.size(), 0));
  }
  EXPECT_TRUE(decrypt(cipher, iv, associated, sealed).is_authentic);
}

TEST(TokenCipherTest, AllocatesNothingForAMessage) {
  ASSERT_TRUE(counts_allocations);
  TokenCipher cipher(base::Secret(std::string(32, 'k')));
  const Bytes plaintext(200, 'p');
  Bytes ciphertext(200);
  Bytes opened(200);
  std::array<std::uint8_t, kTokenTagSize> tag{};
  const auto round_trip = [&](const TokenIv& iv) {
    cipher.encrypt(iv, plaintext, plaintext, ciphertext.data(), tag);
    return cipher.decrypt(iv, plaintext, ciphertext, tag, opened.data());
  };
  ASSERT_TRUE(round_trip(TokenIv{1}));
  const auto before = openssl_allocations;
  ASSERT_GT(before, 0u);
  EXPECT_TRUE(round_trip(TokenIv{2}));
  tag[0] ^= 1;
  EXPECT_FALSE(cipher.decrypt(TokenIv{2}, plaintext, ciphertext, tag, opened.data()));
  EXPECT_EQ(openssl_allocations, before);
}

TEST(TokenCipherTest, WorksOnWhereItWasMoved) {
  TokenCipher cipher(base::Secret(std::string(32, 'k')));
  const auto sealed = encrypt(cipher, TokenIv{1}, {}, {1, 2, 3});
  TokenCipher moved(std::move(cipher));
  EXPECT_TRUE(decrypt(moved, TokenIv{1}, {}, sealed).is_authentic);
  TokenCipher assigned(base::Secret(std::string(32, 'l')));
  assigned = std::move(moved);
  EXPECT_TRUE(decrypt(assigned, TokenIv{1}, {}, sealed).is_authentic);
}

TEST(TokenCipherDeathTest, WillNotTakeAKeyOfAnotherSize) {
  EXPECT_DEATH(TokenCipher(base::Secret("short")), "broken invariant: key.size_bytes");
}

}  // namespace
}  // namespace rekey::crypto
