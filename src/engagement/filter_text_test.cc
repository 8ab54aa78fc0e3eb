#include "engagement/filter_text.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "engagement/filter_joins.h"
#include "platform/temp_folder.h"
#include "storage/sqlite.h"

namespace rekey::engagement {
namespace {

using testing::HasSubstr;

const ListColumns& columns() {
  static const ListColumns kColumns = {{"Name", "name"},
                                       {"Contact Key", "key"},
                                       {"Contact", "contact"},
                                       {"Age", "age", ValueKind::kIntegerText},
                                       {"At", "at", ValueKind::kDateText},
                                       {"Is Member", "member", ValueKind::kBooleanText}};
  return kColumns;
}

// A filter as its tree: "(Name=Ann & Age>5)".
std::string shown(const Filter& filter) {
  if (filter.operands.empty()) {
    std::string text = filter.property + "#" + std::to_string(static_cast<int>(filter.comparison));
    for (const std::string& value : filter.values) text += ":" + value;
    return text;
  }
  std::string text = "(";
  for (const Filter& operand : filter.operands) {
    if (text.size() > 1) text += filter.needs_all ? " & " : " | ";
    text += shown(operand);
  }
  return text + ")";
}
std::string tree(std::string_view text) {
  const auto filter = parse_filter(text, columns());
  return filter ? shown(*filter) : filter.error().detail;
}

TEST(FilterTextTest, HasNamesOperatorsAndValues) {
  EXPECT_EQ(tree("Name eq 'Ann'"), "Name#0:Ann");
  EXPECT_EQ(tree("  name  EQ  Ann Lee  "), "Name#0:Ann Lee");
  EXPECT_EQ(tree("Name eq 'O''Brien'"), "Name#0:O'Brien");
  EXPECT_EQ(tree("Name eq \"a and b\""), "Name#0:a and b");
  EXPECT_EQ(tree("Name eq ''"), "Name#0:");
  EXPECT_EQ(tree("Contact Key eq c-1"), "Contact Key#0:c-1");
  EXPECT_EQ(tree("Contact eq c-1"), "Contact#0:c-1");
  EXPECT_EQ(tree("[Is Member] ne true"), "Is Member#1:true");
  EXPECT_EQ(tree("Age gt 5"), "Age#2:5");
  EXPECT_EQ(tree("Age lte 5"), tree("Age le 5"));
  EXPECT_EQ(tree("Age in (1, 2,'3')"), "Age#9:1:2:3");
  EXPECT_EQ(tree("Name eq null"), "Name#6");
  EXPECT_EQ(tree("Name neq null"), "Name#7");
  EXPECT_EQ(tree("Name eq 'null'"), "Name#0:null");
}

TEST(FilterTextTest, BindsAndCloserThanOr) {
  EXPECT_EQ(tree("Name eq a or Age gt 5 and Age lt 9"), "(Name#0:a | (Age#2:5 & Age#3:9))");
  EXPECT_EQ(tree("(Name eq a or Age gt 5) and Age lt 9"), "((Name#0:a | Age#2:5) & Age#3:9)");
  EXPECT_EQ(tree("((Name eq a))"), "Name#0:a");
}

TEST(FilterTextTest, SaysWhatIsWrongAndNoValue) {
  EXPECT_THAT(tree("Nmae eq 'secret'"), HasSubstr("names \"Nmae\""));
  EXPECT_THAT(tree("Nmae eq 'secret'"), HasSubstr("it takes Name, Contact Key"));
  EXPECT_THAT(tree("Name is 'secret'"), HasSubstr("the operators are"));
  EXPECT_THAT(tree("Name eq 'secret"), HasSubstr("a quote is not closed"));
  EXPECT_THAT(tree("(Name eq secret"), HasSubstr("a parenthesis is not closed"));
  EXPECT_THAT(tree("Name eq 'secret' Age eq 1"), HasSubstr("joined by neither"));
  EXPECT_THAT(tree("Name eq"), HasSubstr("a value is missing"));
  EXPECT_THAT(tree(""), HasSubstr("a name is missing"));
  EXPECT_THAT(tree("Age gt null"), HasSubstr("null is compared by eq and neq"));
  EXPECT_THAT(tree(std::string(40, '(') + "Name eq a" + std::string(40, ')')),
              HasSubstr("nested too deeply"));
  EXPECT_THAT(tree("Name eq " + std::string(kLongestFilterText, 'x')), HasSubstr("at most"));
  for (const char* text : {"Nmae eq 'secret'", "Name is 'secret'", "Name eq 'secret",
                           "(Name eq secret", "Name eq 'secret' Age eq 1"}) {
    EXPECT_THAT(tree(text), testing::Not(HasSubstr("secret"))) << text;
  }
}

// "Age eq 1 or Age eq 2 and (Age eq 1 or …": two levels for each parenthesis.
std::string nested(std::size_t levels) {
  std::string text = "Name eq 'Ann'";
  for (std::size_t i = 0; i < levels; i += 2) {
    if (i > 0) text = "(" + text + ")";
    text = "Age eq 1 or Age eq 2 and " + text;
  }
  return text;
}

TEST(FilterTextTest, IsTakenByTheDatabaseAsDeepAsItMayBe) {
  const platform::TempFolder temp;
  auto tables = *storage::Connection::open(temp / "x.db", storage::OpenMode::kReadWriteCreate);
  ASSERT_TRUE(tables.execute("CREATE TABLE t(name TEXT, age TEXT)"));
  const auto problem = [&](const std::string& text) {
    const auto filter = parse_filter(text, columns());
    if (!filter) return filter.error().detail;
    const auto condition = compile_for(*filter, columns(), 1);
    if (!condition) return condition.error().detail;
    const auto statement = tables.prepare("SELECT 1 FROM t WHERE " + condition->sql);
    return statement ? std::string() : statement.error().detail;
  };
  EXPECT_EQ(problem(nested(kMostFilterLevels)), "");
  EXPECT_THAT(problem(nested(kMostFilterLevels + 2)), HasSubstr("nested too deeply"));
  // One level, however it is written.
  std::string chain = "Age eq 1";
  for (std::size_t i = 0; i < kDeepestFilter; ++i) chain = "Age eq 1 and (" + chain + ")";
  EXPECT_EQ(problem(chain), "");
}

TEST(FilterTextTest, OrdersAreNamesWithTheirDirection) {
  const auto order = [](std::string_view text) {
    const auto orders = parse_order(text, columns());
    return orders ? order_by(*orders, columns(), "id") : orders.error().detail;
  };
  EXPECT_EQ(order("name"), "(name) COLLATE NOCASE ASC, id");
  EXPECT_EQ(order("Age DESC, Contact Key asc"),
            "CAST((age) AS INTEGER) DESC, (key) COLLATE NOCASE ASC, id");
  EXPECT_EQ(order("[Is Member] desc"), "(member) DESC, id");
  EXPECT_THAT(order("id; DROP TABLE x"), HasSubstr("names \"id;\""));
  EXPECT_THAT(order("Name upwards"), HasSubstr("$orderBy takes"));
  EXPECT_THAT(order("Name" + std::string(kLongestFilterText, ' ') + "desc"),
              HasSubstr("at most 2000 bytes"));
  EXPECT_THAT(order(""), HasSubstr("it takes Name"));
}

// Whatever a value holds, it is bound: a row with just that name is found, and no other.
RC_GTEST_PROP(FilterTextTest, AQuotedValueStandsForItself, ()) {
  const auto value =
      *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab'\"()%_\\,;- eqandor[]")));
  std::string quoted;
  for (const char c : value) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  const auto filter = parse_filter("Name eq '" + quoted + "'", columns());
  RC_ASSERT(filter.has_value());
  RC_ASSERT(filter->values == std::vector<std::string>{value});
  const auto condition = compile_for(*filter, columns(), 1);
  RC_ASSERT(condition.has_value());
  RC_ASSERT(condition->sql == "(name) COLLATE NOCASE = ?1");
}

}  // namespace
}  // namespace rekey::engagement
