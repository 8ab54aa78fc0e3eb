#include "engagement/contacts/contact_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "engagement/filter_joins.h"
#include "engagement/json_parts.h"
#include "engagement/text_rules.h"

namespace rekey::engagement::contacts {

namespace {

using base::Code;
using base::fail;
using base::Result;
using net::JsonValue;
using storage::Connection;

constexpr std::size_t kDeepestSet = 32;

struct KnownOperator {
  std::string_view name;
  Operator meaning;
  std::size_t fewest_values;
  std::size_t most_values;
};
constexpr std::array<KnownOperator, 18> kOperators{
    {{"Equals", Operator::kEquals, 1, 1},
     {"Equal", Operator::kEquals, 1, 1},
     {"NotEquals", Operator::kNotEquals, 1, 1},
     {"NotEqual", Operator::kNotEquals, 1, 1},
     {"GreaterThan", Operator::kGreaterThan, 1, 1},
     {"GreaterThanOrEquals", Operator::kGreaterThanOrEqual, 1, 1},
     {"GreaterThanOrEqual", Operator::kGreaterThanOrEqual, 1, 1},
     {"LessThan", Operator::kLessThan, 1, 1},
     {"LessThanOrEquals", Operator::kLessThanOrEqual, 1, 1},
     {"LessThanOrEqual", Operator::kLessThanOrEqual, 1, 1},
     {"Between", Operator::kBetween, 2, 2},
     {"In", Operator::kIn, 1, kMostFilterValues},
     {"Contains", Operator::kContains, 1, 1},
     {"StartsWith", Operator::kBeginsWith, 1, 1},
     {"BeginsWith", Operator::kBeginsWith, 1, 1},
     {"EndsWith", Operator::kEndsWith, 1, 1},
     {"IsNull", Operator::kIsNull, 0, 1},
     {"IsNotNull", Operator::kIsNotNull, 0, 1}}};

const JsonValue* list_in(const JsonValue& object, std::string_view name) {
  const JsonValue* list = find_member(object, name);
  return list != nullptr && list->kind() == JsonValue::Kind::kArray ? list : nullptr;
}

// "value":{"items":[…]}, or "values":[…], or "value" itself.
Result<std::vector<std::string>> read_values(const JsonValue& condition) {
  std::vector<std::string> values;
  const auto add = [&](const JsonValue& value) -> base::Status {
    REKEY_TRY(auto text, scalar_text(value));
    if (text) values.push_back(*std::move(text));
    return {};
  };
  const JsonValue* value = find_member(condition, "value");
  const JsonValue* list = list_in(condition, "values");
  if (value != nullptr && value->kind() == JsonValue::Kind::kObject)
    list = list_in(*value, "items");
  if (list == nullptr && value != nullptr) {
    REKEY_CHECK(add(*value));
    return values;
  }
  if (list == nullptr) return values;
  for (const JsonValue& one : list->items()) REKEY_CHECK(add(one));
  return values;
}

// Reads conditions and counts them, so that no request makes a search of any size.
class Reader {
 public:
  Result<std::optional<Filter>> read_set(const JsonValue& json, std::size_t depth) {
    if (json.kind() != JsonValue::Kind::kObject) return wrong("conditionSet takes an object");
    if (depth > kDeepestSet) return wrong("conditionSets are nested too deeply");
    Filter joined;
    REKEY_TRY(const auto word, text_member(json, "operator"));
    joined.needs_all = base::equal_ignoring_case(word.value_or("And"), "And");
    if (!joined.needs_all && !base::equal_ignoring_case(*word, "Or")) {
      return wrong("the operator of a conditionSet is And or Or");
    }
    if (const JsonValue* conditions = list_in(json, "conditions")) {
      for (const JsonValue& one : conditions->items()) {
        REKEY_TRY(joined.operands.emplace_back(), read_condition(one));
      }
    }
    if (const JsonValue* sets = list_in(json, "conditionSets")) {
      for (const JsonValue& one : sets->items()) {
        REKEY_TRY(auto inner, read_set(one, depth + 1));
        if (inner) joined.operands.push_back(*std::move(inner));
      }
    }
    if (joined.operands.empty()) return std::optional<Filter>{};
    return std::optional<Filter>(std::move(joined));
  }

 private:
  static tl::unexpected<base::Error> wrong(std::string what) {
    return fail(Code::kInvalidArgument, std::move(what));
  }

  Result<Filter> read_condition(const JsonValue& json) {
    if (++parts_ > kMostFilterParts) {
      return wrong(fmt::format("a search takes at most {} conditions", kMostFilterParts));
    }
    const JsonValue* attribute = find_member(json, "attribute");
    if (attribute == nullptr) return wrong("a condition needs its attribute");
    REKEY_TRY(const auto key, text_member(*attribute, "key"));
    if (!key) return wrong("an attribute is named by its key, \"Set.Attribute\"");
    REKEY_CHECK(parse_attribute_name(*key));
    REKEY_TRY(const auto word, text_member(json, "operator"));
    const auto* const known =
        std::find_if(kOperators.begin(), kOperators.end(), [&](const KnownOperator& one) {
          return base::equal_ignoring_case(one.name, word.value_or("Equals"));
        });
    if (known == kOperators.end()) return wrong("a condition has an operator that is not known");
    Filter filter;
    filter.property = *key;
    filter.comparison = known->meaning;
    REKEY_TRY(filter.values, read_values(json));
    values_ += filter.values.size();
    if (values_ > kMostFilterValues) {
      return wrong(fmt::format("a search takes at most {} values", kMostFilterValues));
    }
    const std::size_t count = filter.values.size();
    if (count >= known->fewest_values && count <= known->most_values) return filter;
    return wrong(fmt::format("the operator {} takes {}, in value.items", known->name,
                             known->fewest_values == 2 ? "two values" : "one value"));
  }

  std::size_t parts_ = 0;
  std::size_t values_ = 0;
};

// Of the attributes that every account has; others are texts.
ValueKind kind_of(const AttributeName& attribute) {
  for (const KnownAttribute& known : known_attributes()) {
    if (base::equal_ignoring_case(known.set, attribute.set) &&
        base::equal_ignoring_case(known.name, attribute.name)) {
      return known.type == "Boolean" ? ValueKind::kBooleanText : ValueKind::kText;
    }
  }
  return ValueKind::kText;
}

// Conditions over "contact c"; names are bound like values.
class Compiler {
 public:
  explicit Compiler(int first_parameter) : next_(first_parameter) {}

  Result<std::string> comparison(const Filter& filter) {
    REKEY_TRY(const AttributeName attribute, parse_attribute_name(filter.property));
    if (base::equal_ignoring_case(attribute.set, kContactSet)) return own(filter, attribute);
    const bool is_null = filter.comparison == Operator::kIsNull;
    const int name_at = next_;
    parameters_.emplace_back(attribute.set);
    parameters_.emplace_back(attribute.name);
    next_ += 2;
    std::string compared;
    if (!is_null && filter.comparison != Operator::kIsNotNull) {
      REKEY_TRY(compared, compiled(filter, {"a.value", kind_of(attribute)}));
    }
    return fmt::format(
        "c.id {}IN (SELECT a.contact_id FROM contact_attribute a WHERE a.attribute_set = ?{} "
        "AND a.name = ?{}{}{})",
        is_null ? "NOT " : "", name_at, name_at + 1, compared.empty() ? "" : " AND ", compared);
  }
  std::vector<Parameter> release() { return std::move(parameters_); }

 private:
  Result<std::string> own(const Filter& filter, const AttributeName& attribute) {
    if (base::equal_ignoring_case(attribute.name, kContactKey)) {
      return compiled(filter, {"c.key", ValueKind::kText});
    }
    if (base::equal_ignoring_case(attribute.name, kContactId)) {
      return compiled(filter, {"c.id", ValueKind::kInteger});
    }
    return fail(Code::kInvalidArgument,
                "of the set Contact there are \"Contact Key\" and \"Contact ID\"");
  }

  Result<std::string> compiled(const Filter& filter, const FilterColumn& column) {
    REKEY_TRY(
        Condition condition,
        compile_filter(
            filter, [&](std::string_view) { return std::optional<FilterColumn>(column); }, next_));
    next_ += static_cast<int>(condition.parameters.size());
    for (Parameter& parameter : condition.parameters) parameters_.push_back(std::move(parameter));
    return std::move(condition.sql);
  }

  int next_;
  std::vector<Parameter> parameters_;
};

Contact read_contact(const storage::Statement& row) {
  return {row.integer(0), row.integer(1), row.text(2), base::from_millis(row.integer(3))};
}

struct ItemAt {
  Contact contact;
  std::int64_t item = 0;
};
ItemAt read_item(const storage::Statement& row) {
  return {read_contact(row), row.integer(4)};
}

}  // namespace

Result<AttributeName> parse_attribute_name(std::string_view property) {
  const std::size_t point = property.find('.');
  if (point != std::string_view::npos) {
    AttributeName attribute{std::string(without_blanks(property.substr(0, point))),
                            std::string(without_blanks(property.substr(point + 1)))};
    if (!attribute.set.empty() && !attribute.name.empty()) return attribute;
  }
  return fail(Code::kInvalidArgument, "an attribute is named by its key, \"Set.Attribute\"");
}

Result<std::optional<Filter>> read_condition_set(const JsonValue& json) {
  return Reader().read_set(json, 0);
}

Result<storage::Page<Contact>> search_contacts(Connection& tables, const ContactsAsked& asked) {
  constexpr int kFirstParameter = 2;
  std::string source = "FROM contact c WHERE c.business_unit = ?1";
  storage::Values values{asked.business_unit};
  Condition condition;
  if (asked.filter) {
    Compiler compiler(kFirstParameter);
    REKEY_TRY(condition.sql, write_joined(*asked.filter, [&](const Filter& comparison) {
                return compiler.comparison(comparison);
              }));
    condition.parameters = compiler.release();
    append_parameters(values, condition);
    source += " AND " + condition.sql;
  }
  return storage::read_page(tables,
                            {"c.id, c.business_unit, c.key, c.created_at", source, "c.id",
                             std::move(values), asked.page, asked.size},
                            read_contact);
}

Result<storage::Page<SetItem>> read_set(Connection& tables, const SetAsked& asked) {
  REKEY_TRY(const auto found,
            storage::read_page(
                tables,
                {"i.id, i.business_unit, i.key, i.created_at, i.item",
                 "FROM (SELECT DISTINCT c.id, c.business_unit, c.key, c.created_at, a.item "
                 "FROM contact c JOIN contact_attribute a ON a.contact_id = c.id "
                 "WHERE c.business_unit = ?1 AND a.attribute_set = ?2) i",
                 "i.id, i.item",
                 {asked.business_unit, asked.set},
                 asked.page,
                 asked.size},
                read_item));
  storage::Page<SetItem> page;
  page.count = found.count;
  for (const ItemAt& one : found.rows) {
    REKEY_TRY(auto attributes, load_attributes(tables, one.contact.id));
    std::erase_if(attributes, [&](const Attribute& attribute) {
      return attribute.item != one.item || !base::equal_ignoring_case(attribute.set, asked.set);
    });
    page.rows.push_back({one.contact, std::move(attributes)});
  }
  return page;
}

}  // namespace rekey::engagement::contacts
