#include "engagement/data_extensions/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "engagement/json_parts.h"

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
  REKEY_TRY(auto insert, tables.prepare("INSERT INTO data_extension_row(store, row_key, content) "
                                        "VALUES(?1, ?2, ?3) ON CONFLICT(store, row_key) "
                                        "DO UPDATE SET content = ?3"));
  return insert.bind(1, definition.store).bind(2, row.key).bind(3, content_of(row.values)).run();
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
    : tables_(tables), definition_(definition) {}

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
  if (existing) {
    row.values = std::move(existing->values);
  } else {
    ++definition_.row_count;
    ++definition_.next_row;
  }
  apply_changes(change.values, row.values);
  REKEY_CHECK(write_content(tables_, definition_, row));
  return Faults{};
}

Result<Faults> RowWriter::remove(const Columns& keys) {
  Change change = change_of(keys);
  const auto key =
      definition_.primary_key().empty() ? std::nullopt : key_of(definition_, change.values);
  if (!key) change.faults.emplace_back("every column of the primary key needs a value");
  if (!change.faults.empty()) return std::move(change.faults);
  REKEY_TRY(auto drop, tables_.prepare("DELETE FROM data_extension_row "
                                       "WHERE store = ?1 AND row_key = ?2"));
  REKEY_CHECK(drop.bind(1, definition_.store).bind(2, *key).run());
  if (tables_.changes() == 0) return Faults{"no row has this primary key"};
  --definition_.row_count;
  return Faults{};
}

base::Status RowWriter::finish() {
  return save_definition(tables_, definition_);
}

std::optional<std::string> key_of(
    const Definition& definition,
    const std::map<std::int64_t, std::optional<std::string>>& values) {
  std::string key;
  for (const Field* field : definition.primary_key()) {
    const auto found = values.find(field->number);
    if (found == values.end() || !found->second || found->second->empty()) return std::nullopt;
    if (!key.empty()) key += kSeparator;
    append_key_part(key, *found->second);
  }
  return key;
}

Result<std::optional<Row>> find_row(Connection& tables, const Definition& definition,
                                    std::string_view key) {
  REKEY_TRY(auto row, tables.prepare("SELECT content FROM data_extension_row "
                                     "WHERE store = ?1 AND row_key = ?2"));
  row.bind(1, definition.store).bind(2, key);
  REKEY_TRY(const bool has_row, row.step());
  if (!has_row) return std::optional<Row>{};
  REKEY_TRY(Values values, values_of(row.text(0)));
  return std::optional<Row>(Row{std::string(key), std::move(values)});
}

Result<std::vector<Row>> read_rows(Connection& tables, const Definition& definition,
                                   std::string_view after, std::int64_t limit) {
  REKEY_TRY(auto rows, tables.prepare("SELECT row_key, content FROM data_extension_row "
                                      "WHERE store = ?1 AND row_key > ?2 "
                                      "ORDER BY row_key LIMIT ?3"));
  rows.bind(1, definition.store).bind(2, after).bind(3, limit);
  std::vector<Row> read;
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return read;
    REKEY_TRY(Values values, values_of(rows.text(1)));
    read.push_back({rows.text(0), std::move(values)});
  }
}

Result<std::optional<std::string>> skip_rows(Connection& tables, const Definition& definition,
                                             std::string_view after, std::int64_t count) {
  if (count == 0) return std::optional<std::string>(std::string(after));
  REKEY_TRY(auto row, tables.prepare("SELECT row_key FROM data_extension_row "
                                     "WHERE store = ?1 AND row_key > ?2 "
                                     "ORDER BY row_key LIMIT 1 OFFSET ?3"));
  row.bind(1, definition.store).bind(2, after).bind(3, count - 1);
  REKEY_TRY(const bool has_row, row.step());
  if (!has_row) return std::optional<std::string>{};
  return std::optional<std::string>(row.text(0));
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
  REKEY_TRY(auto row, tables.prepare("SELECT id FROM store WHERE is_dropped = 1 LIMIT 1"));
  REKEY_TRY(const bool has_row, row.step());
  return has_row ? std::optional<std::int64_t>(row.integer(0)) : std::nullopt;
}

// The store itself goes with its last rows.
base::Status drop_some(Connection& tables, std::int64_t store) {
  constexpr std::int64_t kAtOnce = 5000;
  REKEY_TRY(auto remove, tables.prepare("DELETE FROM data_extension_row WHERE store = ?1 "
                                        "AND row_key IN (SELECT row_key FROM data_extension_row "
                                        "WHERE store = ?1 LIMIT ?2)"));
  REKEY_CHECK(remove.bind(1, store).bind(2, kAtOnce).run());
  if (tables.changes() == kAtOnce) return {};
  REKEY_TRY(auto end, tables.prepare("DELETE FROM store WHERE id = ?1"));
  return end.bind(1, store).run();
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
