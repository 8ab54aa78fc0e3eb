// Workflows that are built in: what they become, and every error in their use.
#include "rotation/inventory/built_in_workflows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "rotation/drivers/registry.h"
#include "rotation/inventory/inventory.h"
#include "rotation/inventory/inventory_keys.h"

namespace rekey::rotation {
namespace {

using testing::HasSubstr;

base::Result<Inventory> read(const std::string& workflow) {
  const std::string text = R"(version: 1
issuer: {kind: rekey, credential: admin.json}
integration: {client_id: abcdefghijklmnopqrstuvwx}
consumers:
  - name: shop
    sink: {kind: file, path: shop/.env, key: CLIENT_SECRET}
    reload: per_call
    seen_as: {user_agent: "shop/*"}
    interval: 20m
workflows:
  - )" + workflow + "\n";
  return parse_inventory(text, "rekey.yaml", builtin_drivers());
}

std::string problem_of(const std::string& workflow) {
  const auto inventory = read(workflow);
  return inventory ? "none" : inventory.error().detail;
}

// Whatever its table says it needs.
std::string sample_use(std::string_view name) {
  std::string with;
  for (const BuiltInParameter& one : parameters_of(name)) {
    if (!one.is_needed) continue;
    with += fmt::format("{}{}: {}-of-mine", with.empty() ? "" : ", ", one.name, one.name);
  }
  return fmt::format("{{use: {}, with: {{{}}}}}", name, with);
}

TEST(BuiltInWorkflows, EachBecomesAWorkflowWithWhatItNeeds) {
  for (const std::string_view name : inventory_keys::kBuiltInNames) {
    const auto inventory = read(sample_use(name));
    ASSERT_TRUE(inventory.has_value()) << inventory.error().detail;
    const Workflow& made = inventory->workflows.at(0);
    EXPECT_EQ(made.name, name);
    EXPECT_FALSE(made.steps.empty());
    const auto is_whole = [](const std::string& text) {
      return text.find("$(") == std::string::npos;
    };
    EXPECT_TRUE(is_whole(made.effects)) << made.effects;
    for (const WorkflowStep& step : made.clean_up) EXPECT_TRUE(is_whole(step.url));
    for (const WorkflowStep& step : made.steps) {
      EXPECT_TRUE(is_whole(step.url) && is_whole(step.body)) << step.url << step.body;
      EXPECT_FALSE(step.texts.empty() && step.checks.empty() && step.captures.empty());
    }
  }
}

TEST(BuiltInWorkflows, LackingAParameterIsTold) {
  for (const std::string_view name : inventory_keys::kBuiltInNames) {
    for (const BuiltInParameter& one : parameters_of(name)) {
      if (!one.is_needed) continue;
      EXPECT_THAT(problem_of(fmt::format("{{use: {}}}", name)),
                  HasSubstr(fmt::format("with of {} lacks the key {}", name, one.name)));
    }
  }
}

TEST(BuiltInWorkflows, ParametersGoWhereTheyBelongAndAreNoTemplates) {
  const auto inventory = read(
      "{use: mce-rows, name: mine, effects: a row, timeout: 20s, with: {data_extension: 'My rows', "
      "key_column: Id, key: '${token}', mark_column: Mark, values: {Total: 7, Code: '7', "
      "'${unique}': x}}}");
  ASSERT_TRUE(inventory.has_value()) << inventory.error().detail;
  const Workflow& made = inventory->workflows.at(0);
  EXPECT_EQ(made.name, "mine");
  EXPECT_EQ(made.effects, "a row");
  EXPECT_EQ(made.timeout, std::chrono::seconds{20});
  EXPECT_EQ(made.steps.at(0).url, "${rest_url}/hub/v1/dataevents/key:My%20rows/rowset");
  EXPECT_EQ(made.steps.at(0).body,
            R"([{"keys":{"Id":"$${token}"},"values":{"Mark":"${unique}","Total":7,"Code":"7",)"
            R"("$${unique}":"x"}}])");
  EXPECT_THAT(made.steps.at(1).body, HasSubstr("<Value>$${token}</Value>"));
}

TEST(BuiltInWorkflows, WhatIsWrongInItsUseHasItsPlace) {
  EXPECT_THAT(problem_of("{use: mce-row, with: {}}"),
              HasSubstr("rekey.yaml:11:11: use mce-row is not known; did you mean mce-rows?"));
  EXPECT_THAT(
      problem_of("{use: mce-tracking, with: {subscribers: x}}"),
      HasSubstr("unknown key subscribers in with of mce-tracking; did you mean subscriber?"));
  EXPECT_THAT(problem_of("{use: mce-tracking, with: {subscriber: 'a<b'}}"),
              HasSubstr("subscriber must be a text of 1 to 200 bytes without"));
  EXPECT_THAT(problem_of("{use: mce-tracking, with: {subscriber: [a]}}"),
              HasSubstr("subscriber must be a text"));
  EXPECT_THAT(problem_of("{use: mce-tracking, with: {subscriber: a}, steps: []}"),
              HasSubstr("unknown key steps in a workflow that is built in"));
  EXPECT_THAT(problem_of("{use: mce-tracking, name: 'a b', with: {subscriber: a}}"),
              HasSubstr("rekey.yaml:11:31: a name here is 1 to 64 characters"));
  EXPECT_THAT(problem_of("{use: mce-rows, with: {data_extension: d, key_column: k, mark_column: m, "
                         "values: x}}"),
              HasSubstr("values must be a mapping"));
}

}  // namespace
}  // namespace rekey::rotation
