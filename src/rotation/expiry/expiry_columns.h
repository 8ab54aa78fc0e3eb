// Which column of an expiry table holds what: known by its heading, or told by whoever pasted it.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "rotation/expiry/cells.h"

namespace rekey::rotation {

// A column as a person names it: its number from 1, or, where that is 0, its heading.
struct ColumnName {
  std::size_t number = 0;
  std::string heading;
};

struct WantedColumns {
  std::optional<ColumnName> package{};
  std::optional<ColumnName> client_id{};
  std::optional<ColumnName> state{};
  std::optional<ColumnName> generated{};
  std::optional<ColumnName> expires{};
};

// "package=1,expires=3,client_id=Client Id". kInvalidArgument for another key, one that stands
// twice, and where `expires`, or both `package` and `client_id`, are missing.
[[nodiscard]] base::Result<WantedColumns> parse_wanted_columns(std::string_view text);

// Indices into the cells of a row.
struct ExpiryColumns {
  std::optional<std::size_t> package;
  std::optional<std::size_t> client_id;
  std::optional<std::size_t> state;
  std::optional<std::size_t> generated;
  std::optional<std::size_t> expires;
};

// By the known headings of Setup, where `row` has one for an end date and one for a package or a
// client id.
[[nodiscard]] std::optional<ExpiryColumns> columns_by_known_headings(const CellRow& row);
// By what was told, where `row` has every heading of it.
[[nodiscard]] std::optional<ExpiryColumns> columns_as_told(const CellRow& row,
                                                           const WantedColumns& wanted);
// True where a heading is among what was told, so that a row of headings has to be there.
[[nodiscard]] bool needs_headings(const WantedColumns& wanted) noexcept;

}  // namespace rekey::rotation
