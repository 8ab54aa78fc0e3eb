// The request parser on arbitrary bytes, cut at arbitrary places: it must never read out of bounds,
// and must read the same requests however the bytes come.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "net/http1_parser.h"

namespace {

using rekey::net::RequestParser;
using Outcome = RequestParser::Outcome;

constexpr std::size_t kPadding = 64;

rekey::net::Limits fuzz_limits() {
  rekey::net::Limits limits;
  limits.header_bytes = 512;
  limits.headers = 16;
  limits.body_bytes = 8 * 1024;
  return limits;
}

// Every part of the request as one text; reads the padding that the body promises.
std::string text_of(const RequestParser& parser) {
  const rekey::net::Request& request = parser.request();
  std::string text(rekey::net::name_of(request.method));
  for (const std::string_view part : {request.target, request.path, request.query, request.body}) {
    text.append("|").append(part);
  }
  for (const auto& [name, value] : request.headers) {
    text.append("|").append(name).append(":").append(value);
  }
  const std::string padding(request.body.data() + request.body.size(), kPadding);
  REKEY_ASSERT(padding.size() == kPadding);
  return text + (parser.wants_keep_alive() ? "|+" : "|-");
}

// `cuts` gives the sizes of the pieces in turn; none: each as large as there is space.
std::vector<std::string> read_all(std::string_view bytes, std::string_view cuts) {
  RequestParser parser(fuzz_limits());
  std::vector<std::string> read;
  for (std::size_t turn = 0; !bytes.empty(); ++turn) {
    const auto space = parser.space();
    REKEY_ASSERT(!space.empty());
    std::size_t count = std::min(space.size(), bytes.size());
    if (!cuts.empty()) {
      count =
          std::min(count, std::size_t{1} + static_cast<unsigned char>(cuts[turn % cuts.size()]));
    }
    std::memcpy(space.data(), bytes.data(), count);
    bytes.remove_prefix(count);
    Outcome outcome = parser.commit(count);
    while (outcome == Outcome::kReady) {
      read.push_back(text_of(parser));
      outcome = parser.next();
    }
    if (outcome == Outcome::kRejected) {
      read.emplace_back(rekey::net::facts_of(parser.rejection()).label);
      return read;
    }
    static_cast<void>(parser.take_expects_continue());
  }
  return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t cut_count = std::min<std::size_t>(data[0] % 8, size - 1);
  const std::string_view cuts = input.substr(1, cut_count);
  const std::string_view bytes = input.substr(1 + cut_count);
  REKEY_ASSERT(read_all(bytes, {}) == read_all(bytes, cuts));
  return 0;
}
