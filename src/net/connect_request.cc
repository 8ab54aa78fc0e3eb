#include "net/connect_request.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "net/http1_syntax.h"

namespace rekey::net {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view kMethod = "CONNECT";
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kMostHostCharacters = 253;

tl::unexpected<base::Error> bad(std::string_view detail) {
  return fail(Code::kInvalidArgument, std::string(detail));
}

// authority-form: both host and port are needed (RFC 9112 section 3.2.3).
Result<ConnectTarget> parse_target(std::string_view text) {
  constexpr std::string_view kForm = "CONNECT takes HOST:PORT.";
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad(kForm);
  ConnectTarget target;
  const std::string_view digits = text.substr(colon + 1);
  const char* const end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, target.port);
  if (problem != std::errc{} || stop != end || target.port == 0) return bad(kForm);

  std::string_view host = text.substr(0, colon);
  const bool is_in_brackets = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (is_in_brackets) host = host.substr(1, host.size() - 2);
  const bool has_colon = host.find(':') != std::string_view::npos;
  if (host.empty() || host.size() > kMostHostCharacters || has_colon != is_in_brackets ||
      host.find_first_of("[]") != std::string_view::npos || !kHostCharacters.has_all(host)) {
    return bad(kForm);
  }
  target.host.resize(host.size());
  std::transform(host.begin(), host.end(), target.host.begin(), base::to_lower);
  return target;
}

Result<ConnectTarget> parse_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == 0 || first == last ||
      !kTokenCharacters.has_all(line.substr(0, first))) {
    return bad("The request line is not METHOD SP TARGET SP VERSION.");
  }
  if (line.substr(0, first) != kMethod) {
    return fail(Code::kUnsupported, "The only method of a proxy's that is taken is CONNECT.");
  }
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return bad("Only HTTP/1.1 and HTTP/1.0 are spoken here.");
  }
  return parse_target(line.substr(first + 1, last - first - 1));
}

base::Status check_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 ||
      !kTokenCharacters.has_all(line.substr(0, colon))) {
    return bad("A header line must begin with a token directly followed by a colon.");
  }
  if (!kFieldValueCharacters.has_all(line.substr(colon + 1))) {
    return bad("A header value holds a control character.");
  }
  const std::string_view name = line.substr(0, colon);
  if (base::equal_ignoring_case(name, "Content-Length") ||
      base::equal_ignoring_case(name, "Transfer-Encoding")) {
    return bad("CONNECT has no body: neither Content-Length nor Transfer-Encoding may stand here.");
  }
  return {};
}

}  // namespace

Result<ConnectTarget> parse_connect(std::string_view head) {
  if (!head.ends_with("\r\n\r\n")) return bad("The head of the request is not complete.");
  const auto take_line = [&head] {
    const std::string_view line = head.substr(0, head.find(kLineEnd));
    head.remove_prefix(line.size() + kLineEnd.size());
    return line;
  };
  REKEY_TRY(auto target, parse_request_line(take_line()));
  while (head != kLineEnd) {
    const std::string_view line = take_line();
    if (line.empty()) return bad("Something follows the head of the request.");
    REKEY_CHECK(check_field(line));
  }
  return target;
}

}  // namespace rekey::net
