#include "engagement/journeys/condition.h"

#include <gtest/gtest.h>

#include <map>

#include "engagement/journeys/names.h"

namespace rekey::engagement::journeys {
namespace {

bool is_met(const std::string& conditions, const std::map<std::string, std::string>& values,
            const std::string& joined_by = "AND") {
  const auto condition = read_condition("<FilterDefinition><ConditionSet Operator=\"" + joined_by +
                                        "\">" + conditions + "</ConditionSet></FilterDefinition>");
  EXPECT_TRUE(condition) << condition.error().detail;
  return condition && holds(*condition, [&](std::string_view name) -> std::optional<std::string> {
           const auto found = values.find(std::string(name));
           if (found == values.end()) return std::nullopt;
           return found->second;
         });
}

std::string condition(const std::string& name, const std::string& comparison,
                      const std::string& value) {
  return "<Condition Key=\"" + name + "\" Operator=\"" + comparison + "\" UiMetaData=\"{}\">" +
         "<Value><![CDATA[" + value + "]]></Value></Condition>";
}

TEST(ConditionTest, ComparesNumbersDatesAndTextsAsWhatTheyAre) {
  const std::map<std::string, std::string> values = {
      {"Total", "9"}, {"Born", "9/1/2026"}, {"City", "Porto"}, {"Member", "True"}};
  EXPECT_TRUE(is_met(condition("Total", "LessThan", "10"), values));
  EXPECT_FALSE(is_met(condition("Total", "GreaterThanOrEqual", "10"), values));
  EXPECT_TRUE(is_met(condition("Born", "GreaterThan", "2026-08-31"), values));
  EXPECT_TRUE(is_met(condition("City", "Equal", "PORTO"), values));
  EXPECT_TRUE(is_met(condition("City", "BeginsWith", "po"), values));
  EXPECT_FALSE(is_met(condition("City", "Contains", "lis"), values));
  EXPECT_TRUE(is_met(condition("Member", "Equal", "1"), values));
  EXPECT_TRUE(is_met(condition("Member", "isTrue", ""), values));
}

TEST(ConditionTest, WhatIsNotThereHoldsOnlyWhereThatIsAskedFor) {
  EXPECT_FALSE(is_met(condition("Total", "LessThan", "10"), {}));
  EXPECT_FALSE(is_met(condition("Total", "Equal", ""), {}));
  EXPECT_TRUE(is_met(condition("Total", "NotEqual", "10"), {}));
  EXPECT_TRUE(is_met(condition("Total", "IsNull", ""), {}));
  EXPECT_FALSE(is_met(condition("Total", "IsNotNull", ""), {}));
}

TEST(ConditionTest, JoinsByAndAndByOr) {
  const std::string both = condition("A", "Equal", "1") + condition("B", "Equal", "2");
  EXPECT_FALSE(is_met(both, {{"A", "1"}}));
  EXPECT_TRUE(is_met(both, {{"A", "1"}}, "OR"));
  EXPECT_TRUE(is_met(both, {{"A", "1"}, {"B", "2"}}));
  EXPECT_FALSE(is_met(both, {}, "OR"));
}

TEST(ConditionTest, RefusesWhatItDoesNotKnow) {
  EXPECT_FALSE(read_condition("<FilterDefinition><ConditionSet>"));
  EXPECT_FALSE(read_condition("<!DOCTYPE a><FilterDefinition/>"));
  EXPECT_FALSE(read_condition(
      "<F><ConditionSet><Condition Key=\"A\" Operator=\"Sounds\"/></ConditionSet></F>"));
  EXPECT_FALSE(
      read_condition("<F><ConditionSet><Condition Operator=\"Equal\"/></ConditionSet></F>"));
}

TEST(NamesTest, FindsWhatTheEventAndTheContactSay) {
  const std::string key = "c-1";
  const EventData data = {{"Order Id", "O-1"}, {"Name", "of the event"}};
  const std::vector<contacts::Attribute> attributes = {
      {"Email Addresses", 0, "Email Address", "ann@example.org"},
      {"Email Demographics", 0, "Name", "Ann"}};
  const Names names(key, data, attributes);
  EXPECT_EQ(names.find("Event.APIEvent-1.\"Order Id\""), "O-1");
  EXPECT_EQ(names.find("Event.APIEvent-1.[order id]"), "O-1");
  EXPECT_EQ(names.find("Name"), "of the event");
  EXPECT_EQ(names.find("Contact.Attribute.\"Email Demographics\".Name"), "Ann");
  EXPECT_EQ(names.find("Contact.Key"), "c-1");
  EXPECT_EQ(names.find("Contact.Default.Email"), "ann@example.org");
  EXPECT_EQ(names.find("Event.APIEvent-1.Nothing"), std::nullopt);
  EXPECT_EQ(names.evaluate("Hello {{Contact.Attribute.Email Demographics.Name}}, {{Nobody}}!"),
            "Hello Ann, !");
  EXPECT_EQ(names.evaluate("{{open"), "{{open");
}

}  // namespace
}  // namespace rekey::engagement::journeys
