// The expiry table of the Installed Packages page (contract section 3.1), pasted or saved: which
// package's secret ends when. Pure.
//
// Salesforce does not publish the columns of that table, so they are known by their headings, in
// any order, with others between them, or told. A row that cannot be read keeps no other from being
// read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rotation/expiry/date_text.h"
#include "rotation/expiry/expiry_columns.h"

namespace rekey::rotation {

struct ExpiryRow {
  int line = 0;  // in the text, from 1; 0 where unknown
  std::string package;
  std::string client_id;  // empty where the table has none
  std::string state;      // "active", "staged", as written; empty where the table has none
  std::optional<base::Instant> generated_at;
  std::optional<base::Instant> expires_at;
};

struct ExpiryTable {
  std::vector<ExpiryRow> rows;     // in their order
  std::vector<std::string> left;   // one sentence for a row or a date that a person has to see to
  std::vector<std::string> notes;  // what was taken to mean something
};

// kInvalidArgument where no table with the headings for a package and an end date is in the text
// (with the headings found), where its dates contradict each other's order, and, with every line at
// fault, where no row could be read.
[[nodiscard]] base::Result<ExpiryTable> read_expiry_table(
    std::string_view text, DateOrder order, const std::optional<WantedColumns>& wanted = {});

}  // namespace rekey::rotation
