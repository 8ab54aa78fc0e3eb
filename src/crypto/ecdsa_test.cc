#include "crypto/ecdsa.h"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "crypto/openssl_handles.h"

namespace rekey::crypto {
namespace {

using Memory = std::unique_ptr<BIO, OpensslFree<BIO_free>>;

PrivateOrPublicKey new_pair(const char* curve) {
  return PrivateOrPublicKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
}

std::string public_pem_of(EVP_PKEY* pair) {
  const Memory memory(BIO_new(BIO_s_mem()));
  EXPECT_EQ(PEM_write_bio_PUBKEY(memory.get(), pair), 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::vector<std::uint8_t> sign(EVP_PKEY* pair, std::string_view message) {
  const DigestContext context = new_digest_context();
  EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, sha256_algorithm(), nullptr, pair), 1);
  const auto bytes = base::bytes_of(message);
  std::size_t size = 0;
  EXPECT_EQ(EVP_DigestSign(context.get(), nullptr, &size, bytes.data(), bytes.size()), 1);
  std::vector<std::uint8_t> signature(size);
  EXPECT_EQ(EVP_DigestSign(context.get(), signature.data(), &size, bytes.data(), bytes.size()), 1);
  signature.resize(size);
  return signature;
}

TEST(EcdsaTest, WhatItsOwnerSignedIsValidAndNothingElse) {
  const auto pair = new_pair("P-256");
  const auto key = EcdsaPublicKey::from_pem(public_pem_of(pair.get()));
  ASSERT_TRUE(key) << key.error().detail;
  const std::string message = R"([{"token":"x"}])";
  const auto signature = sign(pair.get(), message);
  EXPECT_TRUE(key->is_valid(base::bytes_of(message), signature));
  EXPECT_FALSE(key->is_valid(base::bytes_of(message + " "), signature));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    auto changed = signature;
    changed[i] ^= 1;
    EXPECT_FALSE(key->is_valid(base::bytes_of(message), changed)) << i;
  }
  EXPECT_FALSE(key->is_valid(base::bytes_of(message), {}));
  EXPECT_FALSE(key->is_valid(base::bytes_of(message), sign(new_pair("P-256").get(), message)));
}

TEST(EcdsaTest, OnlyPublicKeysOfTheCurveAreTaken) {
  EXPECT_FALSE(EcdsaPublicKey::from_pem(""));
  EXPECT_FALSE(
      EcdsaPublicKey::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"));
  EXPECT_FALSE(EcdsaPublicKey::from_pem(public_pem_of(new_pair("P-384").get())));
  const PrivateOrPublicKey rsa(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
  EXPECT_FALSE(EcdsaPublicKey::from_pem(public_pem_of(rsa.get())));
  EXPECT_FALSE(EcdsaPublicKey::from_pem(std::string(5000, 'x')));
}

}  // namespace
}  // namespace rekey::crypto
