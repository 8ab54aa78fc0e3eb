#include "rotation/expiry/expiry_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"
#include "rotation/expiry/cells.h"

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
// What stands where a secret has no such date.
constexpr std::array<std::string_view, 6> kNoDate{"", "-", "–", "—", "n/a", "none"};

constexpr std::size_t kMostProblems = 20;

struct Columns {
  std::optional<std::size_t> package;
  std::optional<std::size_t> client_id;
  std::optional<std::size_t> state;
  std::optional<std::size_t> generated;
  std::optional<std::size_t> expires;
};

bool is_one_of(std::string_view text, Headings known) {
  return std::any_of(known.begin(), known.end(), [text](std::string_view heading) {
    return base::equal_ignoring_case(text, heading);
  });
}

// The column whose heading stands first in `known`: "package" rather than "name".
std::optional<std::size_t> column_of(const CellRow& row, Headings known) {
  for (const std::string_view heading : known) {
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      if (base::equal_ignoring_case(row.cells[i], heading)) return i;
    }
  }
  return std::nullopt;
}

std::optional<Columns> columns_of(const CellRow& row) {
  Columns columns{column_of(row, kPackage), column_of(row, kClientId), column_of(row, kState),
                  column_of(row, kGenerated), column_of(row, kExpires)};
  if (!columns.expires || (!columns.package && !columns.client_id)) return std::nullopt;
  return columns;
}

std::string cell(const CellRow& row, std::optional<std::size_t> column) {
  return column && *column < row.cells.size() ? row.cells[*column] : std::string();
}

class TableReader {
 public:
  TableReader(const Columns& columns, std::span<const CellRow> rows, DateOrder order)
      : columns_(columns), rows_(rows), order_(order) {}

  base::Result<std::vector<ExpiryRow>> read() {
    if (order_ == DateOrder::kUnknown) learn_order();
    std::vector<ExpiryRow> found;
    for (const CellRow& row : rows_) {
      if (columns_of(row)) continue;  // the headings again, on a page of several parts
      ExpiryRow entry{row.line,
                      cell(row, columns_.package),
                      cell(row, columns_.client_id),
                      cell(row, columns_.state),
                      date(row, columns_.generated),
                      date(row, columns_.expires)};
      if (entry.package.empty() && entry.client_id.empty()) continue;
      found.push_back(std::move(entry));
    }
    if (!problems_.empty()) {
      return base::fail(Code::kInvalidArgument, fmt::format("{}", fmt::join(problems_, "\n")));
    }
    return found;
  }

 private:
  // One date with a number above 12 decides for the whole table: one page, one order.
  void learn_order() {
    for (const CellRow& row : rows_) {
      for (const auto column : {columns_.expires, columns_.generated}) {
        const DateOrder told = order_told_by(cell(row, column));
        if (told == DateOrder::kUnknown) continue;
        if (order_ != DateOrder::kUnknown && told != order_) {
          add_problem(row, "has its month at another place than the rows before");
        }
        order_ = told;
      }
    }
  }

  std::optional<base::Instant> date(const CellRow& row, std::optional<std::size_t> column) {
    const std::string text = cell(row, column);
    if (is_one_of(text, kNoDate)) return std::nullopt;
    const auto at = parse_date_text(text, order_);
    if (at) return *at;
    add_problem(row, at.error() == DateProblem::kAmbiguous
                         ? fmt::format("\"{}\" could be two days: say which number is the month "
                                       "with --date-order mdy or dmy",
                                       text)
                         : fmt::format("\"{}\" is no date that can be read: write it as "
                                       "2027-03-19",
                                       text));
    return std::nullopt;
  }

  void add_problem(const CellRow& row, std::string_view what) {
    if (problems_.size() < kMostProblems) {
      problems_.push_back(fmt::format("line {}: {}", row.line, what));
    }
  }

  const Columns& columns_;
  std::span<const CellRow> rows_;
  DateOrder order_;
  std::vector<std::string> problems_;
};

}  // namespace

base::Result<std::vector<ExpiryRow>> read_expiry_table(std::string_view text, DateOrder order) {
  REKEY_TRY(const std::vector<CellTable> tables, read_cells(text));
  std::vector<std::string> seen;
  for (const CellTable& table : tables) {
    for (std::size_t i = 0; i < table.size(); ++i) {
      const auto columns = columns_of(table[i]);
      if (!columns) continue;
      return TableReader(*columns, std::span(table).subspan(i + 1), order).read();
    }
    if (!table.empty()) seen.push_back(fmt::format("{}", fmt::join(table.front().cells, ", ")));
  }
  if (seen.empty()) return base::fail(Code::kInvalidArgument, "there is no table in this text");
  if (seen.size() > 3) seen.resize(3);
  return base::fail(
      Code::kInvalidArgument,
      fmt::format("no table with a package and an end date: copy the table together with its "
                  "headings, such as \"Package Name\" and \"Expiration Date\"; headings found: {}",
                  fmt::join(seen, " | ")));
}

}  // namespace rekey::rotation
