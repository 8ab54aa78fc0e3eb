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

// A normalised key without what says which of several it is: "clientsecretold", "clientsecrets2".
// The key itself where nothing of it would be left.
[[nodiscard]] std::string_view without_variant(std::string_view key) noexcept;

// Of a table with a first line of names, as CSV has it: the names, normalised, as far as they go.
struct TableHead {
  char separator = '\0';
  std::vector<std::string> names;  // empty: the text is no table
};
[[nodiscard]] TableHead table_head(std::string_view text);

// The name of the column in which the value stands that begins at `at`; empty where it stands in
// the first line or in no column.
[[nodiscard]] std::string_view column_name(const TableHead& head, std::string_view text,
                                           std::size_t at);

// Whether `left` ends in a client id and a colon, as in "id:secret" (RFC 7617, and URIs).
[[nodiscard]] bool ends_in_client_id(std::string_view left) noexcept;

// Whether `right` begins with a colon and what is as long as a client secret: the rest of such a
// pair.
[[nodiscard]] bool begins_with_paired_secret(std::string_view right) noexcept;

// Where the value begins, of at least `shortest` characters, that belongs to a name which ends
// behind `at`; npos where none does.
[[nodiscard]] std::size_t value_behind(std::string_view text, std::size_t at,
                                       std::size_t shortest) noexcept;

}  // namespace rekey::discovery
