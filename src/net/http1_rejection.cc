#include "net/http1_rejection.h"

#include <array>

namespace rekey::net {
namespace {

constexpr std::array<RejectionFacts, kRejectionCount> kFacts{{
    {400, "request_line", "The request line is not METHOD SP TARGET SP VERSION."},
    {400, "target", "The request target must be a path, or http(s)://host/path, in visible ASCII."},
    {505, "version", "Only HTTP/1.1 and HTTP/1.0 are spoken here."},
    {400, "line_end", "A line must end in CR LF; neither may stand alone."},
    {400, "fold", "A header line must not begin with a space or tab (obsolete line folding)."},
    {400, "header_name", "A header name must be a token directly followed by a colon."},
    {400, "header_value",
     "A header value holds a control character, or is no list where it must be one."},
    {400, "missing_host", "HTTP/1.1 requires a Host header."},
    {400, "duplicate_host", "More than one Host header."},
    {400, "host_value", "The Host header is not a host with an optional port."},
    {400, "content_length", "Content-Length must be one decimal number."},
    {400, "repeated_content_length", "More than one Content-Length header."},
    {400, "transfer_encoding", "Transfer-Encoding must be exactly chunked, once."},
    {400, "chunked_in_http10", "HTTP/1.0 has no Transfer-Encoding."},
    {400, "length_and_chunked", "Content-Length and Transfer-Encoding exclude each other."},
    {400, "chunk_size", "A chunk must be its size in hex, CR LF, that many bytes, CR LF."},
    {400, "chunk_extension", "Chunk extensions are not accepted."},
    {400, "trailers", "Trailer fields are not accepted."},
    {417, "expectation", "The only expectation understood is 100-continue."},
    {431, "head_too_large", "The request line and headers are larger than the limit."},
    {431, "too_many_headers", "There are more headers than the limit."},
    {413, "body_too_large", "The body is larger than the limit."},
    {503, "too_many_connections", "Too many connections are open; try again later."},
    {408, "header_timeout", "The headers did not arrive in time."},
    {408, "body_timeout", "The body did not arrive in time."},
    // Nothing can be said to a peer that takes nothing: the connection is only closed.
    {408, "write_timeout", "The reply was not taken in time."},
}};

}  // namespace

const RejectionFacts& facts_of(Rejection rejection) noexcept {
  return kFacts[static_cast<std::size_t>(rejection)];
}

}  // namespace rekey::net
