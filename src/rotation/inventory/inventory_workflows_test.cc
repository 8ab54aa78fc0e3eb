// Workflows in rekey.yaml: what is read, and every error with its place.
#include "rotation/inventory/inventory_workflows.h"

#include <gtest/gtest.h>

#include <string>

#include "rotation/drivers/registry.h"
#include "rotation/inventory/inventory.h"

namespace rekey::rotation {
namespace {

const std::string kHead = R"(version: 1
issuer: {kind: rekey, credential: admin.json}
integration: {client_id: abcdefghijklmnopqrstuvwx}
consumers:
  - name: shop
    sink: {kind: file, path: shop/.env, key: CLIENT_SECRET}
    reload: per_call
    seen_as: {user_agent: "shop/*"}
    interval: 20m
)";

const std::string kOrders = R"(workflows:
  - name: orders
    effects: one test order, which is cancelled again
    timeout: 2m
    steps:
      - name: place
        method: POST
        url: ${rest_url}/orders
        headers: {Authorization: "Bearer ${token}"}
        body: {item: "7", count: 7, paid: true, note: null, tags: [a, "${client_id}"]}
        expect: {status: [201, 202], json: {/state: new, count: 7, id: {exists: true}}}
        capture: {order: id}
      - name: look
        url: ${base_url}/orders/${order}
        expect: {json: {state: {matches: "ship*", exists: true}, code: "7", id: "${order}"}}
        until: {every: 2s, within: 60s}
    clean_up:
      - {name: cancel, method: DELETE, url: "https://shop.example/${order}", body: "${token}"}
)";

base::Result<Inventory> read(const std::string& text) {
  return parse_inventory(text, "rekey.yaml", builtin_drivers());
}

TEST(InventoryWorkflows, AreReadAsTheyStand) {
  const auto inventory = read(kHead + kOrders);
  ASSERT_TRUE(inventory) << inventory.error().detail;
  ASSERT_EQ(inventory->workflows.size(), 1u);
  const Workflow& orders = inventory->workflows.front();
  EXPECT_EQ(orders.name, "orders");
  EXPECT_EQ(orders.effects, "one test order, which is cancelled again");
  EXPECT_EQ(orders.timeout, std::chrono::minutes{2});
  ASSERT_EQ(orders.steps.size(), 2u);
  const WorkflowStep& place = orders.steps[0];
  EXPECT_EQ(place.method, net::Method::kPost);
  EXPECT_TRUE(place.is_json_body);
  EXPECT_EQ(place.body,
            R"({"item":"7","count":7,"paid":true,"note":null,"tags":["a","${client_id}"]})");
  EXPECT_EQ(place.statuses, (std::vector<int>{201, 202}));
  using Kind = JsonCheck::Kind;
  const std::vector<JsonCheck> checks{{"/state", Kind::kEquals, "new", false},
                                      {"count", Kind::kEquals, "7", false},
                                      {"id", Kind::kExists}};
  EXPECT_EQ(place.checks, checks);
  EXPECT_EQ(place.captures, (std::vector<WorkflowStep::Named>{{"order", "id"}}));
  const WorkflowStep& look = orders.steps[1];
  const std::vector<JsonCheck> more{{"state", Kind::kExists},
                                    {"state", Kind::kMatches, "ship*"},
                                    {"code", Kind::kEquals, "7", true},
                                    {"id", Kind::kEquals, "${order}", false}};
  EXPECT_EQ(look.checks, more);
  EXPECT_EQ(look.statuses, std::vector<int>{200});
  EXPECT_EQ(look.until, (Polling{std::chrono::seconds{2}, std::chrono::seconds{60}}));
  ASSERT_EQ(orders.clean_up.size(), 1u);
  EXPECT_FALSE(orders.clean_up[0].is_json_body);
}

TEST(InventoryWorkflows, BelongToAnIntegrationOfAFileWithSeveralToo) {
  std::string indented;
  for (std::size_t from = 0; from < kOrders.size();) {
    const std::size_t end = kOrders.find('\n', from);
    indented += "    " + kOrders.substr(from, end - from + 1);
    from = end + 1;
  }
  const auto inventory = read(
      "version: 1\nissuers:\n  own: {kind: rekey, credential: admin.json}\nintegrations:\n"
      "  - client_id: abcdefghijklmnopqrstuvwx\n" +
      indented);
  ASSERT_TRUE(inventory) << inventory.error().detail;
  EXPECT_EQ(inventory->workflows.size(), 1u);
}

struct Case {
  std::string from;
  std::string to;
  std::string line;  // that is told
  std::string says;
};

TEST(InventoryWorkflows, WhatIsWrongIsToldWithItsPlaceAndHowToMendIt) {
  const std::vector<Case> cases{
      {"workflows:", "workflows: {}\nx:", "10", "workflows must be a list of 1 to 20"},
      {"    effects: one test order, which is cancelled again\n", "", "11",
       "a workflow lacks the key effects"},
      {"${rest_url}/orders", "/orders", "17", "url must begin with https://"},
      {"${rest_url}/orders", "${rest_url}/orders?t=${token}", "17", "is logged"},
      {"${rest_url}/orders", "https://shop.example:port/orders", "17", "no request can be sent"},
      {"${rest_url}/orders", "\"https:// shop.example/orders\"", "17", "becomes https:// shop"},
      {"/orders/${order}\n", "/orders/${ordr}\n", "23", "${ordr} is not known here"},
      {"capture: {order: id}", "capture: {token: id}", "21", "none that is built in"},
      {"capture: {order: id}", "capture: {order: a..b}", "21", "JSON Pointer"},
      {"[201, 202]", "[201, 2020]", "20", "status must be an HTTP status"},
      {"id: {exists: true}", "id: {exists: maybe}", "20", "exists must be true or false"},
      {"id: {exists: true}", "id: {}", "20", "{exists: true} or {matches: TEXT}"},
      {"id: {exists: true}", "id: [1]", "20", "a list cannot be compared"},
      {"{every: 2s, within: 60s}", "{every: 2m, within: 60s}", "25", "every is longer than within"},
      {"{every: 2s, within: 60s}", "{every: 2s}", "25", "until lacks the key within"},
      {"method: POST", "method: PSOT", "16", "write one of GET"},
      {"{Authorization: ", "{Content-Length: ", "18", "is the client's own"},
      {"{Authorization: ", "{'A b': ", "18", "a header's name is"},
      {"name: look", "name: place", "22", "two steps of the workflow are called place"},
      {"timeout: 2m", "timeout: 2h", "13", "at most 15m"},
      {"count: 7, paid", "item: 7, paid", "19", "the key item stands twice in body"},
      {"note: null", "note: \"${\"", "19", "must be followed by a name"},
  };
  for (const Case& one : cases) {
    std::string text = kHead + kOrders;
    const std::size_t at = text.find(one.from);
    ASSERT_NE(at, std::string::npos) << one.from;
    text.replace(at, one.from.size(), one.to);
    const auto inventory = read(text);
    ASSERT_FALSE(inventory) << one.to;
    const std::string& said = inventory.error().detail;
    EXPECT_NE(said.find("rekey.yaml:" + one.line + ":"), std::string::npos) << one.to << "\n"
                                                                            << said;
    EXPECT_NE(said.find(one.says), std::string::npos) << one.to << "\n" << said;
  }
}

}  // namespace
}  // namespace rekey::rotation
