#include "engagement/sandbox/sandbox_routes.h"

#include <array>

#include "engagement/json_parts.h"
#include "engagement/sandbox/seed.h"

namespace rekey::engagement::sandbox {

namespace {

// {"businessUnit": MID}; the administrator's own where it is not given.
Answer fill(Call& call) {
  REKEY_TRY(const auto unit, number_member(call.body, "businessUnit"));
  const std::int64_t business_unit = unit.value_or(call.caller.business_unit);
  REKEY_TRY(const Seeded seeded, seed(call.tables, business_unit, call.tools.ids, call.now));
  net::JsonWriter body;
  body.begin_object()
      .member("businessUnit", business_unit)
      .member("contacts", seeded.contacts)
      .member("dataExtensions", seeded.data_extensions)
      .member("rows", seeded.rows)
      .member("events", seeded.events)
      .member("sendDefinitions", seeded.send_definitions)
      .member("journeyMembers", seeded.journey_members)
      .member("journeyWaiting", seeded.journey_waiting)
      .end_object();
  return reply_with(200, body);
}

Answer empty(Call& call) {
  REKEY_CHECK(reset(call.tables));
  net::JsonWriter body;
  body.begin_object().member("status", "OK").end_object();
  return reply_with(200, body);
}

constexpr std::array<Route, 2> kRoutes{{
    {net::Method::kPost, "/sandbox/v1/seed", kAdministratorOnly, Access::kWrites, fill},
    {net::Method::kPost, "/sandbox/v1/reset", kAdministratorOnly, Access::kWrites, empty},
}};

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

}  // namespace rekey::engagement::sandbox
