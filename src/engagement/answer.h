// What a call answers, and the one table of REST errors (contract section 4.0).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/http.h"
#include "net/json.h"

namespace rekey::engagement {

struct Reply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};
};
[[nodiscard]] Reply reply_with(int status, net::JsonWriter& body);

// Why a call is refused. Whatever it wrote before is undone.
struct Refusal {
  // NOLINTNEXTLINE(google-explicit-constructor): so that REKEY_TRY works in whoever gives an Answer
  Refusal(base::Error cause) : error(std::move(cause)) {}

  base::Error error;
  // Each a fault of its own, under errorcode 10006: validation of rows names them all at once.
  std::vector<std::string> faults;
  // A body in place of the table's, for calls whose errors have a shape of their own.
  std::optional<Reply> reply;
};
using Answer = tl::expected<Reply, Refusal>;

// 400 with errorcode 10006, `message` and the faults as additionalErrors.
[[nodiscard]] tl::unexpected<Refusal> refuse_with_faults(std::string message,
                                                         std::vector<std::string> faults);
// A refusal whose reply the call has made itself.
[[nodiscard]] tl::unexpected<Refusal> refuse_with(Reply reply);

// The response for a refusal. Internal errors say no more than `id`, which the log carries too.
[[nodiscard]] net::Response response_of(const Refusal& refusal, std::string_view id);
[[nodiscard]] net::Response response_of(const Reply& reply);
[[nodiscard]] bool is_internal(const base::Error& error) noexcept;

[[nodiscard]] net::Response not_authorized();                                // 401, errorcode 0
[[nodiscard]] net::Response insufficient_privileges();                       // 403, errorcode 20002
[[nodiscard]] net::Response no_such_path();                                  // 404, errorcode 404
[[nodiscard]] net::Response method_not_allowed(const std::string& allowed);  // 405
[[nodiscard]] net::Response throttled();                                     // 429, errorcode 50100
[[nodiscard]] net::Response too_busy();                                      // 503, errorcode 50300

}  // namespace rekey::engagement
