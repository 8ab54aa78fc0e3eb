#include "engagement/sandbox/seed.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "engagement/api_test_support.h"

namespace rekey::engagement::sandbox {
namespace {

class SeedTest : public ApiTest {
 protected:
  void adjust(ApiOptions& options) override {
    options.advance_clock = [this](base::Duration by) -> base::Result<base::Instant> {
      clock_.advance(by);
      return clock_.now();
    };
  }
  [[nodiscard]] Told administer(const std::string& path, const std::string& body = "{}") {
    Caller administrator;
    administrator.business_unit = kUnit;
    administrator.is_administrator = true;
    return ask_as(administrator, net::Method::kPost, path, body);
  }
  // Some 400 KiB of them.
  [[nodiscard]] static std::string large_attributes() {
    std::string members;
    for (int i = 0; i < 100; ++i) {
      members += fmt::format(R"({}{{"name":"Note {}","value":"{}"}})", i == 0 ? "" : ",", i,
                             std::string(4000, 'x'));
    }
    return members;
  }
  // More than a page of an export.
  void make_large_contacts() {
    for (int i = 0; i < 3; ++i) {
      ASSERT_EQ(post("/contacts/v1/contacts",
                     fmt::format(R"({{"contactKey":"large {}","attributeSets":[{{"name":"Notes",)"
                                 R"("items":[{{"values":[{}]}}]}}]}})",
                                 i, large_attributes()))
                    .status,
                200);
    }
  }
  // `next`: what the page before it gave; empty for the first.
  [[nodiscard]] Told export_page(const std::string& next = {}) {
    Caller administrator;
    administrator.is_administrator = true;
    return ask_as(administrator, net::Method::kGet, "/sandbox/v1/export?" + next);
  }
  [[nodiscard]] static std::string next_of(const Told& told) {
    for (const auto& [name, value] : told.response.headers) {
      if (name == "Rekey-Next") return value;
    }
    return {};
  }
  [[nodiscard]] static int count_of(std::string_view text, std::string_view part) {
    int count = 0;
    for (std::size_t at = text.find(part); at != std::string_view::npos;
         at = text.find(part, at + 1)) {
      ++count;
    }
    return count;
  }
};

TEST_F(SeedTest, FillsOneBusinessUnitAndIsTheSameTheSecondTime) {
  for (int time = 0; time < 2; ++time) {
    const Told told = administer("/sandbox/v1/seed");
    EXPECT_EQ(told.status, 200) << told.text;
    EXPECT_EQ(told.at("contacts"), "40");
    EXPECT_EQ(told.at("dataExtensions"), "3");
    EXPECT_EQ(told.at("rows"), "166");
    EXPECT_EQ(told.at("events"), "662");
    EXPECT_EQ(told.at("sendDefinitions"), "2");
    EXPECT_EQ(told.at("journeyMembers"), "40");
    EXPECT_EQ(told.at("journeyWaiting"), "4");
  }
  EXPECT_EQ(get("/data/v1/customobjects").at("count"), "3");
  EXPECT_EQ(get("/data/v1/customobjectdata/key/customers/rowset").at("items.0.values.Email"),
            "ann.archer@example.org");
  EXPECT_EQ(get("/data/v1/customobjectdata/key/orders/rowset").at("count"), "120");
  EXPECT_EQ(ask_as(all_scopes(kOtherUnit), net::Method::kGet, "/data/v1/customobjects").at("count"),
            "0");
}

TEST_F(SeedTest, AllThatASandboxHoldsIsExportedPageByPageAndEachRowOnce) {
  ASSERT_EQ(administer("/sandbox/v1/seed").status, 200);
  ASSERT_EQ(create_people().status, 201);
  make_large_contacts();
  std::map<std::string, int> rows;
  std::set<std::string> lines;
  std::string next;
  int pages = 0;
  do {
    const Told told = export_page(next);
    ASSERT_EQ(told.status, 200) << told.text;
    next = next_of(told);
    ++pages;
    std::istringstream text(told.text);
    for (std::string line; std::getline(text, line);) {
      const auto json = net::parse_json(line);
      ASSERT_TRUE(json) << line;
      ++rows[json->string_member("table").value()];
      EXPECT_TRUE(lines.insert(line).second) << line;
    }
  } while (!next.empty());
  EXPECT_GT(pages, 1);
  EXPECT_EQ(rows["contact"], 43);
  EXPECT_EQ(rows["data_extension"], 4);
  EXPECT_EQ(rows["data_extension_row"], 166);
  EXPECT_EQ(rows["tracking_events"], 662);
  EXPECT_EQ(rows["journey_member"], 40);
  EXPECT_EQ(rows.count("schema_version"), 0u);
  EXPECT_EQ(get("/sandbox/v1/export").status, 403);
  EXPECT_EQ(export_page("table=contact&after=x").status, 400);
}

TEST_F(SeedTest, AnExportIsOfOneStateWhateverIsWrittenBetweenItsPages) {
  ASSERT_EQ(administer("/sandbox/v1/seed").status, 200);
  make_large_contacts();
  std::string next = next_of(export_page());
  ASSERT_NE(next, "");
  ASSERT_EQ(administer("/sandbox/v1/reset").status, 200);
  int members = 0;
  while (!next.empty()) {
    const Told told = export_page(next);
    ASSERT_EQ(told.status, 200) << told.text;
    next = next_of(told);
    members += count_of(told.text, R"({"table":"journey_member",)");
  }
  EXPECT_EQ(members, 40);
  EXPECT_EQ(count_of(export_page().text, R"({"table":"journey_member",)"), 0);
}

TEST_F(SeedTest, AnExportEndsWhenAnotherBeginsAndAMinuteAfterItWasLeft) {
  ASSERT_EQ(administer("/sandbox/v1/seed").status, 200);
  make_large_contacts();
  const std::string first = next_of(export_page());
  const std::string second = next_of(export_page());
  const Told replaced = export_page(first);
  EXPECT_EQ(replaced.status, 409) << replaced.text;
  EXPECT_NE(replaced.text.find("begin again"), std::string::npos);
  EXPECT_EQ(export_page(second).status, 200);

  const std::string left = next_of(export_page());
  clock_.advance(std::chrono::seconds{60});
  ASSERT_TRUE(api_->tick());
  EXPECT_EQ(export_page(left).status, 200);
  const std::string forgotten = next_of(export_page());
  clock_.advance(std::chrono::seconds{61});
  ASSERT_TRUE(api_->tick());
  EXPECT_EQ(export_page(forgotten).status, 409);
}

TEST_F(SeedTest, FillsTheBusinessUnitThatIsNamed) {
  EXPECT_EQ(administer("/sandbox/v1/seed", R"({"businessUnit":500000003})").at("businessUnit"),
            "500000003");
  EXPECT_EQ(ask_as(all_scopes(kOtherUnit), net::Method::kGet, "/data/v1/customobjects").at("count"),
            "3");
}

TEST_F(SeedTest, KeepsWhatSomebodyElseMadeUnderTheSameKey) {
  ASSERT_EQ(post("/data/v1/customobjects",
                 R"({"name":"Mine","key":"orders","fields":[{"name":"A","isPrimaryKey":true}]})")
                .status,
            201);
  EXPECT_EQ(administer("/sandbox/v1/seed").status, 409);
  EXPECT_EQ(get("/data/v1/customobjects").at("count"), "1");
}

TEST_F(SeedTest, SendsAMailToOneOfItsContactsThatTheAdministratorCanRead) {
  ASSERT_EQ(administer("/sandbox/v1/seed").status, 200);
  ASSERT_EQ(post("/messaging/v1/email/messages/m-1",
                 R"({"definitionKey":"order-confirmation","recipient":{"contactKey":"C-1001",
                    "attributes":{"OrderId":"O-50001","Total":"14.50"}}})")
                .at("errorcode"),
            "0");
  clock_.advance(std::chrono::seconds{1});
  ASSERT_TRUE(api_->tick());
  Caller administrator;
  administrator.is_administrator = true;
  const Told mails = ask_as(administrator, net::Method::kGet, "/sandbox/v1/mail");
  EXPECT_EQ(mails.at("items.0.state"), "Sent") << mails.text;
  EXPECT_EQ(mails.at("items.0.to"), "ann.archer@example.org");
  EXPECT_EQ(mails.at("items.0.subject"), "Your order O-50001, Ann");
  const Told mail = ask_as(administrator, net::Method::kGet, "/sandbox/v1/mail/1");
  EXPECT_NE(mail.at("text").find("your order O-50001 over 14.50"), std::string::npos) << mail.text;
  EXPECT_NE(mail.at("raw").find("Subject: Your order O-50001, Ann\r\n"), std::string::npos);
  EXPECT_EQ(ask_as(administrator, net::Method::kGet, "/sandbox/v1/mail/2").status, 404);
  EXPECT_EQ(get("/sandbox/v1/mail").status, 403);

  ASSERT_EQ(administer("/sandbox/v1/reset").status, 200);
  EXPECT_EQ(ask_as(administrator, net::Method::kGet, "/sandbox/v1/mail").at("items.0.id"),
            "(none)");
  EXPECT_EQ(get("/messaging/v1/email/definitions").at("count"), "0");
  EXPECT_EQ(get("/asset/v1/content/assets").at("count"), "0");
}

TEST_F(SeedTest, HasAJourneyThatHasRunForAMonthAndGoesOn) {
  ASSERT_EQ(administer("/sandbox/v1/seed").status, 200);
  const std::string journeys = "/interaction/v1/interactions";
  const Told journey = get(journeys + "/key:welcome-journey");
  EXPECT_EQ(journey.at("status"), "Published") << journey.text;
  EXPECT_EQ(journey.at("stats.cumulativePopulation"), "40");
  EXPECT_EQ(journey.at("stats.currentPopulation"), "4");
  const std::string search = journeys + "/journeyhistory/search";
  EXPECT_EQ(post(search, R"({"activityTypes":["EMAILV2"]})").at("count"), "40");
  EXPECT_EQ(post(search, R"({"start":"2026-10-25"})").at("count"), post(search, "{}").at("count"));
  clock_.advance(base::Days{3});
  ASSERT_TRUE(api_->tick());
  EXPECT_EQ(get(journeys + "/key:welcome-journey").at("stats.currentPopulation"), "0");
  EXPECT_EQ(post("/interaction/v1/events",
                 R"({"ContactKey":"C-1001","EventDefinitionKey":"customer-registered"})")
                .status,
            201);
  ASSERT_TRUE(api_->tick());
  clock_.advance(std::chrono::seconds{1});
  ASSERT_TRUE(api_->tick());
  Caller administrator;
  administrator.is_administrator = true;
  const Told mails = ask_as(administrator, net::Method::kGet, "/sandbox/v1/mail");
  EXPECT_EQ(mails.at("items.0.subject"), "Welcome, Ann!") << mails.text;
  EXPECT_EQ(get("/hub/v1/campaigns").at("items.0.campaignCode"), "tea-season");
  ASSERT_EQ(administer("/sandbox/v1/reset").status, 200);
  EXPECT_EQ(get(journeys).at("count"), "0");
  EXPECT_EQ(get("/hub/v1/campaigns").at("count"), "0");
}

TEST_F(SeedTest, TheClockCanBeMovedAheadWhereTheServerAllowsIt) {
  Caller administrator;
  administrator.is_administrator = true;
  EXPECT_EQ(ask_as(administrator, net::Method::kGet, "/sandbox/v1/clock").at("now"),
            "2026-11-24T10:00:00Z");
  EXPECT_EQ(administer("/sandbox/v1/clock", R"({"advanceMillis":86400000})").at("now"),
            "2026-11-25T10:00:00Z");
  EXPECT_EQ(clock_.now(), *base::parse_instant("2026-11-25T10:00:00Z"));
  for (const std::string bad : {R"({"advanceMillis":-1})", R"({"advanceMillis":0})", "{}",
                                R"({"advanceMillis":99999999999999})"}) {
    EXPECT_EQ(administer("/sandbox/v1/clock", bad).status, 400) << bad;
  }
  EXPECT_EQ(get("/sandbox/v1/clock").status, 403);
}

TEST_F(SeedTest, IsUndoneByAReset) {
  ASSERT_EQ(administer("/sandbox/v1/seed").status, 200);
  EXPECT_EQ(administer("/sandbox/v1/reset").status, 200);
  EXPECT_EQ(get("/data/v1/customobjects").at("count"), "0");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(api_->tick());
  EXPECT_EQ(administer("/sandbox/v1/seed").status, 200);
}

}  // namespace
}  // namespace rekey::engagement::sandbox
