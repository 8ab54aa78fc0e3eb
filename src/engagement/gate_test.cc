#include "engagement/gate.h"

#include <gmock/gmock.h>

#include <set>
#include <tuple>
#include <vector>

#include "engagement/api_test_support.h"

namespace rekey::engagement {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

TEST(Caller, HoldsWhatItsTokenNames) {
  const Caller caller = caller_with("email_read data_extensions_read");
  EXPECT_TRUE(holds_all(caller, "data_extensions_read"));
  EXPECT_TRUE(holds_all(caller, "data_extensions_read email_read"));
  EXPECT_TRUE(holds_all(caller, ""));
  EXPECT_FALSE(holds_all(caller, "data_extensions"));
  EXPECT_FALSE(holds_all(caller, "data_extensions_read data_extensions_write"));
}

TEST(Caller, IsNoAdministratorByTheNameOfAScope) {
  EXPECT_FALSE(holds_all(caller_with("rekey_admin"), kAdministratorOnly));
}

TEST(Routes, MatchWithoutRegardToCaseAndKeepThePartsAsSent) {
  const auto parts = match_path("/hub/v1/dataevents/{}/rowset", "/Hub/v1/DATAEVENTS/key:Aa/rowset");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->at(0), "key:Aa");
  EXPECT_TRUE(match_path("/data/v1/customobjects", "/data/v1/customobjects/"));
  EXPECT_FALSE(match_path("/data/v1/customobjects", "/data/v1/customobjects/x"));
  EXPECT_FALSE(match_path("/data/v1/customobjects/{}", "/data/v1/customobjects"));
}

TEST(Routes, DecodeTheirParts) {
  const auto found =
      find_route(all_routes(), net::Method::kPut, "/hub/v1/dataevents/key:a%2Fb/rows/Id:1+2%20");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->parts, (std::vector<std::string>{"key:a/b", "Id:1+2 "}));
  EXPECT_FALSE(find_route(all_routes(), net::Method::kPut, "/hub/v1/dataevents/%zz/rows/Id:1"));
  EXPECT_FALSE(find_route(all_routes(), net::Method::kPut, "/hub/v1/dataevents/%00/rows/Id:1"));
}

TEST(Routes, AreEachThereOnceAndInLowerCase) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Route& route : all_routes()) {
    EXPECT_TRUE(seen.emplace(net::name_of(route.method), route.pattern).second) << route.pattern;
    for (const char c : route.pattern) EXPECT_FALSE(c >= 'A' && c <= 'Z') << route.pattern;
    EXPECT_FALSE(route.scopes.empty()) << route.pattern;
  }
}

// Contract section 2.6, row by row.
TEST(Routes, NeedTheScopesOfTheContract) {
  const auto scopes_of = [](net::Method method, std::string_view path) -> std::string_view {
    const auto found = find_route(all_routes(), method, path);
    return found && *found && (*found)->route != nullptr ? (*found)->route->scopes : "(no route)";
  };
  using net::Method;
  const std::vector<std::tuple<Method, std::string_view, std::string_view>> table{
      {Method::kPost, "/contacts/v1/contacts", "list_and_subscribers_write"},
      {Method::kPatch, "/contacts/v1/contacts",
       "list_and_subscribers_read list_and_subscribers_write"},
      {Method::kPost, "/contacts/v1/addresses/email/search", "list_and_subscribers_read"},
      {Method::kGet, "/contacts/v1/attributeSetDefinitions", "list_and_subscribers_read"},
      {Method::kPost, "/hub/v1/dataevents/key:x/rowset", "data_extensions_write"},
      {Method::kPut, "/hub/v1/dataevents/key:x/rows/Id:1", "data_extensions_write"},
      {Method::kPut, "/hub/v1/dataevents/key:x/rows/Id:1/column/N/increment",
       "data_extensions_write"},
      {Method::kPost, "/data/v1/async/dataextensions/key:x/rows", "data_extensions_write"},
      {Method::kPut, "/data/v1/async/dataextensions/key:x/rows", "data_extensions_write"},
      {Method::kGet, "/data/v1/async/x/status", "data_extensions_read"},
      {Method::kGet, "/data/v1/async/x/results", "data_extensions_read"},
      {Method::kGet, "/data/v1/customobjectdata/key/x/rowset", "data_extensions_read"},
      {Method::kPost, "/messaging/v1/messageDefinitionSends/key:x/send", "email_send"},
      {Method::kPost, "/messaging/v1/email/messages", "email_send"},
      {Method::kPost, "/messaging/v1/email/messages/m", "email_send"},
      {Method::kGet, "/messaging/v1/email/definitions", "email_read"},
      {Method::kGet, "/messaging/v1/email/definitions/x", "email_read"},
      {Method::kGet, "/messaging/v1/email/messages", "email_read"},
      {Method::kGet, "/messaging/v1/email/messages/m", "email_read"},
      {Method::kPost, "/messaging/v1/email/definitions", "email_write"},
      {Method::kPatch, "/messaging/v1/email/definitions/x", "email_write"},
      {Method::kDelete, "/messaging/v1/email/definitions/x", "email_write"},
      {Method::kPost, "/interaction/v1/events", "list_and_subscribers_read journeys_read"},
      {Method::kGet, "/interaction/v1/interactions", "journeys_read"},
      {Method::kGet, "/interaction/v1/eventDefinitions", "journeys_read"},
      {Method::kGet, "/hub/v1/campaigns", "campaign_read"},
      {Method::kPost, "/hub/v1/campaigns", "campaign_write"},
      {Method::kPost, "/asset/v1/content/assets", "saved_content_write"},
      {Method::kGet, "/asset/v1/content/assets", "documents_and_images_read"},
      {Method::kGet, "/data/v1/audit/auditEvents", "tracking_events_read"},
      {Method::kGet, "/data/v1/audit/securityEvents", "tracking_events_read"},
  };
  for (const auto& [method, path, scopes] : table) {
    EXPECT_EQ(scopes_of(method, path), scopes) << net::name_of(method) << " " << path;
  }
}

// What has no scope has to be meant so.
TEST(Routes, AreForAnyoneOnlyWhereTheReaderOfAMailAsks) {
  for (const Route& route : all_routes()) {
    EXPECT_EQ(route.scopes == kAnyone, route.pattern.starts_with("/track/")) << route.pattern;
  }
}

class GateTest : public ApiTest {};

TEST_F(GateTest, WhoHasNoTokenIsToldSoWhateverThePath) {
  for (const char* path : {"/data/v1/customobjects", "/data/v1/nothing"}) {
    const Told told = ask_as(std::nullopt, net::Method::kGet, path);
    EXPECT_EQ(told.status, 401);
    EXPECT_EQ(told.at("errorcode"), "0");
    EXPECT_EQ(told.at("message"), "Not Authorized");
    EXPECT_THAT(told.response.headers,
                Contains(Pair("WWW-Authenticate", R"(Bearer error="invalid_token")")));
  }
}

TEST_F(GateTest, EveryRouteRefusesWhoLacksOneOfItsScopes) {
  for (const Route& route : all_routes()) {
    if (route.scopes == kAnyone) continue;
    std::string path(route.pattern);
    for (std::size_t at = path.find("{}"); at != std::string::npos; at = path.find("{}")) {
      path.replace(at, 2, "x");
    }
    const Told told = ask_as(caller_with("sms_send"), route.method, path);
    EXPECT_EQ(told.status, 403) << path;
    EXPECT_EQ(told.at("errorcode"), "20002");
    EXPECT_EQ(told.at("message"), "Insufficient Privileges");
  }
}

TEST_F(GateTest, AnUpdateOfContactsNeedsBothScopes) {
  const std::string body = R"({"contactKey":"c-1","attributeSets":[]})";
  EXPECT_EQ(ask_as(caller_with("list_and_subscribers_write"), net::Method::kPatch,
                   "/contacts/v1/contacts", body)
                .status,
            403);
  EXPECT_EQ(ask_as(caller_with("list_and_subscribers_write"), net::Method::kPost,
                   "/contacts/v1/contacts", body)
                .status,
            200);
}

TEST_F(GateTest, AnUnknownPathIsNotFoundAndAWrongMethodIsToldTheRightOnes) {
  const Told unknown = get("/data/v1/nothing");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.at("errorcode"), "404");
  EXPECT_EQ(unknown.at("message"), "Not Found");
  const Told wrong = ask(net::Method::kDelete, "/data/v1/customobjects");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_THAT(wrong.response.headers, Contains(Pair("Allow", "GET, POST")));
}

TEST_F(GateTest, EveryAnswerHasAMessageIdAndMalformedJsonIsRefusedWithoutItsContent) {
  const Told told = post("/data/v1/customobjects", R"({"name": "secret-looking)");
  EXPECT_EQ(told.status, 400);
  EXPECT_THAT(told.at("message"), HasSubstr("malformed JSON"));
  EXPECT_EQ(told.text.find("secret-looking"), std::string::npos);
  EXPECT_THAT(told.response.headers, Contains(Pair("X-Mashery-Message-ID", testing::SizeIs(36))));
}

TEST_F(GateTest, OwnsTheFamiliesOfItsRoutesAlone) {
  EXPECT_TRUE(api_->owns("/data/v1/anything"));
  EXPECT_TRUE(api_->owns("/contacts"));
  EXPECT_FALSE(api_->owns("/v2/token"));
  EXPECT_FALSE(api_->owns("/api/v1/status"));
  EXPECT_FALSE(api_->owns("/database"));
}

TEST_F(GateTest, AStoppedApiSaysThatItIsUnavailable) {
  api_->stop();
  const Told told = get("/data/v1/customobjects");
  EXPECT_EQ(told.status, 503);
  EXPECT_EQ(told.at("errorcode"), "50300");
}

}  // namespace
}  // namespace rekey::engagement
