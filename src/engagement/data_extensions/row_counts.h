// How many rows lie in which stretch of keys, so that the millionth row is found as soon as the
// first, without counting rows one by one.
//
// A store's keys are divided into stretches on four levels: at each level a stretch begins at its
// first key and ends before the next one's. One of the lowest level holds 64 rows at most, one of
// the next 1024, and so on; one that grows beyond that is divided. One whose rows have gone is
// joined to the one before it, unless it begins a stretch of the next level that has rows.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "storage/sqlite.h"

namespace rekey::engagement::data_extensions {

// Its table; counts what rows there are already.
[[nodiscard]] base::Status prepare_row_counts(storage::Connection& connection);

// Collects what is written to a store, inside the caller's transaction.
class RowCounts {
 public:
  RowCounts(storage::Connection& tables, std::int64_t store) : tables_(tables), store_(store) {}
  // A row with this key has come, or has gone. Call after it was written.
  [[nodiscard]] base::Status change(std::string_view key, std::int64_t by);
  // Writes down what was collected. Call once, after the last row.
  [[nodiscard]] base::Status save();

 private:
  [[nodiscard]] base::Result<std::string> stretch_of(std::int64_t level, std::string_view key);
  [[nodiscard]] base::Status add(std::int64_t level, const std::string& first_key, std::int64_t by);
  [[nodiscard]] base::Status divide(std::int64_t level, std::string first_key, std::int64_t count);
  struct Cut {
    std::string first_key;  // of the second part
    std::int64_t rows_before = 0;
  };
  [[nodiscard]] base::Result<std::optional<Cut>> find_cut(std::int64_t level,
                                                          std::string_view first_key);

  storage::Connection& tables_;
  std::int64_t store_;
  std::map<std::string, std::int64_t> changes_;  // of the lowest level, by their first keys
};

// The key of the store's `number`th row, from 1; nullopt where there are fewer.
[[nodiscard]] base::Result<std::optional<std::string>> key_of_row(storage::Connection& tables,
                                                                  std::int64_t store,
                                                                  std::int64_t number);
// Forgets a store.
[[nodiscard]] base::Status drop_row_counts(storage::Connection& tables, std::int64_t store);

}  // namespace rekey::engagement::data_extensions
