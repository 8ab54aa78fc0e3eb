// Members of JSON objects that the room reads and writes in one way everywhere: instants, lists of
// texts, lists of numbers, policy settings.
//
// Readers give kInvalidArgument naming the member. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "credential/ids.h"
#include "credential/policy.h"
#include "net/json.h"

namespace rekey::authority {

// RFC 3339 in UTC; null for an absent one.
void write_instant(net::JsonWriter& json, std::string_view name, base::Instant at);
void write_instant(net::JsonWriter& json, std::string_view name,
                   const std::optional<base::Instant>& at);
void write_texts(net::JsonWriter& json, std::string_view name,
                 const std::vector<std::string>& texts);
void write_units(net::JsonWriter& json, std::string_view name,
                 const std::vector<credential::BusinessUnitId>& units);
// [{"key":…,"value":…},…] in order.
void write_settings(net::JsonWriter& json, std::string_view name,
                    const std::vector<credential::PolicySetting>& settings);

[[nodiscard]] base::Result<base::Instant> instant_member(const net::JsonValue& json,
                                                         std::string_view name);
// Absent and null are "no instant".
[[nodiscard]] base::Result<std::optional<base::Instant>> optional_instant_member(
    const net::JsonValue& json, std::string_view name);
// Absent and null are an empty list, here and below.
[[nodiscard]] base::Result<std::vector<std::string>> texts_member(const net::JsonValue& json,
                                                                  std::string_view name);
[[nodiscard]] base::Result<std::vector<credential::BusinessUnitId>> units_member(
    const net::JsonValue& json, std::string_view name);
[[nodiscard]] base::Result<std::vector<credential::PolicySetting>> settings_member(
    const net::JsonValue& json, std::string_view name);

// The same lists as whole documents: how the tables keep them.
[[nodiscard]] std::string texts_to_json(const std::vector<std::string>& texts);
[[nodiscard]] std::string units_to_json(const std::vector<credential::BusinessUnitId>& units);
[[nodiscard]] std::string settings_to_json(const std::vector<credential::PolicySetting>& settings);
[[nodiscard]] base::Result<std::vector<std::string>> texts_from_json(std::string_view text);
[[nodiscard]] base::Result<std::vector<credential::BusinessUnitId>> units_from_json(
    std::string_view text);
[[nodiscard]] base::Result<std::vector<credential::PolicySetting>> settings_from_json(
    std::string_view text);

}  // namespace rekey::authority
