// A certificate authority of one machine's own, which clients are told to trust: for a few host
// names and nothing else.
//
// Its certificate says so itself (name constraints, RFC 5280 section 4.2.1.10): whoever trusts it
// trusts it for those names alone, and a server's certificate for another host, for an address or
// for another use is refused though it was signed with its key.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace rekey::crypto {

struct CertificateAndKey {
  std::string certificate_pem;  // the certificate's own first, then its issuer's where there is one
  base::Secret key_pem;         // PKCS #8, not encrypted
};

struct CertificateRequest {
  std::string common_name;         // at most 64 characters (RFC 5280 appendix A.1)
  std::vector<std::string> hosts;  // DNS names, at least one
  base::Instant not_before{};
  base::Instant not_after{};
};

// An authority for those hosts and what is below them. ECDSA over P-256, and so are the
// certificates that it signs. kInvalidArgument where a host is no name.
[[nodiscard]] base::Result<CertificateAndKey> make_local_ca(const CertificateRequest& request);

// A server's certificate that the authority signs. kInvalidArgument where a host is no name, the
// common name is the authority's own, or `ca` holds no certificate and key that belong together.
[[nodiscard]] base::Result<CertificateAndKey> issue_server_certificate(
    const CertificateAndKey& ca, const CertificateRequest& request);

// Whether a client that trusts `ca_pem` and nobody else takes the server's certificate, the first
// one of what the server shows, for `host` at that time, by OpenSSL's own verification; kRefused
// with its words where not.
[[nodiscard]] base::Status verify_server_certificate(std::string_view ca_pem,
                                                     std::string_view certificate_pem,
                                                     const std::string& host, base::Instant now);

}  // namespace rekey::crypto
