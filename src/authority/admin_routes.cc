#include "authority/admin_routes.h"

#include <fmt/format.h>

#include <optional>

#include "authority/admin_audiences.h"
#include "authority/admin_keys.h"
#include "authority/admin_known.h"
#include "authority/admin_leaks.h"
#include "authority/admin_packages.h"
#include "authority/admin_reports.h"
#include "authority/admin_secrets.h"

namespace rekey::authority {

namespace {

using base::Code;
using net::Method;

constexpr std::string_view kRefusalsParameters[] = {"client_id"};
constexpr std::string_view kPageParameters[] = {"after", "limit"};

constexpr AdminRoute reads(std::string_view pattern, AdminRead read,
                           std::span<const std::string_view> parameters = {}) {
  return {Method::kGet, pattern, read, nullptr, parameters};
}
constexpr AdminRoute changes(Method method, std::string_view pattern, AdminPlan plan) {
  return {method, pattern, nullptr, plan, {}};
}

constexpr AdminRoute kRoutes[] = {
    reads("/api/v1/status", show_status),
    reads("/api/v1/policy", show_policy),
    changes(Method::kPatch, "/api/v1/policy", change_policy),
    reads("/api/v1/keys", list_keys),
    changes(Method::kPost, "/api/v1/keys", rotate_key),
    reads("/api/v1/audiences", list_audiences),
    changes(Method::kPost, "/api/v1/audiences", declare_audience),
    changes(Method::kPost, "/api/v1/audiences/remove", remove_audience),
    reads("/api/v1/packages", list_packages),
    changes(Method::kPost, "/api/v1/packages", create_package),
    reads("/api/v1/packages/{}", show_package),
    changes(Method::kPatch, "/api/v1/packages/{}", edit_package),
    changes(Method::kDelete, "/api/v1/packages/{}", delete_package),
    changes(Method::kPost, "/api/v1/packages/{}/enable", enable_package),
    changes(Method::kPost, "/api/v1/packages/{}/disable", disable_package),
    reads("/api/v1/integrations/{}", show_integration),
    reads("/api/v1/integrations/{}/secrets", list_secrets),
    changes(Method::kPost, "/api/v1/integrations/{}/secrets", stage_secret),
    changes(Method::kPost, "/api/v1/integrations/{}/secrets/import", import_secret),
    changes(Method::kPost, "/api/v1/integrations/{}/activate", activate_secret),
    changes(Method::kPost, "/api/v1/integrations/{}/undo-activation", undo_activation),
    changes(Method::kPost, "/api/v1/integrations/{}/secrets/{}/revoke", revoke_secret),
    changes(Method::kPost, "/api/v1/integrations/{}/secrets/{}/revoke-tokens",
            revoke_tokens_of_secret),
    changes(Method::kPost, "/api/v1/packages/{}/revoke-tokens", revoke_tokens),
    reads("/api/v1/integrations/{}/usage", show_usage),
    reads("/api/v1/refusals", show_refusals, kRefusalsParameters),
    reads("/api/v1/events", show_events, kPageParameters),
    reads("/api/v1/known-secrets", list_known_secrets, kPageParameters),
    changes(Method::kPost, "/api/v1/known-secrets/key", give_search_key),
    reads(kLeaksPath, list_leaks),
    changes(Method::kPost, kLeaksPath, report_leaks),
    changes(Method::kPost, "/local/v1/recover", recover_admin_secret),
};

// What stands in place of each "{}"; nullopt where the path is another.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> ids;
  while (!pattern.empty()) {
    if (pattern.starts_with("{}")) {
      const std::size_t size = std::min(path.find('/'), path.size());
      if (size == 0) return std::nullopt;
      ids.emplace_back(path.substr(0, size));
      pattern.remove_prefix(2);
      path.remove_prefix(size);
    } else {
      if (path.empty() || path.front() != pattern.front()) return std::nullopt;
      pattern.remove_prefix(1);
      path.remove_prefix(1);
    }
  }
  if (!path.empty()) return std::nullopt;
  return ids;
}

}  // namespace

base::Result<FoundRoute> find_route(Method method, std::string_view path) {
  for (const AdminRoute& route : kRoutes) {
    if (route.method != method) continue;
    if (auto ids = match(route.pattern, path)) return FoundRoute{&route, *std::move(ids)};
  }
  const std::string allowed = allowed_methods(path);
  if (allowed.empty()) {
    return base::fail(Code::kNotFound, fmt::format("the admin API has no {}", path));
  }
  return base::fail(Code::kUnsupported,
                    fmt::format("{} answers {}, not {}", path, allowed, name_of(method)));
}

std::string allowed_methods(std::string_view path) {
  std::string allowed;
  for (const AdminRoute& route : kRoutes) {
    if (!match(route.pattern, path)) continue;
    allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", name_of(route.method));
  }
  return allowed;
}

}  // namespace rekey::authority
