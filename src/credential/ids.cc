#include "credential/ids.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace rekey::credential {
namespace {

constexpr std::string_view kPackagePrefix = "pkg_";
constexpr std::string_view kSecretPrefix = "sec_";

// The errors below echo nothing: a person may have pasted a secret where an id belongs.

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool is_base62(char c) {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

template <typename Id>
base::Result<Id> parse_number_id(std::string_view text, std::string_view prefix,
                                 std::string_view thing) {
  if (text.starts_with(prefix)) {
    const auto digits = text.substr(prefix.size());
    const char* const end = digits.data() + digits.size();
    Id id;
    const auto [stop, problem] = std::from_chars(digits.data(), end, id.value);
    if (problem == std::errc{} && stop == end && id.value > 0 && digits.front() != '0') return id;
  }
  return base::fail(base::Code::kInvalidArgument,
                    fmt::format("the id of a {} looks like {}17", thing, prefix));
}

}  // namespace

base::Result<ClientId> parse_client_id(std::string_view text) {
  if (text.size() != kClientIdSize || !std::all_of(text.begin(), text.end(), is_lower_or_digit)) {
    return base::fail(base::Code::kInvalidArgument,
                      "a client id is 24 characters, all of them a-z or 0-9");
  }
  return ClientId{std::string(text)};
}

base::Result<SlotTag> parse_slot_tag(std::string_view text) {
  if (text == kDefaultSlot) return default_slot();
  if (text.size() != kSlotTagSize || !std::all_of(text.begin(), text.end(), is_base62) ||
      text.find_first_not_of('0') == std::string_view::npos) {
    return base::fail(
        base::Code::kInvalidArgument,
        "a slot is \"-\" (the default one) or 6 letters and digits, not all of them 0");
  }
  return SlotTag{std::string(text)};
}

base::Result<std::string> parse_tenant_name(std::string_view text) {
  if (text.size() != kTenantNameSize || !text.starts_with("mc") ||
      !std::all_of(text.begin(), text.end(), is_lower_or_digit)) {
    return base::fail(base::Code::kInvalidArgument,
                      "a tenant's name is 28 characters: \"mc\" and then 26 of a-z or 0-9");
  }
  return std::string(text);
}

std::string to_text(PackageId id) {
  return fmt::format("{}{}", kPackagePrefix, id.value);
}
std::string to_text(SecretId id) {
  return fmt::format("{}{}", kSecretPrefix, id.value);
}

base::Result<PackageId> parse_package_id(std::string_view text) {
  return parse_number_id<PackageId>(text, kPackagePrefix, "package");
}

base::Result<SecretId> parse_secret_id(std::string_view text) {
  return parse_number_id<SecretId>(text, kSecretPrefix, "secret");
}

}  // namespace rekey::credential
