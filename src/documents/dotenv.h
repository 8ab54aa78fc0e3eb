// Environment files: KEY=value, one a line (docs/documents.md has the dialect).
//
// There is no standard: shells, Docker and the dotenv libraries disagree. What they read
// differently is refused, and a new value is written so that they agree wherever that is possible.
#pragma once

#include "documents/document.h"

namespace rekey::documents {

[[nodiscard]] const Format& dotenv_format() noexcept;

}  // namespace rekey::documents
