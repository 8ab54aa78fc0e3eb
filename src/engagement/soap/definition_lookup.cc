#include "engagement/soap/definition_lookup.h"

namespace rekey::engagement::soap {

base::Result<data_extensions::Definition> find_definition(storage::Connection& tables,
                                                          std::int64_t business_unit,
                                                          const std::string& key_or_name) {
  auto by_key = data_extensions::load_definition(tables, business_unit, "key:" + key_or_name);
  if (by_key || by_key.error().code != base::Code::kNotFound) return by_key;
  REKEY_TRY(auto row, tables.prepare("SELECT id FROM data_extension WHERE business_unit = ?1 "
                                     "AND name = ?2"));
  row.bind(1, business_unit).bind(2, key_or_name);
  REKEY_TRY(const bool has_row, row.step());
  if (!has_row) return by_key;
  return data_extensions::load_definition(tables, business_unit, row.integer(0));
}

}  // namespace rekey::engagement::soap
