// The one table of the admin API's calls.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authority/admin_call.h"
#include "net/http.h"

namespace rekey::authority {

struct AdminRoute {
  net::Method method;
  std::string_view pattern;  // "{}" stands for one segment
  AdminRead read = nullptr;  // exactly one of the two
  AdminPlan plan = nullptr;
  std::span<const std::string_view> parameters;  // that its query may have
};

struct FoundRoute {
  const AdminRoute* route;
  std::vector<std::string> ids;
};
// kNotFound where there is no such path, kUnsupported where it has no such method.
[[nodiscard]] base::Result<FoundRoute> find_route(net::Method method, std::string_view path);

// "GET, PATCH": what the path answers, as the header Allow has it (RFC 9110 section 10.2.1); empty
// where there is no such path.
[[nodiscard]] std::string allowed_methods(std::string_view path);

}  // namespace rekey::authority
