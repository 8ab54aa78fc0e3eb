// A mail as text: headers and a body that says the same twice, plain and as HTML, or once.
//
// Pure. Nothing that comes from outside can begin a header of its own: addresses are checked, all
// else is written as encoded words where it is not plain ASCII. Lines end in CRLF and are short
// (RFC 5322 section 2.1.1: at most 998 characters; here at most 78 where a word allows it).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace rekey::net {

struct Mail {
  std::string from;                    // an address
  std::string from_name;               // may be empty
  std::string to;                      // an address
  std::vector<std::string> copies_to;  // addresses, shown as Cc
  std::string subject;
  base::Instant date{};
  std::string message_id;  // "local@domain", without the angle brackets
  std::string list_id;     // "notices.example.org"; empty: no List-Id (RFC 2919)
  bool is_urgent = false;  // Importance: high (RFC 2156)
  // A URL that takes a POST; empty: no List-Unsubscribe (RFC 2369, RFC 8058).
  std::string unsubscribe_url;
  std::string text;  // UTF-8, lines end in "\n"; may be empty
  std::string html;  // a whole document, UTF-8; may be empty
};

inline constexpr std::size_t kMaxMailBytes = 1024 * 1024;
inline constexpr std::size_t kMostCopies = 50;

// One address as in ops@example.org: ASCII, a dot-atom before the @ (RFC 5322 section 3.4.1) and a
// host name after it; at most 64 and 254 characters (RFC 5321 section 4.5.3.1). kInvalidArgument,
// without the address where it holds control characters.
[[nodiscard]] base::Status check_mail_address(std::string_view address);

// multipart/alternative, quoted-printable (RFC 2045 section 6.7), UTF-8, with Auto-Submitted
// (RFC 3834). A body that is empty is left out. The same Mail gives the same bytes.
// kInvalidArgument where an address, an id or a URL has no form, kLimitReached above kMaxMailBytes
// or kMostCopies.
[[nodiscard]] base::Result<std::string> format_mail(const Mail& mail);

// The pieces, for tests.
// "=?UTF-8?B?…?=" words where `text` is not printable ASCII (RFC 2047), else as it is; control
// characters become blanks. Folded so that no line is longer than 76 characters, the header's name
// before it counted as `name_size`.
[[nodiscard]] std::string encode_header_text(std::string_view text, std::size_t name_size);
[[nodiscard]] std::string encode_quoted_printable(std::string_view text);
// "Wed, 25 Nov 2026 02:26:27 +0000" (RFC 5322 section 3.3).
[[nodiscard]] std::string format_mail_date(base::Instant at);

}  // namespace rekey::net
