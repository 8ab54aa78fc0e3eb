#include "crypto/self_signed.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "crypto/openssl_handles.h"

namespace rekey::crypto {
namespace {

constexpr base::Instant kNow = base::from_millis(1'790'000'000'000);

base::Result<SelfSigned> made_for(std::string host) {
  return make_self_signed(
      {.host = std::move(host), .not_before = kNow, .not_after = kNow + base::Days{1}});
}

std::unique_ptr<X509, OpensslFree<X509_free>> parsed(const std::string& pem) {
  const std::unique_ptr<BIO, OpensslFree<BIO_free_all>> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return std::unique_ptr<X509, OpensslFree<X509_free>>(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

TEST(SelfSignedTest, ACertificateIsForItsNameAndNoOther) {
  const auto made = made_for("intake.example.org");
  ASSERT_TRUE(made.has_value());
  const auto certificate = parsed(made->certificate_pem);
  ASSERT_NE(certificate, nullptr);
  EXPECT_EQ(X509_check_host(certificate.get(), "intake.example.org", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "example.org", 0, 0, nullptr), 0);
}

TEST(SelfSignedTest, ACertificateMayBeForAnAddress) {
  for (const char* address : {"192.0.2.7", "2001:db8::1"}) {
    const auto certificate = parsed(made_for(address)->certificate_pem);
    EXPECT_EQ(X509_check_ip_asc(certificate.get(), address, 0), 1);
    EXPECT_EQ(X509_check_ip_asc(certificate.get(), "192.0.2.8", 0), 0);
  }
}

TEST(SelfSignedTest, AHostThatCouldAddAnotherNameIsRefused) {
  for (const char* host : {"", "a,DNS:b", "a b", "https://a", "a\n"}) {
    const auto made = made_for(host);
    ASSERT_FALSE(made.has_value()) << host;
    EXPECT_EQ(made.error().code, base::Code::kInvalidArgument);
  }
}

TEST(SelfSignedTest, TwoCertificatesHaveTwoFingerprintsOfThirtyTwoPairs) {
  const auto one = certificate_fingerprint(made_for("a.example")->certificate_pem);
  const auto two = certificate_fingerprint(made_for("a.example")->certificate_pem);
  ASSERT_TRUE(one.has_value() && two.has_value());
  EXPECT_NE(*one, *two);
  EXPECT_EQ(one->size(), 32u * 3 - 1);
  EXPECT_FALSE(certificate_fingerprint("no certificate").has_value());
}

}  // namespace
}  // namespace rekey::crypto
