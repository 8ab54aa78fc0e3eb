#include "engagement/data_extensions/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "engagement/json_parts.h"
#include "storage/select.h"

namespace rekey::engagement::data_extensions {

namespace {

using base::Code;
using base::fail;
using base::Result;
using storage::Connection;

// Between the columns of a key; where one stands in a value it is escaped, so that no two keys are
// written alike.
constexpr char kSeparator = '\x01';
constexpr char kEscape = '\x02';

void append_key_part(std::string& key, std::string_view text) {
  for (const char c : text) {
    if (c == kSeparator || c == kEscape) key += kEscape;
    key += c == kSeparator ? '\x03' : base::to_lower(c);
  }
}

std::string numbered_key(std::int64_t number) {
  return fmt::format("{:016x}", number);
}

std::string content_of(const Values& values) {
  net::JsonWriter json;
  json.begin_object();
  for (const auto& [number, text] : values) json.member(std::to_string(number), text);
  json.end_object();
  return json.release();
}

Result<Values> values_of(std::string_view content) {
  REKEY_TRY(const net::JsonValue json, net::parse_json(content));
  Values values;
  for (const auto& [name, text] : json.members()) {
    std::int64_t number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    REKEY_TRY(const std::string_view value, text.as_string());
    values.emplace(number, value);
  }
  return values;
}

base::Status write_content(Connection& tables, const Definition& definition, const Row& row) {
  return storage::run(tables,
                      "INSERT INTO data_extension_row(store, row_key, content) "
                      "VALUES(?1, ?2, ?3) ON CONFLICT(store, row_key) "
                      "DO UPDATE SET content = ?3",
                      {definition.store, row.key, content_of(row.values)});
}

void apply_changes(const std::map<std::int64_t, std::optional<std::string>>& changes,
                   Values& values) {
  for (const auto& [number, text] : changes) {
    if (text) {
      values.insert_or_assign(number, *text);
    } else {
      values.erase(number);
    }
  }
}

// What a column shows: its value, or the default where it came later than the row and may not be
// null.
const std::string* shown_value(const Field& field, const Row& row) {
  const auto found = row.values.find(field.number);
  if (found != row.values.end()) return &found->second;
  return !field.is_nullable && field.default_value ? &*field.default_value : nullptr;
}

}  // namespace

void add_columns(Columns& columns, const net::JsonValue& object, Faults& faults) {
  if (object.kind() != net::JsonValue::Kind::kObject) {
    faults.emplace_back("an object with the columns was expected");
    return;
  }
  for (const auto& [name, value] : object.members()) {
    auto text = scalar_text(value);
    if (text) {
      columns.push_back({name, *std::move(text)});
    } else {
      faults.push_back(fmt::format("the column \"{}\" takes no list and no object", name));
    }
  }
}

RowWriter::RowWriter(Connection& tables, Definition& definition)
    : tables_(tables), definition_(definition), counts_(tables, definition.store) {}

RowWriter::Change RowWriter::change_of(const Columns& columns) const {
  Change change;
  for (const Column& column : columns) {
    const Field* field = definition_.find_field(column.name);
    if (field == nullptr) {
      change.faults.push_back(
          fmt::format("the data extension has no column \"{}\"", column.name.substr(0, 128)));
      continue;
    }
    auto value = canonical(*field, column.text);
    if (!value) {
      change.faults.push_back(value.error().detail);
    } else if (!change.values.emplace(field->number, *std::move(value)).second) {
      change.faults.push_back(fmt::format("the column \"{}\" is given twice", field->name));
    }
  }
  return change;
}

void RowWriter::complete_new_row(Change& change) const {
  for (const Field& field : definition_.fields) {
    if (field.default_value) change.values.emplace(field.number, field.default_value);
    if (!field.is_nullable && !field.is_primary_key) {
      change.values.emplace(field.number, std::nullopt);
    }
  }
}

void RowWriter::check_not_null(Change& change) const {
  for (const Field& field : definition_.fields) {
    if (field.is_nullable || field.is_primary_key) continue;
    const auto found = change.values.find(field.number);
    if (found != change.values.end() && !found->second) {
      change.faults.push_back(fmt::format("the column \"{}\" takes no null", field.name));
    }
  }
}

Result<Faults> RowWriter::put(const Columns& columns, Mode mode) {
  Change change = change_of(columns);
  Row row;
  if (definition_.primary_key().empty() && mode != Mode::kUpdate) {
    row.key = numbered_key(definition_.next_row);
  } else if (auto key = key_of(definition_, change.values)) {
    row.key = *std::move(key);
  } else {
    change.faults.emplace_back("every column of the primary key needs a value");
  }
  if (!change.faults.empty()) return std::move(change.faults);

  REKEY_TRY(auto existing, find_row(tables_, definition_, row.key));
  if (existing && mode == Mode::kInsert) {
    return Faults{"the primary key is taken: a row with it exists"};
  }
  if (!existing && mode == Mode::kUpdate) return Faults{"no row has this primary key"};
  if (!existing) complete_new_row(change);
  check_not_null(change);
  if (!change.faults.empty()) return std::move(change.faults);
  const bool is_new = !existing;
  if (existing) {
    row.values = std::move(existing->values);
  } else {
    ++definition_.row_count;
    ++definition_.next_row;
  }
  apply_changes(change.values, row.values);
  REKEY_CHECK(write_content(tables_, definition_, row));
  if (is_new) REKEY_CHECK(counts_.change(row.key, 1));
  return Faults{};
}

Result<Faults> RowWriter::remove(const Columns& keys) {
  Change change = change_of(keys);
  const auto key =
      definition_.primary_key().empty() ? std::nullopt : key_of(definition_, change.values);
  if (!key) change.faults.emplace_back("every column of the primary key needs a value");
  if (!change.faults.empty()) return std::move(change.faults);
  REKEY_CHECK(storage::run(tables_,
                           "DELETE FROM data_extension_row "
                           "WHERE store = ?1 AND row_key = ?2",
                           {definition_.store, *key}));
  if (tables_.changes() == 0) return Faults{"no row has this primary key"};
  --definition_.row_count;
  REKEY_CHECK(counts_.change(*key, -1));
  return Faults{};
}

base::Status RowWriter::finish() {
  REKEY_CHECK(counts_.save());
  return save_definition(tables_, definition_);
}

std::optional<std::string> key_prefix(const std::vector<std::string>& leading) {
  std::string key;
  for (const std::string& text : leading) {
    if (text.empty()) return std::nullopt;
    if (!key.empty()) key += kSeparator;
    append_key_part(key, text);
  }
  return key;
}

std::optional<std::string> key_of(
    const Definition& definition,
    const std::map<std::int64_t, std::optional<std::string>>& values) {
  std::vector<std::string> parts;
  for (const Field* field : definition.primary_key()) {
    const auto found = values.find(field->number);
    if (found == values.end() || !found->second) return std::nullopt;
    parts.push_back(*found->second);
  }
  return key_prefix(parts);
}

Result<Row> read_row(const storage::Statement& row) {
  REKEY_TRY(Values values, values_of(row.text(1)));
  return Row{row.text(0), std::move(values)};
}

Result<Row> PageReader::operator()(const storage::Statement& row) {
  REKEY_TRY(Row read, read_row(row));
  for (const auto& [number, text] : read.values) bytes_ += text.size();
  if (bytes_ <= most_bytes_) return read;
  return fail(Code::kInvalidArgument,
              fmt::format("a page of these rows would be more than {} KiB; ask for fewer with "
                          "$pageSize",
                          most_bytes_ / 1024));
}

Result<std::optional<Row>> find_row(Connection& tables, const Definition& definition,
                                    std::string_view key) {
  return storage::first_row(storage::select(tables,
                                            "SELECT row_key, content FROM data_extension_row "
                                            "WHERE store = ?1 AND row_key = ?2",
                                            {definition.store, key}),
                            read_row);
}

Result<std::vector<Row>> read_rows(Connection& tables, const Definition& definition,
                                   const RowsAfter& asked) {
  return storage::all_rows(storage::select(tables,
                                           "SELECT row_key, content FROM data_extension_row "
                                           "WHERE store = ?1 AND row_key > ?2 "
                                           "ORDER BY row_key LIMIT ?3",
                                           {definition.store, asked.key, asked.count}),
                           PageReader(asked.most_bytes));
}

void write_row(net::JsonWriter& json, const Definition& definition, const Row& row,
               const std::vector<std::int64_t>& only) {
  const auto write_part = [&](std::string_view name, bool is_primary_key) {
    json.key(name).begin_object();
    for (const Field& field : definition.fields) {
      const bool is_asked = is_primary_key || only.empty() ||
                            std::find(only.begin(), only.end(), field.number) != only.end();
      if (field.is_primary_key != is_primary_key || !is_asked) continue;
      json.key(field.name);
      if (const std::string* text = shown_value(field, row)) {
        json.value(*text);
      } else {
        json.null();
      }
    }
    json.end_object();
  };
  json.begin_object();
  write_part("keys", true);
  write_part("values", false);
  json.end_object();
}

namespace {

Result<std::optional<std::int64_t>> find_dropped_store(Connection& tables) {
  return storage::first_number(
      storage::select(tables, "SELECT id FROM store WHERE is_dropped = 1 LIMIT 1"));
}

// The store itself goes with its last rows.
base::Status drop_some(Connection& tables, std::int64_t store) {
  constexpr std::int64_t kAtOnce = 5000;
  REKEY_CHECK(storage::run(tables,
                           "DELETE FROM data_extension_row WHERE store = ?1 "
                           "AND row_key IN (SELECT row_key FROM data_extension_row "
                           "WHERE store = ?1 LIMIT ?2)",
                           {store, kAtOnce}));
  if (tables.changes() == kAtOnce) return {};
  REKEY_CHECK(drop_row_counts(tables, store));
  return storage::run(tables, "DELETE FROM store WHERE id = ?1", {store});
}

}  // namespace

NextDue drop_cleared_rows(DueWork& work) {
  REKEY_TRY(const auto store, find_dropped_store(work.reads));
  if (!store) return std::optional<base::Instant>{};
  REKEY_CHECK(work.writer.run(
      [&](Connection& tables) -> base::Status { return drop_some(tables, *store); }));
  return std::optional<base::Instant>(work.now);
}

}  // namespace rekey::engagement::data_extensions
