#include "crypto/local_ca.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "crypto/x509.h"

namespace rekey::crypto {
namespace {

using base::Code;

constexpr base::Instant kNow = base::from_millis(1'790'000'000'000);
const std::string kHost = "mcexampletenant0000000000001.rest.marketingcloudapis.com";

CertificateRequest request_for(std::vector<std::string> hosts) {
  return {.common_name = "Rekey sandbox",
          .hosts = std::move(hosts),
          .not_before = kNow - base::Days{1},
          .not_after = kNow + base::Days{10}};
}

CertificateAndKey make_ca(std::vector<std::string> hosts = {kHost}) {
  auto request = request_for(std::move(hosts));
  request.common_name = "Rekey sandbox's authority";
  return make_local_ca(request).value();
}

base::Status verify(const CertificateAndKey& ca, const CertificateAndKey& server,
                    const std::string& host = kHost, base::Instant now = kNow) {
  return verify_server_certificate(ca.certificate_pem, server.certificate_pem, host, now);
}

TEST(LocalCa, AClientThatTrustsItTakesItsServersCertificateForItsHost) {
  const auto ca = make_ca();
  const auto server = issue_server_certificate(ca, request_for({kHost}));
  ASSERT_TRUE(server) << server.error().detail;
  const auto verdict = verify(ca, *server);
  EXPECT_TRUE(verdict) << verdict.error().detail;
}

TEST(LocalCa, ACertificateIsForEachOfItsHostsAndForNoOther) {
  const auto ca = make_ca({"a.example", "b.example"});
  const auto server = issue_server_certificate(ca, request_for({"a.example", "b.example"})).value();
  EXPECT_TRUE(verify(ca, server, "a.example"));
  EXPECT_TRUE(verify(ca, server, "b.example"));
  EXPECT_FALSE(verify(ca, server, "c.example"));
}

// Whoever gets hold of the authority's key can sign what they like: nobody believes it.
TEST(LocalCa, ItCanVouchForNoHostButItsOwn) {
  const auto ca = make_ca();
  for (const std::string host :
       {"www.example.com", "marketingcloudapis.com", "another.rest.marketingcloudapis.com"}) {
    const auto server = issue_server_certificate(ca, request_for({host})).value();
    const auto verdict = verify(ca, server, host);
    ASSERT_FALSE(verdict) << host;
    EXPECT_EQ(verdict.error().detail, "permitted subtree violation");
  }
}

// Signed with the authority's key, by hand, for what its own functions do not sign.
CertificateAndKey signed_for(const CertificateAndKey& ca, const std::string& names,
                             const char* is_ca) {
  const Certificate issuer = certificate_from_pem(ca.certificate_pem);
  const PrivateOrPublicKey key = new_p256_key();
  const Certificate made =
      begin_certificate({"made by hand", kNow, kNow + base::Days{1}}, key.get());
  X509_set_issuer_name(made.get(), X509_get_subject_name(issuer.get()));
  add_extension(made.get(), issuer.get(), NID_basic_constraints, is_ca);
  add_extension(made.get(), issuer.get(), NID_subject_alt_name, names);
  sign_certificate(made.get(), key_from_pem(ca.key_pem).get());
  return {certificate_as_pem(made.get()), key_as_pem(key.get())};
}

TEST(LocalCa, ItCanVouchForNoAddress) {
  const auto ca = make_ca();
  for (const std::string address : {"127.0.0.1", "2001:db8::1"}) {
    const auto server = signed_for(ca, "DNS:" + kHost + ",IP:" + address, "CA:FALSE");
    const auto verdict = verify(ca, server);
    ASSERT_FALSE(verdict) << address;
    EXPECT_EQ(verdict.error().detail, "excluded subtree violation");
  }
}

TEST(LocalCa, ItCanMakeNoOtherAuthority) {
  const auto ca = make_ca();
  const auto below = signed_for(ca, "DNS:" + kHost, "critical,CA:TRUE");
  const auto server = issue_server_certificate(below, request_for({kHost})).value();
  const auto verdict = verify(ca, server);
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().detail, "path length constraint exceeded");
}

TEST(LocalCa, ItsOwnNameIsNoServers) {
  const auto ca = make_ca();
  EXPECT_FALSE(verify(ca, ca));
}

TEST(LocalCa, AnotherAuthorityOfTheSameNameIsNotTrusted) {
  const auto server = issue_server_certificate(make_ca(), request_for({kHost})).value();
  EXPECT_FALSE(verify(make_ca(), server));
}

TEST(LocalCa, ACertificateIsTakenWithinItsTimeAlone) {
  const auto ca = make_ca();
  const auto server = issue_server_certificate(ca, request_for({kHost})).value();
  const auto late = verify(ca, server, kHost, kNow + base::Days{11});
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().detail.find("expired"), std::string::npos) << late.error().detail;
  EXPECT_FALSE(verify(ca, server, kHost, kNow - base::Days{2}));
}

TEST(LocalCa, HostsThatCouldAddAnotherNameAreRefused) {
  const auto ca = make_ca();
  for (const std::string host : {"", "a,DNS:b", "a b", "https://a", "a:443", "a\n"}) {
    for (const auto& made :
         {make_local_ca(request_for({host})), issue_server_certificate(ca, request_for({host}))}) {
      ASSERT_FALSE(made) << host;
      EXPECT_EQ(made.error().code, Code::kInvalidArgument);
    }
  }
  EXPECT_FALSE(make_local_ca(request_for({})));
}

TEST(LocalCa, ACertificateOfItsAuthoritysNameIsNotMade) {
  const auto ca = make_local_ca(request_for({kHost})).value();
  const auto made = issue_server_certificate(ca, request_for({kHost}));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kInvalidArgument);
}

TEST(LocalCa, ACertificateAndAKeyThatAreNoPairSignNothing) {
  const auto signed_by = [](const CertificateAndKey& ca) {
    return issue_server_certificate(ca, request_for({kHost}));
  };
  auto ca = make_ca();
  ca.key_pem = make_ca().key_pem;
  EXPECT_EQ(signed_by(ca).error().code, Code::kInvalidArgument);
  ca.key_pem = base::Secret("no key");
  EXPECT_EQ(signed_by(ca).error().code, Code::kInvalidArgument);
  ca.certificate_pem = "no certificate";
  EXPECT_EQ(signed_by(ca).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace rekey::crypto
