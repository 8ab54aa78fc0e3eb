// JSON files, comments and trailing commas tolerated (docs/documents.md has the dialect).
//
// A key is a path (key_path.h). The whole document is read (RFC 8259), so that a broken one is
// never edited.
#pragma once

#include "documents/document.h"

namespace rekey::documents {

[[nodiscard]] const Format& json_format() noexcept;

}  // namespace rekey::documents
