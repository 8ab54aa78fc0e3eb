// Values that are no secret in clear text: ciphertext, and placeholders for a secret that is kept
// elsewhere. To overwrite one would put the secret where somebody took care that it is not.
#pragma once

#include <string_view>

namespace rekey::documents {

// What the value is, to follow "the value is": "ciphertext of sops"; empty for any other value.
[[nodiscard]] std::string_view describe_elsewhere(std::string_view value) noexcept;

}  // namespace rekey::documents
