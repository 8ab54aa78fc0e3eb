// The send definition that an element of a write means.
#pragma once

#include "base/result.h"
#include "engagement/sends/send_definition.h"
#include "engagement/soap/write_call.h"

namespace rekey::engagement::soap {

// By CustomerKey, or else by ObjectID. kNotFound where the business unit has none.
[[nodiscard]] base::Result<sends::SendDefinition> meant_send_definition(const WriteCall& call,
                                                                        const XmlElement& named);

}  // namespace rekey::engagement::soap
