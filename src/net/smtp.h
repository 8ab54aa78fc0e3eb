// Sends a mail over SMTP, on libcurl. TLS is verified against the system's authorities or a file.
//
// A mail that was handed over and not answered for may have been taken: kTimeout. Sending it again
// under the same Message-ID lets its receiver see that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace rekey::net {

enum class SmtpSecurity {
  kStartTls,  // begins in clear, refuses to go on without TLS (RFC 3207)
  kTls,       // TLS from the first byte (RFC 8314)
  kNone,      // in clear: for a relay on this machine
};

struct SmtpServer {
  std::string host;  // a name or an address; the certificate must be for it
  std::uint16_t port = 587;
  SmtpSecurity security = SmtpSecurity::kStartTls;
  std::string username;  // empty: no authentication
  base::Secret password;
  std::string ca_file;                                // PEM; empty: the system's authorities
  base::Duration timeout = std::chrono::seconds{30};  // for the whole dialogue
};

struct SmtpEnvelope {
  std::string from;
  std::string to;
};

// Blocks. Ok when the server has taken the mail. What may pass with time: kUnavailable (not
// reached, or a 4xx reply), kTimeout (the outcome is unknown). What somebody must mend:
// kUnauthenticated (name or password), kRefused (a 5xx reply; no TLS, or a certificate that cannot
// be trusted), kInvalidArgument (an address, or a password that would go in clear over a network).
// The detail holds the server's last words, which may hold the address.
[[nodiscard]] base::Status send_mail(const SmtpServer& server, const SmtpEnvelope& envelope,
                                     std::string_view mail);

// What a mail server said, where an error of send_mail is its refusal of the mail (a 5xx reply);
// nullopt where the error is of another kind, no TLS for one.
struct SmtpReply {
  int code = 0;
  std::string words;  // "550 5.1.1 no such user"
};
[[nodiscard]] std::optional<SmtpReply> refusal_of(const base::Error& error);

}  // namespace rekey::net
