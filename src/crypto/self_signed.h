// A certificate that nobody but its maker vouches for, for a page that one person opens once: they
// compare its fingerprint by eye.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace rekey::crypto {

struct SelfSigned {
  std::string certificate_pem;
  base::Secret key_pem;  // PKCS #8
};

struct SelfSignedRequest {
  std::string host;  // a DNS name or an IP address: the subject alternative name
  base::Instant not_before{};
  base::Instant not_after{};
};

// ECDSA over P-256, for servers alone (RFC 5280 section 4.2.1.12). kInvalidArgument where the host
// is neither a name nor an address.
[[nodiscard]] base::Result<SelfSigned> make_self_signed(const SelfSignedRequest& request);

// SHA-256 over the first certificate's DER, as browsers show it: 32 pairs of upper-case hex digits
// with colons. kInvalidArgument where there is no certificate.
[[nodiscard]] base::Result<std::string> certificate_fingerprint(std::string_view pem);

}  // namespace rekey::crypto
