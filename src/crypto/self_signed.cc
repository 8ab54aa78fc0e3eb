#include "crypto/self_signed.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>

#include "base/assert.h"
#include "crypto/openssl_handles.h"
#include "crypto/random.h"

namespace rekey::crypto {
namespace {

using base::Code;
using base::fail;

using Certificate = std::unique_ptr<X509, OpensslFree<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, OpensslFree<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, OpensslFree<BIO_free_all>>;
using Octets = std::unique_ptr<ASN1_OCTET_STRING, OpensslFree<ASN1_OCTET_STRING_free>>;

constexpr long kVersion3 = 2;
constexpr std::size_t kMostHostCharacters = 253;

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= kMostHostCharacters &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '.' || c == '-' || c == ':';
         });
}

bool is_ip_address(const std::string& host) {
  const Octets octets(a2i_IPADDRESS(host.c_str()));
  ERR_clear_error();
  return octets != nullptr;
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  REKEY_ASSERT(extension != nullptr);
  REKEY_ASSERT(X509_add_ext(certificate, extension.get(), -1) == 1);
}

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

}  // namespace

base::Result<SelfSigned> make_self_signed(const SelfSignedRequest& request) {
  if (!is_host(request.host)) {
    return fail(Code::kInvalidArgument,
                "a certificate needs a host name or an address, without scheme and port");
  }
  const PrivateOrPublicKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const Certificate certificate(X509_new());
  REKEY_ASSERT(key != nullptr && certificate != nullptr);
  X509* const x509 = certificate.get();
  REKEY_ASSERT(X509_set_version(x509, kVersion3) == 1);
  REKEY_ASSERT(ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), random_serial()) == 1);
  REKEY_ASSERT(ASN1_TIME_set(X509_getm_notBefore(x509), seconds_of(request.not_before)) != nullptr);
  REKEY_ASSERT(ASN1_TIME_set(X509_getm_notAfter(x509), seconds_of(request.not_after)) != nullptr);
  REKEY_ASSERT(X509_set_pubkey(x509, key.get()) == 1);
  const std::string name = "rekey intake page";
  X509_NAME* const subject = X509_get_subject_name(x509);
  REKEY_ASSERT(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                          reinterpret_cast<const unsigned char*>(name.data()),
                                          static_cast<int>(name.size()), -1, 0) == 1);
  REKEY_ASSERT(X509_set_issuer_name(x509, subject) == 1);
  add_extension(x509, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x509, NID_key_usage, "critical,digitalSignature");
  add_extension(x509, NID_ext_key_usage, "serverAuth");
  add_extension(x509, NID_subject_alt_name,
                fmt::format("{}:{}", is_ip_address(request.host) ? "IP" : "DNS", request.host));
  REKEY_ASSERT(X509_sign(x509, key.get(), sha256_algorithm()) > 0);

  const Bio certificate_bio(BIO_new(BIO_s_mem()));
  const Bio key_bio(BIO_new(BIO_s_secmem()));
  REKEY_ASSERT(PEM_write_bio_X509(certificate_bio.get(), x509) == 1);
  REKEY_ASSERT(PEM_write_bio_PKCS8PrivateKey(key_bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                             nullptr) == 1);
  return SelfSigned{std::string(content_of(certificate_bio.get())),
                    base::Secret(content_of(key_bio.get()))};
}

base::Result<std::string> certificate_fingerprint(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  REKEY_ASSERT(bio != nullptr);
  const Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) {
    ERR_clear_error();
    return fail(Code::kInvalidArgument, "there is no certificate in PEM form");
  }
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  REKEY_ASSERT(X509_digest(certificate.get(), sha256_algorithm(), digest.data(), &size) == 1);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += fmt::format("{}{:02X}", i == 0 ? "" : ":", digest[i]);
  }
  return text;
}

}  // namespace rekey::crypto
