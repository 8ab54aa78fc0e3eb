// The object types that the SOAP API knows (contract sections 4.8 to 4.10).
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "engagement/data_extensions/definition.h"
#include "engagement/soap/object_type.h"

namespace rekey::engagement::soap {

[[nodiscard]] const std::vector<ObjectType>& contact_types();         // Subscriber
[[nodiscard]] const std::vector<ObjectType>& list_types();            // List, ListSubscriber
[[nodiscard]] const std::vector<ObjectType>& data_extension_types();  // DataExtension, …
[[nodiscard]] const std::vector<ObjectType>& send_types();            // TriggeredSendDefinition
[[nodiscard]] const std::vector<ObjectType>& tracking_types();        // SentEvent, …, Send, …
// BusinessUnit and AccountUser: ?4 is a JSON array of them, as accounts_json() writes it.
[[nodiscard]] const std::vector<ObjectType>& account_types();

// By its exact name; nullptr where it is none. Not DataExtensionObject.
[[nodiscard]] const ObjectType* find_type(std::string_view name);

inline constexpr std::string_view kRowType = "DataExtensionObject";
// The rows of one data extension: its columns are the properties.
[[nodiscard]] ObjectType row_type(const data_extensions::Definition& definition);

}  // namespace rekey::engagement::soap
