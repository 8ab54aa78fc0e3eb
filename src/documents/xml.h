// XML 1.0 without a DOCTYPE: values of attributes and texts of elements.
// docs/documents.md says what is read and what is refused.
#pragma once

#include "documents/document.h"

namespace rekey::documents {

[[nodiscard]] const Format& xml_format() noexcept;

}  // namespace rekey::documents
