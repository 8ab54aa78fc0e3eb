// What stands around a candidate: the name of its key, and words nearby. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rekey::discovery {

// The name of the key of the value that begins where `left` ends, normalised; empty where none is
// near. Steps over what stands between a name and its value in JSON, XML, YAML, tables of names and
// values, and comma lists.
[[nodiscard]] std::string nearest_key(std::string_view left);

// Whether one of the words, which are in lower case, stands in the text, in any case.
[[nodiscard]] bool has_word_near(std::string_view text, const std::vector<std::string>& words);

// Whether `left` ends in a client id and a colon, as in "id:secret" (RFC 7617, and URIs).
[[nodiscard]] bool ends_in_client_id(std::string_view left) noexcept;

// Where the value begins that belongs to a name which ends at `at`; npos where none does.
[[nodiscard]] std::size_t value_behind(std::string_view text, std::size_t at) noexcept;

}  // namespace rekey::discovery
