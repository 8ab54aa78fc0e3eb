#include "credential/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/printable.h"
#include "base/text.h"
#include "credential/secret_format.h"

namespace rekey::credential {
namespace {

using base::Code;
using base::Status;

constexpr std::size_t kLongestName = 200;
constexpr std::size_t kLongestLabel = 200;
constexpr std::size_t kLongestText = 2000;
constexpr std::size_t kLongestList = 50;
constexpr std::int64_t kLargestBusinessUnit = 9'999'999'999;

auto invalid(std::string_view member, std::string_view problem) {
  return base::fail(Code::kInvalidArgument, fmt::format("{} {}", member, problem));
}

bool holds_secret(std::string_view text) noexcept {
  for (; text.size() >= kSecretSize; text.remove_prefix(1)) {
    if (is_well_formed_secret(text.substr(0, kSecretSize))) return true;
  }
  return false;
}

Status check_list(std::string_view member, const std::vector<std::string>& texts) {
  if (texts.size() > kLongestList) {
    return invalid(member, fmt::format("has {} entries; at most {}", texts.size(), kLongestList));
  }
  for (const auto& text : texts) {
    if (text.empty()) return invalid(member, "has an empty entry");
    REKEY_CHECK(check_text(member, text, kLongestName));
  }
  return {};
}

bool is_web_address(std::string_view text) noexcept {
  return text.starts_with("https://") || text.starts_with("http://");
}

}  // namespace

Status check_text(std::string_view member, std::string_view text, std::size_t most_bytes) {
  if (text.size() > most_bytes) {
    return invalid(member, fmt::format("has {} bytes; at most {}", text.size(), most_bytes));
  }
  if (!base::is_valid_utf8(text)) return invalid(member, "is not valid UTF-8");
  if (const auto hidden = base::find_hidden_character(text)) {
    return invalid(member, fmt::format("holds {}; take it out, typing the text again where it "
                                       "cannot be seen",
                                       base::describe_hidden_character(*hidden)));
  }
  if (holds_secret(text)) {
    return invalid(member,
                   "holds a client secret, which would stay readable for ever; take it out, "
                   "and rotate that secret if others have seen it");
  }
  return {};
}

Status check_label(std::string_view label) {
  return check_text("label", label, kLongestLabel);
}

Status check_reason(std::string_view reason) {
  if (reason.empty()) return invalid("reason", "is needed: say why, for whoever reads the ledger");
  return check_text("reason", reason, kLongestText);
}

Status check_package(const PackageFacts& package) {
  if (package.name.empty()) return invalid("name", "is empty; give the package a name");
  REKEY_CHECK(check_text("name", package.name, kLongestName));
  REKEY_CHECK(check_text("description", package.description, kLongestText));
  REKEY_CHECK(check_list("owners", package.owners));
  REKEY_CHECK(check_list("contacts", package.contacts));
  REKEY_CHECK(check_text("documentation_link", package.documentation_link, kLongestText));
  if (!package.documentation_link.empty() && !is_web_address(package.documentation_link)) {
    return invalid("documentation_link", "must start with https:// or http://");
  }
  return {};
}

Status check_scopes(const std::vector<std::string>& scopes, bool is_admin) {
  if (scopes.size() > kMaxScopes) {
    return invalid("scopes", fmt::format("has {} names; at most {}", scopes.size(), kMaxScopes));
  }
  std::set<std::string_view> seen;
  for (const auto& name : scopes) {
    if (!is_scope_name(name)) return invalid("scopes", "holds something that is not a scope name");
    REKEY_CHECK(check_text("scopes", name, kLongestName));
    if (!seen.insert(name).second) return invalid("scopes", fmt::format("names {} twice", name));
  }
  if (seen.contains(kAdminScope) == is_admin) return {};
  return invalid("scopes",
                 is_admin
                     ? fmt::format("must keep {}: the admin package is the way in", kAdminScope)
                     : fmt::format("may not hold {}: only the admin package has it", kAdminScope));
}

Status check_package_policy(const Policy& tenant, const std::vector<PolicySetting>& overrides) {
  if (overrides.size() > kLongestList) {
    return invalid("policy",
                   fmt::format("has {} settings; at most {}", overrides.size(), kLongestList));
  }
  for (const auto& setting : overrides) {
    REKEY_CHECK(check_text("policy", setting.key, kLongestName));
    REKEY_CHECK(check_text("policy", setting.value, kLongestName));
  }
  return check_overrides(tenant, overrides);
}

Status check_business_units(const std::vector<BusinessUnitId>& units, BusinessUnitId home) {
  if (units.size() > kLongestList) {
    return invalid("business_units",
                   fmt::format("has {} entries; at most {}", units.size(), kLongestList));
  }
  std::set<BusinessUnitId> seen;
  for (const auto unit : units) {
    if (unit.value <= 0 || unit.value > kLargestBusinessUnit) {
      return invalid("business_units", fmt::format("holds {}, which is not a MID", unit.value));
    }
    if (!seen.insert(unit).second) {
      return invalid("business_units", fmt::format("names {} twice", unit.value));
    }
  }
  if (seen.contains(home)) return {};
  return invalid("business_units",
                 fmt::format("must hold {}, where the integration is at home", home.value));
}

}  // namespace rekey::credential
