// What making certificates shares: owners for X.509 objects, a certificate under construction, PEM.
// Private to this folder.
#pragma once

#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "base/time.h"
#include "crypto/openssl_handles.h"

namespace rekey::crypto {

using Certificate = std::unique_ptr<X509, OpensslFree<X509_free>>;

struct CertificateFacts {
  std::string common_name;
  base::Instant not_before{};
  base::Instant not_after{};
};

[[nodiscard]] PrivateOrPublicKey new_p256_key();

// Version 3, with a random serial number and that public key; its own issuer until told otherwise.
[[nodiscard]] Certificate begin_certificate(const CertificateFacts& facts, EVP_PKEY* key);
// `value`: in OpenSSL's notation (x509v3_config(5)); aborts where it is none.
void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value);
void sign_certificate(X509* certificate, EVP_PKEY* issuer_key);

[[nodiscard]] std::string certificate_as_pem(X509* certificate);
[[nodiscard]] base::Secret key_as_pem(EVP_PKEY* key);  // PKCS #8
// The first one; nullptr where there is none.
[[nodiscard]] Certificate certificate_from_pem(std::string_view pem);
[[nodiscard]] std::vector<Certificate> certificates_from_pem(std::string_view pem);
// nullptr where there is none, or one that needs a password.
[[nodiscard]] PrivateOrPublicKey key_from_pem(const base::Secret& pem);

// Whether it can stand in a certificate: letters, digits, dots, hyphens, colons.
[[nodiscard]] bool is_host_text(std::string_view host);

}  // namespace rekey::crypto
