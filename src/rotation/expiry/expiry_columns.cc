#include "rotation/expiry/expiry_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <span>

#include "base/text.h"

namespace rekey::rotation {
namespace {

using base::Code;
using Headings = std::span<const std::string_view>;

constexpr std::array<std::string_view, 6> kPackage{
    "package", "package name", "installed package", "installed package name", "name", "app"};
constexpr std::array<std::string_view, 4> kClientId{"client id", "clientid", "client_id",
                                                    "consumer key"};
constexpr std::array<std::string_view, 4> kState{"state", "status", "secret status",
                                                 "client secret status"};
constexpr std::array<std::string_view, 7> kGenerated{
    "generated", "generated date", "generated at",  "generated on",
    "created",   "created date",   "date generated"};
constexpr std::array<std::string_view, 13> kExpires{"expires",
                                                    "expires at",
                                                    "expires on",
                                                    "expiry",
                                                    "expiry date",
                                                    "expiration",
                                                    "expiration date",
                                                    "expires_at",
                                                    "secret expiry",
                                                    "secret expiration",
                                                    "client secret expiration date",
                                                    "secret expiration date",
                                                    "client secret expiration"};
constexpr std::size_t kMostColumns = 1000;

std::optional<std::size_t> column_called(const CellRow& row, std::string_view heading) {
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    if (base::equal_ignoring_case(row.cells[i], heading)) return i;
  }
  return std::nullopt;
}

// The column whose heading stands first in `known`: "package" rather than "name".
std::optional<std::size_t> column_of(const CellRow& row, Headings known) {
  for (const std::string_view heading : known) {
    if (const auto column = column_called(row, heading)) return column;
  }
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

tl::unexpected<base::Error> wrong_columns(std::string_view what) {
  return base::fail(Code::kInvalidArgument,
                    fmt::format("--columns: {}; write it as package=1,expires=3 (a number from 1, "
                                "or a heading), with client_id, state and generated where the "
                                "table has them",
                                what));
}

std::optional<ColumnName> name_of(std::string_view text) {
  ColumnName name;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), name.number);
  const bool is_number = problem == std::errc{} && end == text.data() + text.size();
  if (!is_number)
    return text.empty() ? std::nullopt : std::optional(ColumnName{0, std::string(text)});
  if (name.number == 0 || name.number > kMostColumns) return std::nullopt;
  return name;
}

std::optional<ColumnName>* member_of(WantedColumns& wanted, std::string_view key) {
  if (key == "package") return &wanted.package;
  if (key == "client_id") return &wanted.client_id;
  if (key == "state") return &wanted.state;
  if (key == "generated") return &wanted.generated;
  return key == "expires" ? &wanted.expires : nullptr;
}

}  // namespace

base::Result<WantedColumns> parse_wanted_columns(std::string_view text) {
  WantedColumns wanted;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const std::size_t equals = part.find('=');
    const std::string_view key = trimmed(part.substr(0, equals));
    std::optional<ColumnName>* member = member_of(wanted, key);
    if (member == nullptr) return wrong_columns(fmt::format("no key is called \"{}\"", key));
    if (member->has_value()) return wrong_columns(fmt::format("{} stands twice", key));
    if (equals != std::string_view::npos) *member = name_of(trimmed(part.substr(equals + 1)));
    if (!member->has_value()) return wrong_columns(fmt::format("{} names no column", key));
  }
  if (!wanted.expires) return wrong_columns("expires is missing");
  if (!wanted.package && !wanted.client_id) return wrong_columns("package is missing");
  return wanted;
}

std::optional<ExpiryColumns> columns_by_known_headings(const CellRow& row) {
  ExpiryColumns columns{column_of(row, kPackage), column_of(row, kClientId), column_of(row, kState),
                        column_of(row, kGenerated), column_of(row, kExpires)};
  if (!columns.expires || (!columns.package && !columns.client_id)) return std::nullopt;
  return columns;
}

std::optional<ExpiryColumns> columns_as_told(const CellRow& row, const WantedColumns& wanted) {
  bool has_all = true;
  const auto find = [&](const std::optional<ColumnName>& name) -> std::optional<std::size_t> {
    if (!name) return std::nullopt;
    if (name->number != 0) return name->number - 1;
    const auto column = column_called(row, name->heading);
    has_all = has_all && column.has_value();
    return column;
  };
  ExpiryColumns columns{find(wanted.package), find(wanted.client_id), find(wanted.state),
                        find(wanted.generated), find(wanted.expires)};
  if (!has_all) return std::nullopt;
  return columns;
}

bool needs_headings(const WantedColumns& wanted) noexcept {
  for (const auto* name :
       {&wanted.package, &wanted.client_id, &wanted.state, &wanted.generated, &wanted.expires}) {
    if (*name && (*name)->number == 0) return true;
  }
  return false;
}

}  // namespace rekey::rotation
