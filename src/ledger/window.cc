#include "ledger/window.h"

#include <fmt/format.h>

#include "storage/select.h"

namespace rekey::ledger {
namespace {

WindowEvent event_from(const storage::Statement& row) {
  WindowEvent found;
  found.position = row.integer(0);
  found.stream = row.text(1);
  found.version = row.integer(2);
  found.event = {.type = row.text(3),
                 .type_version = static_cast<int>(row.integer(4)),
                 .body = row.text(7),
                 .actor = row.text(6),
                 .at = base::from_millis(row.integer(5))};
  return found;
}

// The types are ?3 and those after it.
std::string statement_for(const Window& window) {
  std::string types;
  for (std::size_t i = 0; i < window.types.size(); ++i) {
    types += fmt::format("{}?{}", i == 0 ? "" : ", ", i + 3);
  }
  const std::string_view direction = window.newest_first ? "DESC" : "ASC";
  return fmt::format(
      "SELECT e.position, s.name, e.version, e.type, e.type_version, e.at, e.actor, e.body "
      "FROM event AS e JOIN stream AS s ON s.id = e.stream_id "
      "WHERE e.at >= ?1 AND e.at <= ?2 AND e.type {}IN ({}) ORDER BY e.at {}, e.position {}",
      window.takes_others ? "NOT " : "", types, direction, direction);
}

}  // namespace

base::Status visit_window(storage::Connection& connection, const Window& window,
                          const std::function<base::Status(const WindowEvent&)>& visit) {
  storage::Values values{window.from, window.until};
  for (const std::string& type : window.types) values.emplace_back(type);
  REKEY_TRY(auto rows, storage::select(connection, statement_for(window), values));
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return {};
    REKEY_CHECK(visit(event_from(rows)));
  }
}

}  // namespace rekey::ledger
