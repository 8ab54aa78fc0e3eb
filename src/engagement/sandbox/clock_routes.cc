// The sandbox's clock, for its administrator: what it shows, and how it is moved ahead.
#include <array>

#include "engagement/json_parts.h"
#include "engagement/sandbox/sandbox_routes.h"

namespace rekey::engagement::sandbox {

namespace {

using base::Code;

// Half a year and what a rehearsal of it needs beside.
constexpr base::Duration kFarthest = base::Days{400};

Reply reply_with_time(base::Instant now) {
  net::JsonWriter body;
  body.begin_object().member("now", base::format_instant(now)).end_object();
  return reply_with(200, body);
}

Answer show(Call& call) {
  return reply_with_time(call.now);
}

// {"advanceMillis": 86400000}
Answer advance(Call& call) {
  if (!call.tools.advance_clock) {
    return base::fail(Code::kUnsupported, "the clock of this sandbox cannot be moved");
  }
  REKEY_TRY(const auto millis, number_member(call.body, "advanceMillis"));
  const base::Duration by{millis.value_or(0)};
  if (by <= base::Duration::zero() || by > kFarthest) {
    return base::fail(Code::kInvalidArgument,
                      "advanceMillis takes a time to go ahead by, at most 400 days; a clock does "
                      "not go back");
  }
  REKEY_TRY(const base::Instant now, call.tools.advance_clock(by));
  return reply_with_time(now);
}

constexpr std::array<Route, 2> kRoutes{{
    {net::Method::kGet, "/sandbox/v1/clock", kAdministratorOnly, Access::kReads, show},
    {net::Method::kPost, "/sandbox/v1/clock", kAdministratorOnly, Access::kWrites, advance},
}};

}  // namespace

std::span<const Route> clock_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::sandbox
