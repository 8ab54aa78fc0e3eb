// The one table of routes, put together from its families.
#include "engagement/analytics/analytics_routes.h"
#include "engagement/assets/asset_routes.h"
#include "engagement/contacts/contact_routes.h"
#include "engagement/data_extensions/data_extension_routes.h"
#include "engagement/journeys/journey_routes.h"
#include "engagement/route.h"
#include "engagement/sandbox/sandbox_routes.h"
#include "engagement/sends/send_routes.h"

namespace rekey::engagement {

std::span<const Route> all_routes() {
  static const std::vector<Route> kRoutes = [] {
    std::vector<Route> all;
    for (const std::span<const Route> family : {contacts::routes(),
                                                contacts::attribute_routes(),
                                                data_extensions::definition_routes(),
                                                data_extensions::row_routes(),
                                                data_extensions::read_routes(),
                                                data_extensions::async_routes(),
                                                assets::routes(),
                                                sends::definition_routes(),
                                                sends::message_routes(),
                                                sends::triggered_routes(),
                                                sends::reader_routes(),
                                                journeys::event_definition_routes(),
                                                journeys::journey_routes(),
                                                journeys::running_routes(),
                                                journeys::member_routes(),
                                                journeys::history_routes(),
                                                analytics::campaign_routes(),
                                                analytics::audit_routes(),
                                                sandbox::routes(),
                                                sandbox::mail_routes(),
                                                sandbox::clock_routes(),
                                                sandbox::fault_routes(),
                                                sandbox::export_routes()}) {
      all.insert(all.end(), family.begin(), family.end());
    }
    return all;
  }();
  return kRoutes;
}

}  // namespace rekey::engagement
