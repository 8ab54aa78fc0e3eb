// What an object type of the SOAP API is: its properties in the order of the schema, and where in
// the tables each is found. One table of these serves Retrieve, its filters, and Describe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engagement/soap/filter.h"

namespace rekey::engagement::soap {

// When a property is in an answer.
enum class Presence {
  kAsked,      // where it was asked for and has a value
  kUnasked,    // where it has a value
  kAlways,     // the schema wants it, or clients count on it
  kWithGroup,  // where another property of the same nested object is
};

struct Property {
  std::string name;  // "Client.ID": ID of the nested object Client
  ValueKind kind = ValueKind::kText;
  std::string sql;  // an expression over the type's source; empty where it has no value here
  Presence presence = Presence::kAsked;
  // What is written without a value; nullopt: nil where it has to be there at all.
  std::optional<std::string> otherwise;
  bool is_settable = false;  // by Create and Update

  [[nodiscard]] std::string_view group() const noexcept;  // "Client"; empty for its own
};

struct ObjectType {
  std::string name;
  std::string read_scope;
  std::string write_scope;  // empty: it can only be read
  // "contact c"; ?1 is the caller's business unit, ?2 the cursor that was read up to, ?4 what
  // `source_parameter` says.
  std::string source;
  std::string condition;  // "c.business_unit = ?1"
  std::string cursor;     // what rows are read in the order of; unique
  // The same order by columns of the source alone, where SQLite can read it off its indexes only so
  // ("m.contact_id, m.list_id"); empty: the cursor.
  std::string order;
  bool has_text_cursor = false;
  std::vector<Property> properties;
  // The property that alone tells objects apart by the cursor, and the cursor of a value of it;
  // nullopt where no object can have that value. Empty where there is no such property.
  std::string key_property;
  std::function<std::optional<std::string>(const std::string& value)> cursor_of;
};

// Properties that every object has by the schema, in its order; what is empty has no value.
struct BaseSql {
  std::string client_id;
  std::string created_at;  // milliseconds
  std::string changed_at;
  std::string id;
  std::string object_id;
  std::string customer_key;
};
[[nodiscard]] std::vector<Property> base_properties(const BaseSql& sql);

// Those that the names mean, in the schema's order: a name is a property, or a nested object, which
// means all of its properties. No names mean all. kInvalidArgument naming what is no property.
[[nodiscard]] base::Result<std::vector<std::size_t>> asked_properties(
    const ObjectType& type, const std::vector<std::string>& names);
[[nodiscard]] std::optional<FilterColumn> find_column(const ObjectType& type,
                                                      std::string_view property);

}  // namespace rekey::engagement::soap
