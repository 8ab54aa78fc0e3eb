// TOML 1.0.
// docs/documents.md says what is read and what is refused.
#pragma once

#include "documents/document.h"

namespace rekey::documents {

[[nodiscard]] const Format& toml_format() noexcept;

}  // namespace rekey::documents
