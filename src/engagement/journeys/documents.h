// Documents of journeys and of event definitions: kept as their clients gave them, but for what the
// server alone says. Pure.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engagement/ids.h"
#include "net/json.h"

namespace rekey::engagement::journeys {

inline constexpr std::size_t kLongestDocument = 512 * 1024;  // bytes

// `given` without the members that are `ours`, and what only `before` has. Members are compared
// without regard to letter case. Activities and triggers that have no id get one.
[[nodiscard]] std::string document_of(const net::JsonValue& given, const net::JsonValue& before,
                                      std::initializer_list<std::string_view> ours, const Ids& ids);

// kInvalidArgument where it is longer than what is kept.
[[nodiscard]] base::Status check_document(std::string_view document);

// The document's members into an object that is open, but for those that are named.
void write_members(net::JsonWriter& body, const net::JsonValue& document,
                   std::initializer_list<std::string_view> except);

}  // namespace rekey::engagement::journeys
