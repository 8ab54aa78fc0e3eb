#include "rotation/expiry/expiry_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/printable.h"
#include "base/text.h"
#include "rotation/expiry/cells.h"

namespace rekey::rotation {
namespace {

using base::Code;

// What stands where a secret has no such date, and of those what tells something of it.
constexpr std::array<std::string_view, 6> kNoDate{"", "-", "–", "—", "n/a", "none"};
constexpr std::array<std::string_view, 2> kNoDateButNews{"expired", "never"};

constexpr std::size_t kMostProblems = 20;

bool is_one_of(std::string_view text, std::span<const std::string_view> known) {
  return std::any_of(known.begin(), known.end(),
                     [text](std::string_view one) { return base::equal_ignoring_case(text, one); });
}

std::string cell(const CellRow& row, std::optional<std::size_t> column) {
  return column && *column < row.cells.size() ? row.cells[*column] : std::string();
}

std::string shown(std::string_view text) {
  return base::escape_hidden(text, base::EscapeForm::kBraces);
}

std::string problem_text(const std::string& text, DateProblem problem) {
  const std::string quoted = fmt::format("\"{}\"", shown(text));
  switch (problem) {
    case DateProblem::kUnreadable:
      return quoted + " is no date that can be read; write it as 2027-03-19";
    case DateProblem::kAmbiguous:
      return quoted +
             " could be two days; say which number is the month with --date-order mdy or dmy";
    case DateProblem::kShortYear:
      return quoted +
             " has a year of two digits; say in which order it is written with --date-order mdy or "
             "dmy";
    case DateProblem::kZone:
      return quoted +
             " names a time zone that is not known here; write the time in UTC, or the day alone";
    case DateProblem::kWeekday:
      return quoted + " is not that day of the week; mend the one that is wrong";
  }
  return quoted;
}

class TableReader {
 public:
  using Wanted = std::optional<WantedColumns>;
  TableReader(const ExpiryColumns& columns, std::span<const CellRow> rows, DateOrder order)
      : columns_(columns), rows_(rows), order_(order) {}

  base::Result<ExpiryTable> read(const Wanted& wanted) {
    if (order_ == DateOrder::kUnknown) REKEY_CHECK(learn_order());
    for (const CellRow& row : rows_) {
      // The headings again, on a page of several parts.
      if (is_headings(row, wanted)) continue;
      read_row(row);
    }
    if (table_.rows.empty() && !table_.left.empty()) return fail_with_all();
    return std::move(table_);
  }

 private:
  static bool is_headings(const CellRow& row, const Wanted& wanted) {
    if (!wanted) return columns_by_known_headings(row).has_value();
    return needs_headings(*wanted) && columns_as_told(row, *wanted).has_value();
  }

  void read_row(const CellRow& row) {
    ExpiryRow entry{row.line,
                    cell(row, columns_.package),
                    cell(row, columns_.client_id),
                    cell(row, columns_.state),
                    {},
                    {}};
    if (entry.package.empty() && entry.client_id.empty()) return;
    const std::string generated = cell(row, columns_.generated);
    const std::string expires = cell(row, columns_.expires);
    if (!is_one_of(expires, kNoDate) && !is_one_of(expires, kNoDateButNews)) {
      const auto at = parse_date_text(expires, order_);
      if (!at) return leave(entry, problem_text(expires, at.error()));
      entry.expires_at = *at;
    } else {
      note_no_end(entry, expires);
    }
    if (!is_one_of(generated, kNoDate)) {
      const auto at = parse_date_text(generated, order_);
      if (at) entry.generated_at = *at;
      if (!at) leave(entry, problem_text(generated, at.error()) + "; the rest of the row is taken");
    }
    table_.rows.push_back(std::move(entry));
  }

  // One date with a number above 12 decides for the whole table: one page, one order.
  base::Status learn_order() {
    for (const CellRow& row : rows_) {
      for (const auto column : {columns_.expires, columns_.generated}) {
        const DateOrder told = order_told_by(cell(row, column));
        if (told == DateOrder::kUnknown) continue;
        if (order_ != DateOrder::kUnknown && told != order_) {
          return base::fail(Code::kInvalidArgument,
                            fmt::format("line {}: \"{}\" has its month at another place than the "
                                        "rows before; mend the one that is wrong",
                                        row.line, shown(cell(row, column))));
        }
        order_ = told;
      }
    }
    return {};
  }

  static std::string subject_of(const ExpiryRow& entry) {
    return shown(entry.package.empty() ? entry.client_id : entry.package);
  }

  void leave(const ExpiryRow& entry, std::string_view what) {
    const std::string place = entry.line > 0 ? fmt::format("line {}: ", entry.line) : "";
    table_.left.push_back(fmt::format("{}{}: {}", place, subject_of(entry), what));
  }

  void note_no_end(const ExpiryRow& entry, const std::string& said) {
    table_.notes.push_back(fmt::format(
        "{}: the table {}, so no end date is taken from it", subject_of(entry),
        said.empty() ? "has no end date" : fmt::format("says \"{}\" for its end", shown(said))));
  }

  base::Result<ExpiryTable> fail_with_all() {
    auto& left = table_.left;
    if (left.size() > kMostProblems) {
      const std::size_t more = left.size() - kMostProblems;
      left.resize(kMostProblems);
      left.push_back(fmt::format("and {} more", more));
    }
    return base::fail(Code::kInvalidArgument, fmt::format("{}", fmt::join(left, "\n")));
  }

  const ExpiryColumns& columns_;
  std::span<const CellRow> rows_;
  DateOrder order_;
  ExpiryTable table_;
};

// Where columns are told by number nothing but a row itself says whether it is one of headings.
bool is_row_of_data(const CellRow& row, const ExpiryColumns& columns, DateOrder order) {
  if (cell(row, columns.package).empty() && cell(row, columns.client_id).empty()) return false;
  const std::string expires = cell(row, columns.expires);
  if (is_one_of(expires, kNoDate)) return false;
  const auto at = parse_date_text(expires, order);
  return at || at.error() != DateProblem::kUnreadable || is_one_of(expires, kNoDateButNews);
}

struct Found {
  ExpiryColumns columns;
  std::size_t first_row = 0;
};

std::optional<Found> find_rows(const CellTable& table, DateOrder order,
                               const std::optional<WantedColumns>& wanted) {
  const bool is_by_number = wanted && !needs_headings(*wanted);
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto columns =
        wanted ? columns_as_told(table[i], *wanted) : columns_by_known_headings(table[i]);
    if (!columns) continue;
    if (!is_by_number) return Found{*columns, i + 1};
    if (is_row_of_data(table[i], *columns, order)) return Found{*columns, i};
  }
  return std::nullopt;
}

tl::unexpected<base::Error> no_table(const std::vector<CellTable>& tables, bool is_told) {
  std::vector<std::string> seen;
  for (const CellTable& table : tables) {
    if (table.empty()) continue;
    if (seen.size() == 3) break;
    seen.push_back(shown(fmt::format("{}", fmt::join(table.front().cells, ", "))));
  }
  if (seen.empty()) return base::fail(Code::kInvalidArgument, "there is no table in this text");
  if (is_told) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("no table has the columns of --columns, with dates in the one "
                                  "for expires; first rows found: {}",
                                  fmt::join(seen, " | ")));
  }
  return base::fail(
      Code::kInvalidArgument,
      fmt::format("no table with a package and an end date: copy the table together with its "
                  "headings, such as \"Package Name\" and \"Expiration Date\", or say which column "
                  "is which, as in --columns package=1,expires=3; headings found: {}",
                  fmt::join(seen, " | ")));
}

}  // namespace

base::Result<ExpiryTable> read_expiry_table(std::string_view text, DateOrder order,
                                            const std::optional<WantedColumns>& wanted) {
  REKEY_TRY(const std::vector<CellTable> tables, read_cells(text));
  for (const CellTable& table : tables) {
    const auto found = find_rows(table, order, wanted);
    if (!found) continue;
    const auto rows = std::span(table).subspan(found->first_row);
    REKEY_TRY(ExpiryTable read, TableReader(found->columns, rows, order).read(wanted));
    if (wanted && !needs_headings(*wanted) && found->first_row > 0) {
      read.notes.push_back(fmt::format(
          "what stands above line {} is taken for headings: {}", table[found->first_row].line,
          shown(fmt::format("{}", fmt::join(table.front().cells, ", ")))));
    }
    return read;
  }
  return no_table(tables, wanted.has_value());
}

}  // namespace rekey::rotation
