#include "engagement/route.h"

#include <algorithm>

#include "base/text.h"

namespace rekey::engagement {

namespace {

// The first segment of a path that starts with a slash; it is taken off with its slash.
std::string_view take_segment(std::string_view& path) noexcept {
  path.remove_prefix(1);
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

base::Result<std::vector<std::string>> decoded(const std::vector<std::string_view>& parts) {
  std::vector<std::string> texts;
  for (const std::string_view part : parts) {
    REKEY_TRY(std::string text, decode_path_part(part));
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace

std::optional<std::vector<std::string_view>> match_path(std::string_view pattern,
                                                        std::string_view path) {
  // "/hub/v1/campaigns/" is "/hub/v1/campaigns" (contract section 5.3).
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  std::vector<std::string_view> parts;
  while (pattern.starts_with('/') && path.starts_with('/')) {
    const std::string_view expected = take_segment(pattern);
    const std::string_view found = take_segment(path);
    if (expected == "{}") {
      if (found.empty()) return std::nullopt;
      parts.push_back(found);
    } else if (!base::equal_ignoring_case(expected, found)) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parts;
}

base::Result<std::optional<FoundRoute>> find_route(std::span<const Route> routes,
                                                   net::Method method, std::string_view path) {
  std::optional<FoundRoute> found;
  for (const Route& route : routes) {
    const auto parts = match_path(route.pattern, path);
    if (!parts) continue;
    if (!found) found.emplace();
    found->allowed += found->allowed.empty() ? "" : ", ";
    found->allowed += net::name_of(route.method);
    if (route.method != method || found->route != nullptr) continue;
    found->route = &route;
    REKEY_TRY(found->parts, decoded(*parts));
  }
  return found;
}

}  // namespace rekey::engagement
