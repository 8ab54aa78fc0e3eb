// The faults that a sandbox plays, for its administrator.
#include <array>

#include "engagement/json_parts.h"
#include "engagement/sandbox/sandbox_routes.h"

namespace rekey::engagement::sandbox {

namespace {

Answer show(Call& call) {
  const Faults& faults = call.tools.faults;
  net::JsonWriter body;
  body.begin_object()
      .member("throttled", faults.is_throttled.load())
      .member("outage", faults.is_out.load())
      .member("slowMillis", faults.slow_millis.load())
      .end_object();
  return reply_with(200, body);
}

// {"throttled": true, "outage": false, "slowMillis": 2000}; what is not named ends.
Answer set(Call& call) {
  REKEY_TRY(const auto throttled, truth_member(call.body, "throttled"));
  REKEY_TRY(const auto outage, truth_member(call.body, "outage"));
  REKEY_TRY(const auto slow, number_member(call.body, "slowMillis"));
  if (slow.value_or(0) < 0 || base::Duration{slow.value_or(0)} > kSlowestFault) {
    return base::fail(base::Code::kInvalidArgument, "slowMillis takes 0 to 30000");
  }
  call.tools.faults.is_throttled = throttled.value_or(false);
  call.tools.faults.is_out = outage.value_or(false);
  call.tools.faults.slow_millis = slow.value_or(0);
  return show(call);
}

constexpr std::array<Route, 2> kRoutes{{
    {net::Method::kGet, "/sandbox/v1/faults", kAdministratorOnly, Access::kReads, show},
    {net::Method::kPost, "/sandbox/v1/faults", kAdministratorOnly, Access::kReads, set},
}};

}  // namespace

std::span<const Route> fault_routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::sandbox
