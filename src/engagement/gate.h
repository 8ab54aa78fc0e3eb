// The one gate that every call passes, before anything of it is read.
//
// In this order: the token (401), the path (404), the method (405), the scopes (403). Who has no
// living token learns nothing about paths; routes for anyone alone let them in.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "engagement/caller.h"
#include "engagement/route.h"
#include "net/http.h"

namespace rekey::engagement {

// The route to run, or the response that ends it.
using Admission = std::variant<FoundRoute, net::Response>;
[[nodiscard]] Admission admit(std::span<const Route> routes, net::Method method,
                              std::string_view path, const std::optional<Caller>& caller);

}  // namespace rekey::engagement
