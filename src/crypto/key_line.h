// A key in a file, one line: its label, a blank, and 43 characters of base64url, and a line feed.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/root_key.h"

namespace rekey::crypto {

// What a kind of key is called.
struct KeyName {
  std::string_view label;  // with the blank: "rekey-root-key-1 "
  std::string_view words;  // for people: "root key"
};

// kKeySize random bytes.
[[nodiscard]] base::Secret random_key();
// Of kKeySize bytes.
[[nodiscard]] base::Secret format_key_line(const KeyName& name, const base::Secret& key);
// kInvalidArgument where the text is not such a line; never echoes it.
[[nodiscard]] base::Result<base::Secret> parse_key_line(const KeyName& name, std::string_view text);

}  // namespace rekey::crypto
