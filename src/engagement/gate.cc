#include "engagement/gate.h"

#include <utility>

namespace rekey::engagement {

Admission admit(std::span<const Route> routes, net::Method method, std::string_view path,
                const std::optional<Caller>& caller) {
  auto found = find_route(routes, method, path);
  const bool is_for_anyone =
      found && *found && (*found)->route != nullptr && (*found)->route->scopes == kAnyone;
  if (is_for_anyone) return std::move(**found);
  if (!caller) return not_authorized();
  if (!found) return response_of(Refusal(std::move(found).error()), {});
  if (!*found) return no_such_path();
  FoundRoute& route = **found;
  if (route.route == nullptr) return method_not_allowed(route.allowed);
  if (!holds_all(*caller, route.route->scopes)) return insufficient_privileges();
  return std::move(route);
}

}  // namespace rekey::engagement
