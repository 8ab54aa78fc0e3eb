// YAML, in the part of it that configuration uses.
// docs/documents.md says what is read and what is refused.
#pragma once

#include "documents/document.h"

namespace rekey::documents {

[[nodiscard]] const Format& yaml_format() noexcept;

}  // namespace rekey::documents
