// Why the transport refuses a request before any handler sees it.
//
// One closed list: each entry has the status and the sentence that the client gets and the label
// that the metric shows. docs/adr/0002-http-framing.md says why each is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rekey::net {

enum class Rejection : std::uint8_t {
  kRequestLine,
  kTarget,
  kVersion,
  kLineEnd,
  kFold,
  kHeaderName,
  kHeaderValue,
  kMissingHost,
  kDuplicateHost,
  kHostValue,
  kContentLength,
  kRepeatedContentLength,
  kTransferEncoding,
  kChunkedInHttp10,
  kLengthAndChunked,
  kChunkSize,
  kChunkExtension,
  kTrailers,
  kExpectation,
  kHeadTooLarge,
  kTooManyHeaders,
  kBodyTooLarge,
  kTooManyConnections,
  kHeaderTimeout,
  kBodyTimeout,
  kWriteTimeout,
};
inline constexpr std::size_t kRejectionCount = 26;

struct RejectionFacts {
  int status = 400;
  std::string_view label;   // of the metric
  std::string_view detail;  // a sentence without quotes or backslashes: it stands in JSON as it is
};
[[nodiscard]] const RejectionFacts& facts_of(Rejection rejection) noexcept;

}  // namespace rekey::net
