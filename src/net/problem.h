// Problem details (RFC 9457): the admin API's error surface, and its one table from base::Code.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace rekey::net {

// invalid_argument 400, unauthenticated 401, forbidden 403, not_found 404, conflict and
// already_exists 409, expired 410, too_early and refused 409, limit_reached 429, unsupported 501,
// unavailable 503, timeout 504, io 507 (a full or read-only disk: its administrator has to know);
// the rest 500 with no detail but an id, which the log line carries too.
[[nodiscard]] int status_of(base::Code code) noexcept;

// {"type":"urn:rekey:problem:too_early","title":…,"status":409,"code":"too_early","detail":…}
// A 500 says "an internal error, id <id>" in place of the detail; make_problem_id gives one that
// the caller can log beside the true detail. Without an id one is made.
[[nodiscard]] std::string make_problem_id();
[[nodiscard]] Response problem_response(const base::Error& error, std::string_view id);
[[nodiscard]] Response problem_response(const base::Error& error);

// 405 with the header Allow, which RFC 9110 section 15.5.6 asks for: `allowed` as it stands there,
// "GET, PATCH". The code stays that of a call which is not supported.
[[nodiscard]] Response method_problem_response(const std::string& allowed, std::string_view detail);

// The other way: what a client of the admin API makes of such a body. The code by its name; where
// the body is none of ours, by the status, with a detail that names the status.
[[nodiscard]] base::Error error_from_problem(int status, std::string_view body);

}  // namespace rekey::net
