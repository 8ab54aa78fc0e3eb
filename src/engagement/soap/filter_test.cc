#include "engagement/soap/filter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "base/time.h"
#include "platform/temp_folder.h"
#include "storage/sqlite.h"

namespace rekey::engagement::soap {
namespace {

XmlElement element(std::string name, std::string text = {}, std::vector<XmlElement> children = {}) {
  XmlElement made;
  made.name = std::move(name);
  made.text = std::move(text);
  made.children = std::move(children);
  return made;
}

XmlElement part(const std::string& property, const std::string& comparison,
                const std::vector<std::string>& values) {
  std::vector<XmlElement> children = {element("Property", property),
                                      element("SimpleOperator", comparison)};
  for (const std::string& value : values) children.push_back(element("Value", value));
  return element("Filter", {}, std::move(children));
}

XmlElement joined(const XmlElement& left, const std::string& how, const XmlElement& right) {
  XmlElement l = left;
  XmlElement r = right;
  l.name = "LeftOperand";
  r.name = "RightOperand";
  return element("Filter", {}, {std::move(l), element("LogicalOperator", how), std::move(r)});
}

std::optional<FilterColumn> columns(std::string_view property) {
  if (property == "Name") return FilterColumn{"name", ValueKind::kText};
  if (property == "Number") return FilterColumn{"number", ValueKind::kInteger};
  if (property == "Digits") return FilterColumn{"digits", ValueKind::kIntegerText};
  if (property == "Price") return FilterColumn{"price", ValueKind::kDecimalText};
  if (property == "At") return FilterColumn{"at", ValueKind::kInstant};
  if (property == "Flag") return FilterColumn{"flag", ValueKind::kBoolean};
  return std::nullopt;
}

std::string problem_of(const XmlElement& filter) {
  const auto read = read_filter(filter);
  if (!read) return read.error().detail;
  const auto condition = compile_filter(*read, columns, 1);
  return condition ? "" : condition.error().detail;
}

TEST(Filter, WhatIsWrongIsToldWithoutItsValue) {
  for (const auto& [filter, words] : std::vector<std::pair<XmlElement, std::string>>{
           {part("", "equals", {"s3cret"}), "names no Property"},
           {part("Name", "resembles", {"s3cret"}), "SimpleOperator that is not known"},
           {part("Nothing", "equals", {"s3cret"}), "no filterable property"},
           {part("Name", "equals", {}), "takes one Value"},
           {part("Name", "equals", {"s3cret", "b"}), "takes one Value"},
           {part("Number", "between", {"1"}), "takes two Value"},
           {part("Number", "equals", {"s3cret"}), "takes a whole number"},
           {part("Number", "equals", {"1.5"}), "takes a whole number"},
           {part("Price", "equals", {"s3cret"}), "takes a number"},
           {part("Price", "equals", {"."}), "takes a number"},
           {part("At", "greaterThan", {"s3cret"}), "takes a date"},
           {part("At", "greaterThan", {"2026-13-01"}), "takes a date"},
           {part("At", "like", {"s3cret"}), "no search in a text"},
           {part("Flag", "equals", {"s3cret"}), "takes true or false"},
           {part("Name", "equals", {std::string(4001, 'x')}), "more than 4000"},
           {joined(part("Name", "equals", {"a"}), "XOR", part("Name", "equals", {"a"})),
            "AND or OR"},
           {element("Filter", {}, {element("LeftOperand"), element("LogicalOperator", "AND")}),
            "names no Property"}}) {
    const std::string problem = problem_of(filter);
    EXPECT_NE(problem.find(words), std::string::npos) << words << ": " << problem;
    EXPECT_EQ(problem.find("s3cret"), std::string::npos);
  }
}

TEST(Filter, ItsSizeIsBounded) {
  XmlElement many = part("Name", "equals", {"a"});
  XmlElement more = element("AdditionalOperands");
  for (std::size_t i = 0; i < kMostFilterParts; ++i) more.children.push_back(many);
  XmlElement filter = joined(many, "OR", many);
  filter.children.push_back(more);
  EXPECT_NE(problem_of(filter).find("at most 500 parts"), std::string::npos);
  const std::vector<std::string> values(kMostFilterValues + 1, "1");
  EXPECT_NE(problem_of(part("Number", "IN", values)).find("at most 5000 values"),
            std::string::npos);
  EXPECT_EQ(problem_of(part("Number", "IN", {values.begin() + 1, values.end()})), "");
}

TEST(Filter, ValuesAreBoundAndNeverPartOfTheCondition) {
  const std::string evil = "x' OR 1=1 --";
  const auto read = read_filter(part("Name", "equals", {evil}));
  const auto condition = compile_filter(*read, columns, 5);
  ASSERT_TRUE(condition);
  EXPECT_EQ(condition->sql, "(name) COLLATE NOCASE = ?5");
  EXPECT_EQ(std::get<std::string>(condition->parameters.at(0)), evil);
  EXPECT_NE(problem_of(part("1=1 OR Name", "equals", {"a"})), "");
}

// --- Against a naive evaluation.

struct Row {
  std::optional<std::string> name;
  std::optional<std::int64_t> number;
  std::optional<std::string> price;
  std::optional<std::int64_t> at;
  std::optional<std::int64_t> flag;
};

std::string lower(std::string text) {
  for (char& c : text) c = base::to_lower(c);
  return text;
}

template <typename T>
bool holds(const std::string& comparison, const std::optional<T>& value,
           const std::vector<T>& given) {
  if (comparison == "isNull") return !value;
  if (comparison == "isNotNull") return value.has_value();
  if (!value) return false;
  if (comparison == "equals") return *value == given[0];
  if (comparison == "notEquals") return *value != given[0];
  if (comparison == "greaterThan") return *value > given[0];
  if (comparison == "lessThan") return *value < given[0];
  if (comparison == "greaterThanOrEqual") return *value >= given[0];
  if (comparison == "lessThanOrEqual") return *value <= given[0];
  if (comparison == "between") return *value >= given[0] && *value <= given[1];
  return std::find(given.begin(), given.end(), *value) != given.end();  // IN
}

bool holds_text(const std::string& comparison, const std::optional<std::string>& value,
                std::vector<std::string> given) {
  std::optional<std::string> text;
  if (value) text = lower(*value);
  for (std::string& one : given) one = lower(one);
  const auto has = [&](const std::string& where) {
    return where.find(given[0]) != std::string::npos;
  };
  if (comparison == "contains" || comparison == "existsInString") return text && has(*text);
  if (comparison == "notContains") return text && !has(*text);
  if (comparison == "beginsWith") return text && text->starts_with(given[0]);
  if (comparison == "endsWith") return text && text->ends_with(given[0]);
  if (comparison == "existsInStringAsAWord") {
    return text && (" " + *text + " ").find(" " + given[0] + " ") != std::string::npos;
  }
  return holds(comparison, text, given);
}

bool holds_leaf(const XmlElement& filter, const Row& row) {
  const std::string property = filter.child_text("Property");
  const std::string comparison = filter.child_text("SimpleOperator");
  std::vector<std::string> values;
  for (const XmlElement* value : filter.all("Value")) values.push_back(value->text);
  if (property == "Name") return holds_text(comparison, row.name, values);
  if (property == "Price") {
    std::vector<double> given;
    for (const std::string& value : values) given.push_back(std::stod(value));
    std::optional<double> price;
    if (row.price) price = std::stod(*row.price);
    return holds(comparison, price, given);
  }
  std::vector<std::int64_t> given;
  for (const std::string& value : values) {
    if (property == "At") {
      given.push_back(base::to_millis(*base::parse_instant(value)));
    } else if (property == "Flag") {
      given.push_back(value == "true" ? 1 : 0);
    } else {
      given.push_back(std::stoll(value));
    }
  }
  const auto& value = property == "At" ? row.at : property == "Flag" ? row.flag : row.number;
  return holds(comparison, value, given);
}

bool holds_for(const XmlElement& filter, const Row& row) {
  const XmlElement* left = filter.child("LeftOperand");
  if (left == nullptr) return holds_leaf(filter, row);
  const bool l = holds_for(*left, row);
  const bool r = holds_for(*filter.child("RightOperand"), row);
  return filter.child_text("LogicalOperator") == "AND" ? l && r : l || r;
}

template <typename T>
rc::Gen<std::optional<T>> maybe(rc::Gen<T> gen) {
  return rc::gen::oneOf(rc::gen::just(std::optional<T>()),
                        rc::gen::map(gen, [](T value) { return std::optional<T>(value); }),
                        rc::gen::map(gen, [](T value) { return std::optional<T>(value); }));
}

rc::Gen<std::string> words() {
  return rc::gen::map(
      rc::gen::resize(4, rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                             "a", "A", "b", " ", "%", "_", "\\", "'", "ab"))),
      [](const std::vector<std::string>& parts) {
        std::string text;
        for (const std::string& one : parts) text += one;
        return text;
      });
}
rc::Gen<std::int64_t> small() {
  return rc::gen::inRange<std::int64_t>(-3, 4);
}
rc::Gen<std::string> prices() {
  return rc::gen::element<std::string>("-1.5", "0", "1", "1.0", "10", "9.99");
}
rc::Gen<std::int64_t> instants() {
  return rc::gen::map(rc::gen::inRange<std::int64_t>(0, 4),
                      [](std::int64_t n) { return 1'790'000'000'000 + n * 43'200'500; });
}

std::vector<std::string> values_for(const std::string& property, std::size_t count) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < count; ++i) {
    if (property == "Name") {
      values.push_back(*words());
    } else if (property == "Price") {
      values.push_back(*prices());
    } else if (property == "At") {
      values.push_back(base::format_instant(base::from_millis(*instants())));
    } else if (property == "Flag") {
      values.push_back(*rc::gen::element<std::string>("true", "false"));
    } else {
      values.push_back(std::to_string(*small()));
    }
  }
  return values;
}

XmlElement any_leaf() {
  const std::string property =
      *rc::gen::element<std::string>("Name", "Number", "Price", "At", "Flag");
  const std::string ordered = *rc::gen::element<std::string>(
      "equals", "notEquals", "greaterThan", "lessThan", "greaterThanOrEqual", "lessThanOrEqual",
      "between", "IN", "isNull", "isNotNull");
  const std::string textual =
      *rc::gen::element<std::string>("contains", "notContains", "beginsWith", "endsWith",
                                     "existsInString", "existsInStringAsAWord");
  const std::string comparison =
      property == "Name" && *rc::gen::arbitrary<bool>() ? textual : ordered;
  const std::size_t count = comparison == "between"        ? 2
                            : comparison == "IN"           ? 3
                            : comparison.ends_with("Null") ? 0
                                                           : 1;
  return part(property, comparison, values_for(property, count));
}

XmlElement any_filter(int depth) {
  if (depth == 0 || *rc::gen::inRange(0, 3) == 0) return any_leaf();
  return joined(any_filter(depth - 1), *rc::gen::element<std::string>("AND", "OR"),
                any_filter(depth - 1));
}

// One table for all rounds: making a database is slow.
class Samples {
 public:
  [[nodiscard]] static Samples& get() {
    static Samples samples;
    return samples;
  }
  [[nodiscard]] base::Status fill(const std::vector<Row>& rows) {
    return tables_.in_transaction([&]() -> base::Status {
      REKEY_CHECK(tables_.execute("DELETE FROM sample"));
      std::int64_t id = 0;
      for (const Row& row : rows) REKEY_CHECK(put(id++, row));
      return {};
    });
  }
  [[nodiscard]] base::Result<std::set<std::int64_t>> matching(const Condition& condition) {
    REKEY_TRY(auto rows, tables_.prepare("SELECT id FROM sample WHERE " + condition.sql));
    int place = 1;
    for (const Parameter& parameter : condition.parameters) {
      if (const auto* number = std::get_if<std::int64_t>(&parameter)) {
        rows.bind(place++, *number);
      } else {
        rows.bind(place++, std::get<std::string>(parameter));
      }
    }
    std::set<std::int64_t> ids;
    for (;;) {
      REKEY_TRY(const bool has_row, rows.step());
      if (!has_row) return ids;
      ids.insert(rows.integer(0));
    }
  }

 private:
  Samples()
      : tables_(
            *storage::Connection::open(temp_ / "rows.db", storage::OpenMode::kReadWriteCreate)) {
    EXPECT_TRUE(
        tables_.execute("CREATE TABLE sample(id INTEGER PRIMARY KEY, name TEXT, number "
                        "INTEGER, price TEXT, at INTEGER, flag INTEGER)"));
  }
  base::Status put(std::int64_t id, const Row& row) {
    REKEY_TRY(auto insert, tables_.prepare("INSERT INTO sample VALUES(?1,?2,?3,?4,?5,?6)"));
    insert.bind(1, id).bind(3, row.number).bind(5, row.at).bind(6, row.flag);
    if (row.name) insert.bind(2, *row.name);
    if (row.price) insert.bind(4, *row.price);
    return insert.run();
  }

  platform::TempFolder temp_;
  storage::Connection tables_;
};

RC_GTEST_PROP(Filter, FindsWhatANaiveEvaluationFinds, ()) {
  const int count = *rc::gen::inRange(1, 12);
  std::vector<Row> rows;
  for (int i = 0; i < count; ++i) {
    rows.push_back({*maybe(words()), *maybe(small()), *maybe(prices()), *maybe(instants()),
                    *maybe(rc::gen::element<std::int64_t>(0, 1))});
  }
  RC_ASSERT(Samples::get().fill(rows).has_value());
  const XmlElement filter = any_filter(3);
  const auto read = read_filter(filter);
  RC_ASSERT(read.has_value());
  const auto condition = compile_filter(*read, columns, 1);
  RC_ASSERT(condition.has_value());
  const auto found = Samples::get().matching(*condition);
  RC_ASSERT(found.has_value());
  std::set<std::int64_t> expected;
  for (int i = 0; i < count; ++i) {
    if (holds_for(filter, rows[static_cast<std::size_t>(i)])) expected.insert(i);
  }
  RC_ASSERT(*found == expected);
}

}  // namespace
}  // namespace rekey::engagement::soap
