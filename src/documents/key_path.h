// The key of a document that is a tree: the way to one value, step by step.
//
// Dotted, "auth.clients.0.secret", with selectors, "values[key=et_clientSecret].value": the item of
// that list whose member "key" is the string "et_clientSecret". Or a JSON Pointer (RFC 6901) where
// it starts with '/', which reaches every name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rekey::documents {

struct Step {
  std::string name;          // a member's name or an item's index; for a selector its member
  bool is_selector = false;  // the item whose member `name` is `selected`
  std::string selected = {};
};
using Path = std::vector<Step>;

// kInvalidArgument where the key is neither.
[[nodiscard]] base::Result<Path> parse_path(std::string_view key);

}  // namespace rekey::documents
