// A row of the table of routes, and how a path finds its row.
//
// Paths do not depend on letter case (contract section 8 item 2); what stands for "{}" keeps its
// own.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engagement/answer.h"
#include "engagement/call.h"
#include "net/http.h"

namespace rekey::engagement {

enum class Access { kReads, kWrites };

struct Route {
  net::Method method;
  std::string_view pattern;  // "/hub/v1/dataevents/{}/rowset", in lower case; "{}" is one segment
  std::string_view scopes;   // all of them are needed (contract section 2.6), or kAnyone
  Access access;
  Answer (*run)(Call& call);
};

// Every route of every family.
[[nodiscard]] std::span<const Route> all_routes();

// The segments that stand for "{}", as sent, where the path has the pattern's shape.
[[nodiscard]] std::optional<std::vector<std::string_view>> match_path(std::string_view pattern,
                                                                      std::string_view path);

struct FoundRoute {
  const Route* route = nullptr;  // nullptr: the path is known, the method is not
  std::vector<std::string> parts;
  std::string allowed;  // "GET, POST": the path's methods
};
// nullopt where no route has such a path; kInvalidArgument where a part is badly encoded.
[[nodiscard]] base::Result<std::optional<FoundRoute>> find_route(std::span<const Route> routes,
                                                                 net::Method method,
                                                                 std::string_view path);

}  // namespace rekey::engagement
