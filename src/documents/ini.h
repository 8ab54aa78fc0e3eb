// Files of sections and options, as Python's configparser reads them.
// docs/documents.md says what is read and what is refused.
#pragma once

#include "documents/document.h"

namespace rekey::documents {

[[nodiscard]] const Format& ini_format() noexcept;

}  // namespace rekey::documents
