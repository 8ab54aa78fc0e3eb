// The list that an element of a request means: by its ID, its ObjectID or its CustomerKey.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "engagement/contacts/list.h"
#include "engagement/soap/xml_reader.h"
#include "storage/sqlite.h"

namespace rekey::engagement::soap {

// A whole number in that child. kInvalidArgument naming it.
[[nodiscard]] base::Result<std::int64_t> whole_number(const XmlElement& object,
                                                      std::string_view name);

// Whether it means the list that has everybody, which is in no table.
[[nodiscard]] bool is_all_subscribers(const XmlElement& named);
// nullopt where the business unit has none that was made.
[[nodiscard]] base::Result<std::optional<contacts::List>> find_own_list(storage::Connection& tables,
                                                                        std::int64_t business_unit,
                                                                        const XmlElement& named);
// A sentence; All Subscribers cannot be changed.
[[nodiscard]] std::string no_such_list(const XmlElement& named);

}  // namespace rekey::engagement::soap
