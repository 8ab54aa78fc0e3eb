// The names of things in the domain.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.h"
#include "base/result.h"

namespace rekey::credential {

using TenantId = base::NumberId<struct TenantTag>;
using IntegrationId = base::NumberId<struct IntegrationTag>;
using PackageId = base::NumberId<struct PackageTag>;
using SecretId = base::NumberId<struct SecretTag>;

// 24 characters of [a-z0-9] (contract section 3.4).
using ClientId = base::TextId<struct ClientIdTag>;
// "-" for the default slot, else 6 characters of [0-9A-Za-z], not all '0'.
using SlotTag = base::TextId<struct SlotTagTag>;
// MID of a business unit, EID of an enterprise: positive, at most 10 digits.
using BusinessUnitId = base::NumberId<struct BusinessUnitTag>;

inline constexpr std::string_view kDefaultSlot = "-";
inline constexpr std::size_t kClientIdSize = 24;
inline constexpr std::size_t kSlotTagSize = 6;
inline constexpr std::size_t kTenantNameSize = 28;

[[nodiscard]] inline SlotTag default_slot() {
  return SlotTag{std::string(kDefaultSlot)};
}

[[nodiscard]] base::Result<ClientId> parse_client_id(std::string_view text);
[[nodiscard]] base::Result<SlotTag> parse_slot_tag(std::string_view text);
// A tenant's name is its subdomain: 28 characters, "mc" and then [a-z0-9] (contract section 8.3).
[[nodiscard]] base::Result<std::string> parse_tenant_name(std::string_view text);

// "pkg_1", "sec_17": what people and scripts see.
[[nodiscard]] std::string to_text(PackageId id);
[[nodiscard]] std::string to_text(SecretId id);
[[nodiscard]] base::Result<PackageId> parse_package_id(std::string_view text);
[[nodiscard]] base::Result<SecretId> parse_secret_id(std::string_view text);

}  // namespace rekey::credential
