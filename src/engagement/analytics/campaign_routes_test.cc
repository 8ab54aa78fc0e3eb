#include "engagement/api_test_support.h"

namespace rekey::engagement::analytics {
namespace {

constexpr const char* kAll = "/hub/v1/campaigns";

class CampaignsTest : public ApiTest {};

TEST_F(CampaignsTest, AreMadeReadListedChangedAndDeleted) {
  const Told made = post(kAll, R"({"name":"Spring","description":"d","campaignCode":"s26",
    "color":"d2e7b8","favorite":true})");
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.text,
            R"({"id":"1","createdDate":"2026-11-24T10:00:00","modifiedDate":"2026-11-24T10:00:00",)"
            R"("name":"Spring","description":"d","campaignCode":"s26","color":"d2e7b8",)"
            R"("favorite":true})");
  EXPECT_EQ(post(kAll, R"({"name":"SPRING"})").status, 409);
  EXPECT_EQ(post(kAll, R"({"description":"nameless"})").status, 400);
  EXPECT_EQ(post(kAll, R"({"name":"Autumn"})").at("id"), "2");
  const std::string one = std::string(kAll) + "/1";
  EXPECT_EQ(get(one).text, made.text);
  EXPECT_EQ(patch(one, R"({"name":"Summer"})").at("campaignCode"), "s26");
  const Told page = get(std::string(kAll) + "?$page=1&$pagesize=1&$orderBy=name");
  EXPECT_EQ(get(std::string(kAll) + "?$filter=name eq 'nothing'").at("count"), "0");
  EXPECT_EQ(get(std::string(kAll) + "?$filter=budget gt 1").status, 400);
  EXPECT_EQ(page.at("count"), "2");
  EXPECT_EQ(page.at("items.0.name"), "Autumn");
  EXPECT_EQ(page.at("links.next.href"), "/v1/campaigns?$page=2&$pagesize=1");
  EXPECT_EQ(get(std::string(kAll) + "?$page=2&$pagesize=1").at("links.next.href"), "(none)");
  EXPECT_EQ(remove(one).status, 200);
  EXPECT_EQ(get(one).at("errorcode"), "30003");
  EXPECT_EQ(get(std::string(kAll) + "/first").status, 404);
}

TEST_F(CampaignsTest, KeepWhatBelongsToThem) {
  ASSERT_EQ(post(kAll, R"({"name":"Spring"})").status, 200);
  const std::string assets = std::string(kAll) + "/1/assets";
  const Told added = post(assets, R"({"ids":["7",8],"type":"EMAIL"})");
  ASSERT_EQ(added.status, 200) << added.text;
  EXPECT_EQ(post(assets, R"({"ids":"7","type":"EMAIL"})").status, 200);
  EXPECT_EQ(get(assets).at("totalCount"), "2");
  EXPECT_EQ(get(assets).at("items.1.itemID"), "8");
  EXPECT_EQ(post(assets, R"({"ids":["7"]})").status, 400);
  EXPECT_EQ(remove(assets + "/1").status, 200);
  EXPECT_EQ(remove(assets + "/1").status, 404);
  EXPECT_EQ(get(assets).at("totalCount"), "1");
}

TEST_F(CampaignsTest, ScopesAndBusinessUnitsKeepThemApart) {
  ASSERT_EQ(post(kAll, R"({"name":"Spring"})").status, 200);
  EXPECT_EQ(ask_as(caller_with("campaign_read"), net::Method::kGet, kAll).status, 200);
  EXPECT_EQ(ask_as(caller_with("campaign_read"), net::Method::kPost, kAll, "{}").status, 403);
  const Caller other = all_scopes(kOtherUnit);
  EXPECT_EQ(ask_as(other, net::Method::kGet, kAll).at("count"), "0");
  EXPECT_EQ(ask_as(other, net::Method::kDelete, std::string(kAll) + "/1").status, 404);
}

class AuditTest : public ApiTest {
 protected:
  void adjust(ApiOptions& options) override {
    options.settings.wraps_audit_events = wraps_;
    options.ask_audit = [this](const AuditAsked& asked) { return page_of(asked); };
  }
  struct Seen {
    AuditFact fact;
    std::vector<std::int64_t> units;  // empty: the whole account
    bool is_security = false;
  };
  base::Result<AuditPage> page_of(const AuditAsked& asked) {
    asked_ = asked;
    AuditPage page;
    for (const Seen& seen : facts_) {
      const bool is_seen = seen.units.empty() || std::find(seen.units.begin(), seen.units.end(),
                                                           asked.business_unit) != seen.units.end();
      const bool is_within = seen.fact.at >= asked.from && seen.fact.at <= asked.until;
      if (!is_seen || !is_within || seen.is_security != asked.is_security) continue;
      ++page.count;
      page.facts.push_back(seen.fact);
    }
    if (asked.newest_first) std::reverse(page.facts.begin(), page.facts.end());
    const std::int64_t skipped = std::min(asked.skip, page.count);
    page.facts.erase(page.facts.begin(), page.facts.begin() + skipped);
    if (page.count - skipped > asked.limit) {
      page.facts.resize(static_cast<std::size_t>(asked.limit));
    }
    return page;
  }
  [[nodiscard]] static Seen fact(std::int64_t id, const std::string& at,
                                 const std::string& operation,
                                 std::vector<std::int64_t> units = {}) {
    AuditFact made;
    made.id = id;
    made.at = *base::parse_instant(at);
    made.actor = "admin:abc";
    made.object_type = "Client Secret";
    made.object_id = "sec_1";
    made.object_name = "Order sync";
    made.operation = operation;
    made.transaction = "integration/2#3";
    return {made, std::move(units), operation == "refusal_episode"};
  }

  bool wraps_ = false;
  AuditAsked asked_;
  std::vector<Seen> facts_ = {
      fact(1, "2026-10-01T10:00:00Z", "secret_issued"),
      fact(2, "2026-11-20T10:00:00.250Z", "secret_issued", {kUnit}),
      fact(3, "2026-11-21T10:00:00Z", "secret_activated", {kUnit, kOtherUnit}),
      fact(4, "2026-11-22T10:00:00Z", "refusal_episode", {kUnit}),
      fact(5, "2026-11-23T10:00:00Z", "policy_changed")};
};

TEST_F(AuditTest, TellsTheLastThirtyDaysOfTheBusinessUnit) {
  const Told told = get("/data/v1/audit/auditEvents");
  ASSERT_EQ(told.status, 200) << told.text;
  EXPECT_EQ(told.at("count"), "3");
  EXPECT_EQ(told.at("items.0.id"), "2");
  EXPECT_EQ(told.at("items.0.createdDate"), "2026-11-20T10:00:00.25");
  EXPECT_EQ(told.at("items.0.memberId"), "500000002");
  EXPECT_EQ(told.at("items.0.employee.userName"), "admin:abc");
  EXPECT_EQ(told.at("items.0.objectType.name"), "Client Secret");
  EXPECT_EQ(told.at("items.1.operation.name"), "secret_activated");
  EXPECT_EQ(told.at("items.1.object.name"), "Order sync");
  EXPECT_EQ(told.at("items.1.transactionId"), "integration/2#3");
  EXPECT_EQ(
      ask_as(all_scopes(kOtherUnit), net::Method::kGet, "/data/v1/audit/auditEvents").at("count"),
      "2");
  EXPECT_EQ(
      ask_as(caller_with("email_read"), net::Method::kGet, "/data/v1/audit/auditEvents").status,
      403);
}

TEST_F(AuditTest, TakesDatesOrderAndPages) {
  const std::string events = "/data/v1/audit/auditevents";
  EXPECT_EQ(get(events + "?startdate=2026-09-01").at("count"), "4");
  EXPECT_EQ(get(events + "?startdate=2026-11-20&enddate=2026-11-21").at("count"), "2");
  EXPECT_EQ(get(events + "?$orderBy=createdDate desc").at("items.0.id"), "5");
  const Told page = get(events + "?$page=2&$pagesize=2");
  EXPECT_EQ(page.at("count"), "3");
  EXPECT_EQ(page.at("items.0.id"), "5");
  EXPECT_EQ(page.at("items.1.id"), "(none)");
  EXPECT_EQ(get(events + "?startdate=soon").status, 400);
}

TEST_F(AuditTest, AsksForThePageAndItsTimeAlone) {
  ASSERT_EQ(get("/data/v1/audit/auditevents?$page=3&$pagesize=20&enddate=2026-11-21").status, 200);
  EXPECT_EQ(asked_.business_unit, kUnit);
  EXPECT_EQ(asked_.from, *base::parse_instant("2026-10-25T00:00:00Z"));
  EXPECT_EQ(asked_.until, *base::parse_instant("2026-11-21T23:59:59.999Z"));
  EXPECT_EQ(asked_.skip, 40);
  EXPECT_EQ(asked_.limit, 20);
  EXPECT_FALSE(asked_.newest_first);
  ASSERT_EQ(get("/data/v1/audit/auditevents?$pagesize=1000000").status, 200);
  EXPECT_EQ(asked_.limit, 1000);
}

TEST_F(AuditTest, RefusedTokensAreSecurityEvents) {
  const Told told = get("/data/v1/audit/securityEvents");
  EXPECT_EQ(told.at("count"), "1") << told.text;
  EXPECT_EQ(told.at("items.0.loginStatus.name"), "Login Failed");
  EXPECT_EQ(told.at("items.0.eventType.name"), "refusal_episode");
}

TEST_F(AuditTest, CanComeInAList) {
  api_.reset();
  wraps_ = true;
  open();
  EXPECT_TRUE(get("/data/v1/audit/auditEvents").text.starts_with("[{\"page\":1"));
}

}  // namespace
}  // namespace rekey::engagement::analytics
