// A value that is only a part of the text at a key: one setting of a connection string, or the
// password of a URI. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace rekey::documents {

// "connection:NAME" (NAME=value;NAME=value, names without regard to case) or "uri:password"
// (scheme://user:password@host). kInvalidArgument for anything else.
[[nodiscard]] base::Status check_part(std::string_view part);

// Whether what stands there is percent-encoded by the rules of its form.
[[nodiscard]] bool is_percent_encoded(std::string_view part) noexcept;

struct PartSpan {
  std::size_t begin = 0;  // byte offset in the text
  std::size_t end = 0;
};

// Where the part lies. kNotFound where there is none; kConflict where it is there twice;
// kUnsupported where readers would find it in different places, with the reason. No error holds any
// of the text.
[[nodiscard]] base::Result<PartSpan> locate_part(std::string_view part, std::string_view text);

// The text with that part replaced, located and compared again. kInvalidArgument where the form
// cannot carry it.
[[nodiscard]] base::Result<base::Secret> replace_part(std::string_view part, std::string_view text,
                                                      std::string_view value);

}  // namespace rekey::documents
