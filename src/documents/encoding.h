// What a value goes through before it stands in a file: nothing, base64 (a Kubernetes Secret), or
// percent-encoding (an Airflow connection's URI). Pure, and total where it encodes: every value has
// one spelling, which reads back as the value.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace rekey::documents {

enum class Encoding {
  kPlain,
  kBase64,   // RFC 4648 section 4, padded, on one line
  kPercent,  // RFC 3986 section 2: everything but unreserved characters as %XX
};

[[nodiscard]] std::span<const std::string_view> encoding_names() noexcept;
// Of a name out of encoding_names; kPlain for any other.
[[nodiscard]] Encoding encoding_of(std::string_view name) noexcept;

[[nodiscard]] base::Secret encode_value(Encoding encoding, std::string_view value);

// kUnsupported where the text is not so encoded, or can be read in two ways: base64 with another
// padding or with line breaks, a '+' that is a blank for some, a '%' without two hex digits. No
// error holds any of it.
[[nodiscard]] base::Result<base::Secret> decode_value(Encoding encoding, std::string_view text);

}  // namespace rekey::documents
