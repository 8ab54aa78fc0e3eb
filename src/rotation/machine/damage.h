// Whether a value that stands in a sink is what a run wrote there, damaged on its way: cut off by a
// field's length, quoted, encoded once more, emptied.
//
// Pure. A store that damages what it is given leaves a value that the issuer refuses and that
// nobody chose. To tell it from somebody else's value, which is never overwritten, time is no
// proof: somebody may write in the moment between a write and its read-back. Its own text is.
#pragma once

#include <string_view>

namespace rekey::rotation {

// True where `found` is not `written` and holds nothing or, in any case of letters, at least half
// of it (8 characters or more) in one piece, as it is or in base64 or percent-encoding; or is
// itself such a piece of it. Two secrets of one issuer share a prefix and no more.
[[nodiscard]] bool is_damaged_copy(std::string_view found, std::string_view written);

}  // namespace rekey::rotation
