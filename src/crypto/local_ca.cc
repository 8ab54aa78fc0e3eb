#include "crypto/local_ca.h"

#include <fmt/format.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "crypto/x509.h"

namespace rekey::crypto {
namespace {

using base::Code;
using base::fail;

using TrustStore = std::unique_ptr<X509_STORE, OpensslFree<X509_STORE_free>>;
// Of certificates that somebody else owns.
struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_free(stack); }
};
using Untrusted = std::unique_ptr<STACK_OF(X509), FreeStack>;
using Verification = std::unique_ptr<X509_STORE_CTX, OpensslFree<X509_STORE_CTX_free>>;

constexpr std::size_t kMostCommonNameCharacters = 64;

base::Status check_request(const CertificateRequest& request) {
  const auto is_name = [](const std::string& host) {
    return is_host_text(host) && host.find(':') == std::string::npos;
  };
  if (request.hosts.empty() || !std::all_of(request.hosts.begin(), request.hosts.end(), is_name)) {
    return fail(Code::kInvalidArgument, "a certificate is for host names, without scheme and port");
  }
  if (request.common_name.empty() || request.common_name.size() > kMostCommonNameCharacters) {
    return fail(Code::kInvalidArgument, "a certificate's name has 1 to 64 characters");
  }
  return {};
}

std::string joined(const std::vector<std::string>& hosts, std::string_view before_each) {
  std::string text;
  for (const auto& host : hosts) {
    text += fmt::format("{}{}{}", text.empty() ? "" : ",", before_each, host);
  }
  return text;
}

std::string name_of(X509* certificate) {
  std::array<char, kMostCommonNameCharacters + 1> text{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text.data(),
                            static_cast<int>(text.size()));
  return text.data();
}

CertificateFacts facts_of(const CertificateRequest& request) {
  return {request.common_name, request.not_before, request.not_after};
}

}  // namespace

base::Result<CertificateAndKey> make_local_ca(const CertificateRequest& request) {
  REKEY_CHECK(check_request(request));
  const PrivateOrPublicKey key = new_p256_key();
  const Certificate certificate = begin_certificate(facts_of(request), key.get());
  X509* const x509 = certificate.get();
  add_extension(x509, x509, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(x509, x509, NID_key_usage, "critical,keyCertSign");
  add_extension(x509, x509, NID_ext_key_usage, "serverAuth");
  add_extension(x509, x509, NID_subject_key_identifier, "hash");
  // A kind of name that is not mentioned would be free: addresses are excluded, all of them.
  add_extension(x509, x509, NID_name_constraints,
                "critical," + joined(request.hosts, "permitted;DNS:") +
                    ",excluded;IP:0.0.0.0/0.0.0.0,excluded;IP:0:0:0:0:0:0:0:0/0:0:0:0:0:0:0:0");
  sign_certificate(x509, key.get());
  return CertificateAndKey{certificate_as_pem(x509), key_as_pem(key.get())};
}

base::Result<CertificateAndKey> issue_server_certificate(const CertificateAndKey& ca,
                                                         const CertificateRequest& request) {
  REKEY_CHECK(check_request(request));
  const Certificate issuer = certificate_from_pem(ca.certificate_pem);
  const PrivateOrPublicKey issuer_key = key_from_pem(ca.key_pem);
  if (issuer == nullptr || issuer_key == nullptr ||
      X509_check_private_key(issuer.get(), issuer_key.get()) != 1) {
    return fail(Code::kInvalidArgument,
                "the authority's files hold no certificate and private key, in PEM form, that "
                "belong together");
  }
  if (name_of(issuer.get()) == request.common_name) {
    return fail(Code::kInvalidArgument,
                "a certificate that has its authority's name would be taken for a self-signed one");
  }
  const PrivateOrPublicKey key = new_p256_key();
  const Certificate certificate = begin_certificate(facts_of(request), key.get());
  X509* const x509 = certificate.get();
  REKEY_ASSERT(X509_set_issuer_name(x509, X509_get_subject_name(issuer.get())) == 1);
  add_extension(x509, issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x509, issuer.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(x509, issuer.get(), NID_ext_key_usage, "serverAuth");
  if (X509_get_ext_by_NID(issuer.get(), NID_subject_key_identifier, -1) >= 0) {
    add_extension(x509, issuer.get(), NID_authority_key_identifier, "keyid");
  }
  add_extension(x509, issuer.get(), NID_subject_alt_name, joined(request.hosts, "DNS:"));
  sign_certificate(x509, issuer_key.get());
  return CertificateAndKey{certificate_as_pem(x509) + certificate_as_pem(issuer.get()),
                           key_as_pem(key.get())};
}

base::Status verify_server_certificate(std::string_view ca_pem, std::string_view certificate_pem,
                                       const std::string& host, base::Instant now) {
  const Certificate ca = certificate_from_pem(ca_pem);
  const std::vector<Certificate> chain = certificates_from_pem(certificate_pem);
  if (ca == nullptr || chain.empty()) {
    return fail(Code::kRefused, "there is no certificate in PEM form");
  }
  const TrustStore store(X509_STORE_new());
  const Untrusted untrusted(sk_X509_new_null());
  const Verification verification(X509_STORE_CTX_new());
  REKEY_ASSERT(store != nullptr && untrusted != nullptr && verification != nullptr);
  REKEY_ASSERT(X509_STORE_add_cert(store.get(), ca.get()) == 1);
  for (const Certificate& one : chain) REKEY_ASSERT(sk_X509_push(untrusted.get(), one.get()) > 0);
  REKEY_ASSERT(X509_STORE_CTX_init(verification.get(), store.get(), chain.front().get(),
                                   untrusted.get()) == 1);
  X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(verification.get());
  REKEY_ASSERT(X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER) == 1);
  REKEY_ASSERT(X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size()) == 1);
  X509_VERIFY_PARAM_set_time(parameters, static_cast<std::time_t>(base::to_millis(now) / 1000));
  if (X509_verify_cert(verification.get()) == 1) return {};
  const int error = X509_STORE_CTX_get_error(verification.get());
  return fail(Code::kRefused, X509_verify_cert_error_string(error));
}

}  // namespace rekey::crypto
