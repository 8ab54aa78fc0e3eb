#include "crypto/self_signed.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>

#include "base/assert.h"
#include "crypto/x509.h"

namespace rekey::crypto {
namespace {

using base::Code;
using base::fail;

using Octets = std::unique_ptr<ASN1_OCTET_STRING, OpensslFree<ASN1_OCTET_STRING_free>>;

bool is_ip_address(const std::string& host) {
  const Octets octets(a2i_IPADDRESS(host.c_str()));
  ERR_clear_error();
  return octets != nullptr;
}

}  // namespace

base::Result<SelfSigned> make_self_signed(const SelfSignedRequest& request) {
  if (!is_host_text(request.host)) {
    return fail(Code::kInvalidArgument,
                "a certificate needs a host name or an address, without scheme and port");
  }
  const PrivateOrPublicKey key = new_p256_key();
  const Certificate certificate =
      begin_certificate({"rekey intake page", request.not_before, request.not_after}, key.get());
  X509* const x509 = certificate.get();
  add_extension(x509, x509, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x509, x509, NID_key_usage, "critical,digitalSignature");
  add_extension(x509, x509, NID_ext_key_usage, "serverAuth");
  add_extension(x509, x509, NID_subject_alt_name,
                fmt::format("{}:{}", is_ip_address(request.host) ? "IP" : "DNS", request.host));
  sign_certificate(x509, key.get());
  return SelfSigned{certificate_as_pem(x509), key_as_pem(key.get())};
}

base::Result<std::string> certificate_fingerprint(std::string_view pem) {
  const Certificate certificate = certificate_from_pem(pem);
  if (certificate == nullptr) {
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
