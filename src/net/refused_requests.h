// Requests that the transport must refuse, one for each way to frame a message in two meanings or
// to ask for too much; for the tests of the parser and of the server.
#pragma once

#include <string>
#include <vector>

#include "net/http1_rejection.h"
#include "net/server.h"

namespace rekey::net {

struct RefusedRequest {
  std::string name;  // of the test
  std::string bytes;
  Rejection rejection = Rejection::kRequestLine;
};

// The limits that the last ones are over.
inline Limits small_limits() {
  Limits limits;
  limits.header_bytes = 1024;
  limits.headers = 8;
  limits.body_bytes = 2048;
  return limits;
}

inline std::string post_with(const std::string& headers, const std::string& body = "") {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}

inline std::vector<RefusedRequest> refused_encodings() {
  const std::string chunks = "5\r\nhello\r\n0\r\n\r\n";
  return {
      {"transfer_encoding_gzip", post_with("Transfer-Encoding: gzip\r\n", chunks),
       Rejection::kTransferEncoding},
      {"transfer_encoding_identity", post_with("Transfer-Encoding: identity\r\n", chunks),
       Rejection::kTransferEncoding},
      {"transfer_encoding_gzip_then_chunked",
       post_with("Transfer-Encoding: gzip, chunked\r\n", chunks), Rejection::kTransferEncoding},
      {"transfer_encoding_chunked_then_gzip",
       post_with("Transfer-Encoding: chunked, gzip\r\n", chunks), Rejection::kTransferEncoding},
      {"transfer_encoding_xchunked", post_with("Transfer-Encoding: xchunked\r\n", chunks),
       Rejection::kTransferEncoding},
      {"transfer_encoding_quoted", post_with("Transfer-Encoding: \"chunked\"\r\n", chunks),
       Rejection::kTransferEncoding},
      {"transfer_encoding_with_parameter", post_with("Transfer-Encoding: chunked;q=1\r\n", chunks),
       Rejection::kTransferEncoding},
      {"transfer_encoding_empty", post_with("Transfer-Encoding:\r\n", chunks),
       Rejection::kTransferEncoding},
      {"transfer_encoding_repeated",
       post_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunks),
       Rejection::kTransferEncoding},
      {"chunked_in_http_1_0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
       Rejection::kChunkedInHttp10},
      {"length_then_chunked",
       post_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunks),
       Rejection::kLengthAndChunked},
      {"chunked_then_length",
       post_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunks),
       Rejection::kLengthAndChunked},
      {"length_repeated_equal", post_with("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
       Rejection::kRepeatedContentLength},
      {"length_repeated_different",
       post_with("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"),
       Rejection::kRepeatedContentLength},
      {"length_list", post_with("Content-Length: 5, 5\r\n", "hello"), Rejection::kContentLength},
      {"length_with_plus", post_with("Content-Length: +5\r\n", "hello"), Rejection::kContentLength},
      {"length_negative", post_with("Content-Length: -5\r\n"), Rejection::kContentLength},
      {"length_with_space", post_with("Content-Length: 5 0\r\n"), Rejection::kContentLength},
      {"length_in_hex", post_with("Content-Length: 0x5\r\n"), Rejection::kContentLength},
      {"length_empty", post_with("Content-Length:\r\n"), Rejection::kContentLength},
      {"length_overflow", post_with("Content-Length: 18446744073709551621\r\n", "hello"),
       Rejection::kContentLength},
  };
}

inline std::vector<RefusedRequest> refused_chunks() {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  return {
      {"chunk_extension", post_with(chunked, "5;a=b\r\nhello\r\n0\r\n\r\n"),
       Rejection::kChunkExtension},
      {"chunk_extension_on_last_chunk", post_with(chunked, "5\r\nhello\r\n0;a\r\n\r\n"),
       Rejection::kChunkExtension},
      {"space_after_chunk_size", post_with(chunked, "5 \r\nhello\r\n0\r\n\r\n"),
       Rejection::kChunkExtension},
      {"chunk_size_not_hex", post_with(chunked, "g\r\nhello\r\n0\r\n\r\n"), Rejection::kChunkSize},
      {"chunk_size_with_prefix", post_with(chunked, "0x5\r\nhello\r\n0\r\n\r\n"),
       Rejection::kChunkSize},
      {"chunk_size_negative", post_with(chunked, "-1\r\n"), Rejection::kChunkSize},
      {"chunk_size_missing", post_with(chunked, "\r\nhello\r\n0\r\n\r\n"), Rejection::kChunkSize},
      {"chunk_size_overflow", post_with(chunked, "10000000000000005\r\nhello\r\n0\r\n\r\n"),
       Rejection::kChunkSize},
      {"chunk_size_ended_by_bare_lf", post_with(chunked, "5\nhello\r\n0\r\n\r\n"),
       Rejection::kChunkSize},
      {"chunk_data_longer_than_its_size", post_with(chunked, "4\r\nhello\r\n0\r\n\r\n"),
       Rejection::kChunkSize},
      {"chunk_data_ended_by_bare_lf", post_with(chunked, "5\r\nhello\n0\r\n\r\n"),
       Rejection::kChunkSize},
      {"trailer", post_with(chunked, "5\r\nhello\r\n0\r\nX-Late: 1\r\n\r\n"), Rejection::kTrailers},
      {"last_chunk_ended_by_bare_lf", post_with(chunked, "0\r\n\n"), Rejection::kTrailers},
  };
}

inline std::vector<RefusedRequest> refused_headers() {
  using std::string_literals::operator""s;
  return {
      {"obs_fold", post_with("X-A: 1\r\n 2\r\n"), Rejection::kFold},
      {"obs_fold_with_tab", post_with("X-A: 1\r\n\t2\r\n"), Rejection::kFold},
      {"fold_before_first_header", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", Rejection::kFold},
      {"space_before_colon", post_with("Content-Length : 5\r\n", "hello"), Rejection::kHeaderName},
      {"tab_before_colon", post_with("X-A\t: 5\r\n"), Rejection::kHeaderName},
      {"empty_header_name", post_with(": 5\r\n"), Rejection::kHeaderName},
      {"header_without_colon", post_with("X-A\r\n"), Rejection::kHeaderName},
      {"header_name_not_a_token", post_with("X(A): 5\r\n"), Rejection::kHeaderName},
      {"nul_in_header_name", post_with("X\0A: 5\r\n"s), Rejection::kHeaderName},
      {"missing_host", "GET / HTTP/1.1\r\n\r\n", Rejection::kMissingHost},
      {"duplicate_host", post_with("Host: h\r\n"), Rejection::kDuplicateHost},
      {"host_list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", Rejection::kHostValue},
      {"host_with_path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", Rejection::kHostValue},
      {"host_with_user", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", Rejection::kHostValue},
      {"bare_lf_after_request_line", "GET / HTTP/1.1\nHost: h\r\n\r\n", Rejection::kLineEnd},
      {"bare_lf_after_header", "GET / HTTP/1.1\r\nHost: h\n\r\n", Rejection::kLineEnd},
      {"bare_lf_as_last_line", "GET / HTTP/1.1\r\nHost: h\r\n\n", Rejection::kLineEnd},
      {"bare_cr_in_header", post_with("X-A: 1\rX-B: 2\r\n"), Rejection::kLineEnd},
      {"doubled_cr", post_with("X-A: 1\r\r\n"), Rejection::kLineEnd},
      {"nul_in_header_value", post_with("X-A: 1\0002\r\n"s), Rejection::kHeaderValue},
      {"control_in_header_value", post_with("X-A: 1\x01\r\n"), Rejection::kHeaderValue},
      {"delete_in_header_value", post_with("X-A: 1\x7f\r\n"), Rejection::kHeaderValue},
      {"connection_not_a_list", post_with("Connection: close now\r\n"), Rejection::kHeaderValue},
      {"unknown_expectation", post_with("Expect: 200-ok\r\n"), Rejection::kExpectation},
      {"header_too_large", post_with("X-A: " + std::string(2000, 'a') + "\r\n"),
       Rejection::kHeadTooLarge},
      {"endless_header", post_with("X-A: " + std::string(4000, 'a')), Rejection::kHeadTooLarge},
      {"too_many_headers",
       post_with("A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\nE: 1\r\nF: 1\r\nG: 1\r\nH: 1\r\n"),
       Rejection::kTooManyHeaders},
      {"body_too_large", post_with("Content-Length: 2049\r\n"), Rejection::kBodyTooLarge},
      {"chunked_body_too_large",
       post_with("Transfer-Encoding: chunked\r\n",
                 "400\r\n" + std::string(1024, 'a') + "\r\n401\r\n"),
       Rejection::kBodyTooLarge},
  };
}

inline std::vector<RefusedRequest> refused_request_lines() {
  using std::string_literals::operator""s;
  const std::string rest = "\r\nHost: h\r\n\r\n";
  return {
      {"tls_hello", "\x16\x03\x01\x02"s, Rejection::kRequestLine},
      {"leading_empty_line", "\r\nGET / HTTP/1.1" + rest, Rejection::kRequestLine},
      {"method_not_a_token", "G(T / HTTP/1.1" + rest, Rejection::kRequestLine},
      {"leading_space", " GET / HTTP/1.1" + rest, Rejection::kRequestLine},
      {"http_0_9", "GET /" + rest, Rejection::kRequestLine},
      {"version_in_lower_case", "GET / http/1.1" + rest, Rejection::kRequestLine},
      {"version_with_bare_cr", "GET / HTTP/1.1\r" + rest, Rejection::kRequestLine},
      {"trailing_space", "GET / HTTP/1.1 " + rest, Rejection::kRequestLine},
      {"absurd_request_line", "GET /" + std::string(4000, 'a') + " HTTP/1.1" + rest,
       Rejection::kHeadTooLarge},
      {"version_2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Rejection::kVersion},
      {"version_1_2", "GET / HTTP/1.2" + rest, Rejection::kVersion},
      {"version_0_9", "GET / HTTP/0.9" + rest, Rejection::kVersion},
      {"version_11", "GET / HTTP/11" + rest, Rejection::kVersion},
      {"double_space_before_target", "GET  / HTTP/1.1" + rest, Rejection::kTarget},
      {"space_in_target", "GET /a b HTTP/1.1" + rest, Rejection::kTarget},
      {"nul_in_target", "GET /a\0b HTTP/1.1"s + rest, Rejection::kTarget},
      {"control_in_target", "GET /a\x01 HTTP/1.1" + rest, Rejection::kTarget},
      {"bare_cr_in_target", "GET /a\rb HTTP/1.1" + rest, Rejection::kTarget},
      {"target_not_ascii", "GET /\xc3\xa9 HTTP/1.1" + rest, Rejection::kTarget},
      {"target_with_fragment", "GET /a#b HTTP/1.1" + rest, Rejection::kTarget},
      {"target_without_slash", "GET a HTTP/1.1" + rest, Rejection::kTarget},
      {"target_of_connect", "CONNECT h:443 HTTP/1.1" + rest, Rejection::kTarget},
      {"asterisk_without_options", "GET * HTTP/1.1" + rest, Rejection::kTarget},
      {"absolute_target_of_other_scheme", "GET ftp://h/a HTTP/1.1" + rest, Rejection::kTarget},
      {"absolute_target_without_host", "GET http:///a HTTP/1.1" + rest, Rejection::kTarget},
      {"absolute_target_with_user", "GET http://u@h/a HTTP/1.1" + rest, Rejection::kTarget},
  };
}

inline std::vector<RefusedRequest> all_refused_requests() {
  std::vector<RefusedRequest> all;
  for (auto part :
       {refused_encodings(), refused_chunks(), refused_headers(), refused_request_lines()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace rekey::net
