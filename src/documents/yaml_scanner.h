// Reads a YAML document into a tree of places: the part of YAML that configuration uses, strictly.
//
// Block and flow mappings and sequences, plain and quoted scalars, block scalars, comments, one
// document. Anchors, aliases, tags and merge keys are noted as refusals where they stand.
#pragma once

#include <string_view>

#include "base/result.h"
#include "documents/tree.h"

namespace rekey::documents {

// kCorrupt where it is no YAML; kUnsupported for YAML that is not read: directives, several
// documents, names that are more than a text. An empty document is an empty tree.
[[nodiscard]] base::Result<Tree> scan_yaml(std::string_view document);

}  // namespace rekey::documents
