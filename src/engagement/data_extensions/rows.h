// The rows of data extensions: written one by one inside the caller's transaction, read in the
// order of their keys.
//
// A row's key is the canonical text of its primary key's columns, compared without regard to ASCII
// letter case (fuel-rest sends whole addresses in lower case, contract section 5.3). Where there is
// no primary key rows are numbered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engagement/data_extensions/definition.h"
#include "engagement/data_extensions/row_counts.h"
#include "engagement/due_work.h"
#include "net/json.h"
#include "storage/sqlite.h"

namespace rekey::engagement::data_extensions {

// A column as it was sent; nullopt for null.
struct Column {
  std::string name;
  std::optional<std::string> text;
};
using Columns = std::vector<Column>;

// What is wrong with a row, a sentence each, none with a value.
using Faults = std::vector<std::string>;

// Adds the members of an object; what is no object, or holds lists or objects, is a fault.
void add_columns(Columns& columns, const net::JsonValue& object, Faults& faults);

using Values = std::map<std::int64_t, std::string>;  // by the field's number; null is absent
struct Row {
  std::string key;
  Values values;
};

enum class Mode { kInsert, kUpdate, kUpsert };

class RowWriter {
 public:
  // `definition` must outlive it and be as it stands in the tables.
  RowWriter(storage::Connection& tables, Definition& definition);
  // Writes a row: a new one (kInsert, kUpsert) with the defaults of what is not given, an existing
  // one (kUpdate, kUpsert) with what is given changed. Gives the faults for which nothing was
  // written.
  [[nodiscard]] base::Result<Faults> put(const Columns& columns, Mode mode);
  // Deletes the row with that primary key. Gives the faults for which nothing was deleted.
  [[nodiscard]] base::Result<Faults> remove(const Columns& keys);
  // Saves the counters. Call once, after the last row.
  [[nodiscard]] base::Status finish();

 private:
  struct Change {
    std::map<std::int64_t, std::optional<std::string>> values;
    Faults faults;
  };
  [[nodiscard]] Change change_of(const Columns& columns) const;
  void complete_new_row(Change& change) const;
  void check_not_null(Change& change) const;

  storage::Connection& tables_;
  Definition& definition_;
  RowCounts counts_;
};

// nullopt where a column of the primary key is missing or null.
[[nodiscard]] std::optional<std::string> key_of(
    const Definition& definition, const std::map<std::int64_t, std::optional<std::string>>& values);
[[nodiscard]] base::Result<std::optional<Row>> find_row(storage::Connection& tables,
                                                        const Definition& definition,
                                                        std::string_view key);
struct RowsAfter {
  std::string_view key;  // they come after it; empty: from the first on
  std::int64_t count = 0;
  std::size_t most_bytes = 0;
};
// In the order of their keys; as PageReader reads them.
[[nodiscard]] base::Result<std::vector<Row>> read_rows(storage::Connection& tables,
                                                       const Definition& definition,
                                                       const RowsAfter& asked);
// What begins the keys of all rows with these values in the first columns of the primary key;
// nullopt where one of them is empty. Pure.
[[nodiscard]] std::optional<std::string> key_prefix(const std::vector<std::string>& leading);
// Of the columns row_key and content.
[[nodiscard]] base::Result<Row> read_row(const storage::Statement& row);

// Reads rows for one answer. kInvalidArgument, saying to ask for fewer, where their values would be
// more bytes than that: a page that ended early would seem whole to clients, which count by its
// size.
class PageReader {
 public:
  explicit PageReader(std::size_t most_bytes) : most_bytes_(most_bytes) {}
  [[nodiscard]] base::Result<Row> operator()(const storage::Statement& row);

 private:
  const std::size_t most_bytes_;
  std::size_t bytes_ = 0;
};

// {"keys":{…},"values":{…}}; `only`: numbers of the fields to show beside the keys; empty for all.
void write_row(net::JsonWriter& json, const Definition& definition, const Row& row,
               const std::vector<std::int64_t>& only);

// Deletes rows whose data extension was cleared or deleted, some at a time.
[[nodiscard]] NextDue drop_cleared_rows(DueWork& work);

}  // namespace rekey::engagement::data_extensions
