// The head of a CONNECT request (RFC 9110 section 9.3.6), as a proxy reads it: bytes in, host and
// port out, no I/O.
//
// As strict as http1_parser.h: what two parsers could read in two ways is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rekey::net {

struct ConnectTarget {
  std::string host;  // in lower case, without brackets
  std::uint16_t port = 0;
};

// `head`: the request line and the header lines, with the empty line at their end and nothing
// behind it. kUnsupported where the request is none of CONNECT, and kInvalidArgument where it is a
// bad one; the detail is a sentence for whoever sent it, and repeats nothing of it.
[[nodiscard]] base::Result<ConnectTarget> parse_connect(std::string_view head);

}  // namespace rekey::net
