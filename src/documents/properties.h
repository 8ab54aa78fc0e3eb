// Java's .properties files, as java.util.Properties reads them.
// docs/documents.md says what is read and what is refused.
#pragma once

#include "documents/document.h"

namespace rekey::documents {

[[nodiscard]] const Format& properties_format() noexcept;

}  // namespace rekey::documents
