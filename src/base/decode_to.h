// Text decoders for the hot path: as those of text.h, into the caller's memory, without allocating.
//
// What fails is an error as there; what does not fit is kLimitReached.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace rekey::base {

// RFC 4648 section 4, padded. Gives the number of bytes.
[[nodiscard]] Result<std::size_t> base64_decode_to(std::string_view text,
                                                   std::span<std::uint8_t> out);
// application/x-www-form-urlencoded; `out` may begin where the text does. Gives the number of
// characters.
[[nodiscard]] Result<std::size_t> percent_decode_form_to(std::string_view text,
                                                         std::span<char> out);

}  // namespace rekey::base
