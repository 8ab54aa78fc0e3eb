// What a data extension is, and its tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engagement/data_extensions/field.h"
#include "engagement/list_asked.h"
#include "storage/select.h"

namespace rekey::engagement::data_extensions {

struct Definition {
  std::int64_t id = 0;
  std::int64_t business_unit = 0;
  std::string guid;
  std::string key;
  std::string name;
  std::string description;
  std::int64_t category_id = 0;
  bool is_sendable = false;
  std::string sendable_field;    // empty where it is not sendable
  std::string subscriber_field;  // "_SubscriberKey", …
  std::int64_t store = 0;        // whose rows are its rows
  std::int64_t row_count = 0;
  std::int64_t next_row = 1;  // numbers rows where there is no primary key
  std::int64_t next_field = 1;
  base::Instant created_at{};
  base::Instant changed_at{};
  std::vector<Field> fields;  // in their order

  [[nodiscard]] const Field* find_field(std::string_view field_name) const noexcept;
  [[nodiscard]] std::vector<const Field*> primary_key() const;
};

// By "key:customers" or by its id, which is a GUID; of that business unit alone. kNotFound.
[[nodiscard]] base::Result<Definition> load_definition(storage::Connection& tables,
                                                       std::int64_t business_unit,
                                                       std::string_view reference);
[[nodiscard]] base::Result<Definition> load_definition(storage::Connection& tables,
                                                       std::int64_t business_unit, std::int64_t id);

// Without their fields; `search`: part of a name or a key, empty for all.
using DefinitionPage = storage::Page<Definition>;
[[nodiscard]] base::Result<DefinitionPage> list_definitions(storage::Connection& tables,
                                                            const ListAsked& asked,
                                                            std::string_view search);
[[nodiscard]] const ListShape& definition_list();

// With its id, its store and its fields' numbers. kAlreadyExists where the business unit has one
// with that key or name.
[[nodiscard]] base::Result<Definition> insert_definition(storage::Connection& tables,
                                                         Definition definition);
// Its own facts and counters, not its fields.
[[nodiscard]] base::Status save_definition(storage::Connection& tables,
                                           const Definition& definition);
[[nodiscard]] base::Status save_field(storage::Connection& tables, const Definition& definition,
                                      const Field& field);
[[nodiscard]] base::Status delete_definition(storage::Connection& tables,
                                             const Definition& definition);
// Gives it a new, empty store; the old one's rows go later.
[[nodiscard]] base::Status clear_rows(storage::Connection& tables, Definition& definition);

}  // namespace rekey::engagement::data_extensions
