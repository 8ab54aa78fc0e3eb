#include "crypto/x509.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>

#include "base/assert.h"
#include "crypto/random.h"

namespace rekey::crypto {
namespace {

using Extension = std::unique_ptr<X509_EXTENSION, OpensslFree<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, OpensslFree<BIO_free_all>>;

constexpr long kVersion3 = 2;
constexpr std::size_t kMostHostCharacters = 253;

std::time_t seconds_of(base::Instant at) {
  return static_cast<std::time_t>(base::to_millis(at) / 1000);
}

std::uint64_t random_serial() {
  std::array<std::uint8_t, 7> bytes;
  fill_random(bytes);
  std::uint64_t serial = 1;  // never zero (RFC 5280 section 4.1.2.2)
  for (const auto byte : bytes) serial = serial << 8 | byte;
  return serial;
}

std::string_view content_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  REKEY_ASSERT(size > 0);
  return {data, static_cast<std::size_t>(size)};
}

Bio reading(std::string_view text) {
  REKEY_ASSERT(text.size() <= std::numeric_limits<int>::max());
  Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  REKEY_ASSERT(bio != nullptr);
  return bio;
}

// A key that is encrypted must not make OpenSSL ask on the terminal.
int no_password(char*, int, int, void*) {
  return 0;
}

}  // namespace

PrivateOrPublicKey new_p256_key() {
  PrivateOrPublicKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  REKEY_ASSERT(key != nullptr);
  return key;
}

Certificate begin_certificate(const CertificateFacts& facts, EVP_PKEY* key) {
  Certificate certificate(X509_new());
  REKEY_ASSERT(certificate != nullptr);
  X509* const x509 = certificate.get();
  REKEY_ASSERT(X509_set_version(x509, kVersion3) == 1);
  REKEY_ASSERT(ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), random_serial()) == 1);
  REKEY_ASSERT(ASN1_TIME_set(X509_getm_notBefore(x509), seconds_of(facts.not_before)) != nullptr);
  REKEY_ASSERT(ASN1_TIME_set(X509_getm_notAfter(x509), seconds_of(facts.not_after)) != nullptr);
  REKEY_ASSERT(X509_set_pubkey(x509, key) == 1);
  X509_NAME* const subject = X509_get_subject_name(x509);
  const auto* name = reinterpret_cast<const unsigned char*>(facts.common_name.data());
  REKEY_ASSERT(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name,
                                          static_cast<int>(facts.common_name.size()), -1, 0) == 1);
  REKEY_ASSERT(X509_set_issuer_name(x509, subject) == 1);
  return certificate;
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  REKEY_ASSERT(extension != nullptr);
  REKEY_ASSERT(X509_add_ext(certificate, extension.get(), -1) == 1);
}

void sign_certificate(X509* certificate, EVP_PKEY* issuer_key) {
  REKEY_ASSERT(X509_sign(certificate, issuer_key, sha256_algorithm()) > 0);
}

std::string certificate_as_pem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  REKEY_ASSERT(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return std::string(content_of(bio.get()));
}

base::Secret key_as_pem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_secmem()));
  REKEY_ASSERT(
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return base::Secret(content_of(bio.get()));
}

Certificate certificate_from_pem(std::string_view pem) {
  const Bio bio = reading(pem);
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  return certificate;
}

std::vector<Certificate> certificates_from_pem(std::string_view pem) {
  const Bio bio = reading(pem);
  std::vector<Certificate> certificates;
  while (X509* const next = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) {
    certificates.emplace_back(next);
  }
  ERR_clear_error();
  return certificates;
}

PrivateOrPublicKey key_from_pem(const base::Secret& pem) {
  const Bio bio = reading(pem.reveal());
  PrivateOrPublicKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  return key;
}

bool is_host_text(std::string_view host) {
  return !host.empty() && host.size() <= kMostHostCharacters &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '.' || c == '-' || c == ':';
         });
}

}  // namespace rekey::crypto
