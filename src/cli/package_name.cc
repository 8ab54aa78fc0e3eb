#include "cli/package_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "base/text.h"
#include "cli/output.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

bool is_package_id(std::string_view text) {
  constexpr std::string_view kPrefix = "pkg_";
  return text.size() > kPrefix.size() && text.starts_with(kPrefix) &&
         text.find_first_not_of("0123456789", kPrefix.size()) == std::string_view::npos;
}

bool may_be_client_id(std::string_view text) {
  constexpr std::size_t kLength = 24;
  return text.size() == kLength && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
         });
}

struct Named {
  std::string id;
  std::string client_id;
  bool is_exact = false;
};

std::vector<Named> all_named(const net::JsonValue& listed, std::string_view name) {
  std::vector<Named> found;
  const auto* packages = listed.find("packages");
  if (packages == nullptr) return found;
  for (const auto& item : packages->items()) {
    const auto* package = item.find("package");
    if (package == nullptr) continue;
    const auto own = package->string_member_or("name", "").value_or("");
    if (!base::equal_ignoring_case(own, name)) continue;
    const auto* integration = item.find("integration");
    found.push_back({text_or_dash(*package, "id"),
                     integration == nullptr ? "-" : text_or_dash(*integration, "client_id"),
                     own == name});
  }
  return found;
}

}  // namespace

Result<std::string> package_named(const net::JsonValue& listed, std::string_view name) {
  auto found = all_named(listed, name);
  const auto is_exact = [](const Named& one) { return one.is_exact; };
  if (std::any_of(found.begin(), found.end(), is_exact))
    std::erase_if(found, std::not_fn(is_exact));
  if (found.empty()) {
    return fail(Code::kNotFound,
                fmt::format("no package has the id, the client id or the name \"{}\"; see them "
                            "with: rekey package list",
                            name));
  }
  if (found.size() == 1) return found.front().id;
  std::vector<std::string> ids;
  ids.reserve(found.size());
  for (const Named& one : found)
    ids.push_back(fmt::format("{} (client id {})", one.id, one.client_id));
  return fail(Code::kInvalidArgument,
              fmt::format("{} packages are called \"{}\": {}; say which by its id", found.size(),
                          name, fmt::join(ids, ", ")));
}

Result<std::string> find_package(Api& api, const std::string& given) {
  if (is_package_id(given)) return given;
  if (may_be_client_id(given)) {
    const auto shown = api.get("/packages/" + given);
    if (shown || shown.error().code != Code::kNotFound) return given;
  }
  REKEY_TRY(const auto listed, api.get("/packages"));
  return package_named(listed.json, given);
}

}  // namespace rekey::cli
