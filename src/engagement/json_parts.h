// JSON as the clients of this API write it: member names in any letter case, values written back as
// they came, instants without a zone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "net/json.h"

namespace rekey::engagement {

// The member of that name, whatever its letter case (contract section 4.0); nullptr where absent or
// where `object` is none.
[[nodiscard]] const net::JsonValue* find_member(const net::JsonValue& object,
                                                std::string_view name) noexcept;
// Absent or null gives nullopt; kInvalidArgument naming the member where it is of another kind.
[[nodiscard]] base::Result<std::optional<std::string>> text_member(const net::JsonValue& object,
                                                                   std::string_view name);
[[nodiscard]] base::Result<std::optional<std::int64_t>> number_member(const net::JsonValue& object,
                                                                      std::string_view name);
[[nodiscard]] base::Result<std::optional<bool>> truth_member(const net::JsonValue& object,
                                                             std::string_view name);

// The text of a string, number or truth; nullopt for null; kInvalidArgument for a list or an
// object.
[[nodiscard]] base::Result<std::optional<std::string>> scalar_text(const net::JsonValue& value);

void write_value(net::JsonWriter& json, const net::JsonValue& value);

// "2026-09-01T10:00:00": UTC, without a zone and below the second cut off.
[[nodiscard]] std::string stamp(base::Instant at);

}  // namespace rekey::engagement
