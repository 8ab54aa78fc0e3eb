#include "engagement/journeys/journey_test_support.h"

namespace rekey::engagement::journeys {
namespace {

using Texts = std::vector<std::string>;
constexpr const char* kAll = "/interaction/v1/interactions";
constexpr const char* kEvents = "/interaction/v1/eventDefinitions";

TEST_F(JourneysTest, EventDefinitionsAreMadeReadListedChangedAndDeleted) {
  const Told made = post(kEvents, R"({"name":"Bought","eventDefinitionKey":"bought","type":"Event",
    "mode":"Production","isVisibleInPicker":true,"arguments":{"criteria":"null"}})");
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.at("id").size(), 36u);
  EXPECT_EQ(made.at("type"), "Event");
  EXPECT_EQ(made.at("arguments.criteria"), "null");
  EXPECT_EQ(made.at("createdDate"), "2026-11-24T10:00:00");
  EXPECT_EQ(post(kEvents, R"({"name":"Bought","eventDefinitionKey":"BOUGHT"})").status, 409);
  EXPECT_EQ(post(kEvents, R"({"eventDefinitionKey":"x"})").status, 400);
  EXPECT_EQ(post(kEvents, R"({"name":"x","dataExtensionId":"nothing"})").status, 400);
  EXPECT_TRUE(
      post(kEvents, R"({"name":"Nameless"})").at("eventDefinitionKey").starts_with("APIEvent-"));
  EXPECT_EQ(get(std::string(kEvents) + "/key:bought").at("id"), made.at("id"));
  EXPECT_EQ(get(std::string(kEvents) + "/" + made.at("id")).at("name"), "Bought");
  EXPECT_EQ(get(kEvents).at("count"), "3");
  EXPECT_EQ(get(std::string(kEvents) + "?name=ough&$pageSize=1").at("items.0.eventDefinitionKey"),
            "bought");
  const Told changed =
      put(std::string(kEvents) + "/key:bought", R"({"name":"Paid","mode":"Test"})");
  EXPECT_EQ(changed.at("name"), "Paid");
  EXPECT_EQ(changed.at("mode"), "Test");
  EXPECT_EQ(changed.at("isVisibleInPicker"), "true");
  EXPECT_EQ(remove(std::string(kEvents) + "/key:bought").status, 200);
  EXPECT_EQ(get(std::string(kEvents) + "/key:bought").at("errorcode"), "30003");
  running_journey(journey(wait_days("W-1", 1, "")));
  EXPECT_EQ(get(std::string(kEvents) + "/key:joined").at("publishedInteractionCount"), "1");
  EXPECT_EQ(remove(std::string(kEvents) + "/key:joined").status, 409);
}

TEST_F(JourneysTest, AJourneyKeepsItsDocumentAndTheServersOwnWords) {
  const Told made =
      post(kAll, R"({"key":"k","name":"First","workflowApiVersion":1.0,"tags":[{"name":"Fun"}],
    "id":"mine","status":"Published","activities":[{"key":"WAIT-1","type":"WAIT",
    "configurationArguments":
    {"waitDuration":1,"waitUnit":"DAYS"},"schema":{"a":{"b":1.5}}}],"metaData":{"x":null}})");
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.at("status"), "Draft");
  EXPECT_EQ(made.at("version"), "1");
  EXPECT_EQ(made.at("id").size(), 36u);
  EXPECT_NE(made.at("id"), made.at("definitionId"));
  EXPECT_EQ(made.at("lastPublishedDate"), "0001-01-01T00:00:00");
  EXPECT_EQ(made.at("entryMode"), "SingleEntryAcrossAllVersions");
  EXPECT_EQ(made.at("tags.0.name"), "Fun");
  EXPECT_EQ(made.at("metaData.x"), "null");
  EXPECT_EQ(made.at("activities.0.id").size(), 36u);
  EXPECT_NE(made.text.find(R"("schema":{"a":{"b":1.5}})"), std::string::npos);
  const std::string one = std::string(kAll) + "/" + made.at("id");
  EXPECT_EQ(get(one).text, made.text);
  EXPECT_EQ(get(std::string(kAll) + "/key:K").at("id"), made.at("id"));
  EXPECT_EQ(get(std::string(kAll) + "/" + made.at("definitionId")).at("key"), "k");
  EXPECT_EQ(post(kAll, R"({"key":"k","name":"Again"})").status, 409);
  EXPECT_EQ(post(kAll, R"({"key":"z","name":"Z","entryMode":"Often"})").status, 400);
  EXPECT_EQ(post(kAll, R"({"key":"z","name":"Z","activities":{}})").status, 400);
  EXPECT_EQ(post(kAll, R"([])").at("errorcode"), "400");
  EXPECT_EQ(post(kAll, R"({"key":"z","name":"Z","notes":")" + std::string(512 * 1024, 'x') + "\"}")
                .status,
            400);

  clock_.advance(std::chrono::hours{1});
  const Told changed = put(kAll, R"({"key":"k","version":1,"modifiedDate":"2026-11-24T10:00:00",
    "name":"Second"})");
  EXPECT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.at("name"), "Second");
  EXPECT_EQ(changed.at("activities.0.id"), made.at("activities.0.id"));
  const Told stale =
      put(kAll, R"({"key":"k","modifiedDate":"2026-11-24T10:00:00","name":"Third"})");
  EXPECT_EQ(stale.status, 409);
  EXPECT_EQ(stale.at("errorcode"), "409");
  EXPECT_EQ(put(kAll, R"({"key":"nobody","name":"x"})").at("message"), "Interaction not found.");

  const Told list = get(std::string(kAll) + "?$page=1&$pageSize=10");
  EXPECT_EQ(list.at("count"), "1");
  EXPECT_EQ(list.at("items.0.activities"), "(none)");
  EXPECT_EQ(get(std::string(kAll) + "?extras=all").at("items.0.activities.0.key"), "WAIT-1");
  EXPECT_EQ(get(std::string(kAll) + "?nameOrDescription=sec&status=draft").at("count"), "1");
  EXPECT_EQ(get(std::string(kAll) + "?status=Stopped").at("count"), "0");
  EXPECT_EQ(get(std::string(kAll) + "?status=Odd").status, 400);
  EXPECT_EQ(remove(one).status, 200);
  EXPECT_EQ(get(one).status, 404);
}

TEST_F(JourneysTest, PublishingTakesAWhileAndSaysWhatIsWrong) {
  const std::string id = make_journey(journey(mail("M-1", "nothing", "NOWHERE") + "," +
                                              activity("R-1", "REST", "{}", "") + "," +
                                              activity("W-1", "WAIT", "{}", "")));
  const Told asked = post(std::string(kAll) + "/publishAsync/" + id + "?versionNumber=1", "");
  ASSERT_EQ(asked.status, 200) << asked.text;
  EXPECT_EQ(asked.at("statusUrl"),
            "/interaction/v1/interactions/publishStatus/" + asked.at("statusId"));
  const std::string status = std::string(kAll) + "/publishStatus/" + asked.at("statusId");
  EXPECT_EQ(get(status).at("status"), "PublishInProcess");
  EXPECT_EQ(post(std::string(kAll) + "/publishAsync/" + id, "").status, 409);
  EXPECT_EQ(put(kAll, R"({"key":"welcome","name":"x"})").status, 409);
  pass(std::chrono::seconds{1});
  const Told told = get(status);
  EXPECT_EQ(told.at("status"), "Error");
  for (const std::string part : {"send definition", "NOWHERE", "REST", "waitDuration"}) {
    EXPECT_NE(told.text.find(part), std::string::npos) << part << told.text;
  }
  EXPECT_EQ(get(std::string(kAll) + "/" + id).at("status"), "Draft");
  EXPECT_EQ(get(std::string(kAll) + "/publishStatus/nothing").status, 404);
  EXPECT_EQ(post(std::string(kAll) + "/publishAsync/nothing", "").at("errorcode"), "30003");
}

TEST_F(JourneysTest, AWayThatLeadsBackIsNotPublished) {
  const std::string id = make_journey(journey(
      R"({"key":"D-1","type":"MULTICRITERIADECISION","outcomes":[{"key":"a","next":"W-1"}]},)" +
      wait_days("W-1", 1, "W-2") + "," + wait_days("W-2", 1, "W-1")));
  EXPECT_NE(publish(id).text.find("leads back"), std::string::npos);
}

TEST_F(JourneysTest, TheEntryModeSaysWhoComesInAgain) {
  const std::string id = running_journey(journey(wait_days("W-1", 1, "")));
  ASSERT_EQ(join("c-1").status, 201);
  ASSERT_EQ(join("c-1").status, 201);
  EXPECT_EQ(history_of("c-1").back(), ":ContactAlreadyInInteraction");
  pass(base::Days{1});
  ASSERT_EQ(join("c-1").status, 201);
  EXPECT_EQ(stats(id), "1/2/0/0");

  const auto again = [&](const std::string& mode) {
    EXPECT_EQ(
        post(kAll, journey(wait_days("W-1", 1, ""), R"("entryMode":")" + mode + R"(",)")).status,
        200);
    EXPECT_EQ(publish(id).at("status"), "PublishCompleted");
  };
  again("MultipleEntries");
  ASSERT_EQ(join("c-1").status, 201);
  ASSERT_EQ(join("c-1").status, 201);
  EXPECT_EQ(stats(id), "2/2/0/0");
  again("OnceAndDone");
  ASSERT_EQ(join("c-1").status, 201);
  EXPECT_EQ(history_of("c-1").back(), ":ContactPreviouslyInSameInteraction");
  ASSERT_EQ(join("c-2").status, 201);
  EXPECT_EQ(stats(id), "1/1/0/0");
}

TEST_F(JourneysTest, ANewVersionTakesWhoComesAndTheOldOneKeepsWhoIsIn) {
  const std::string id =
      running_journey(journey(wait_days("W-1", 1, "M-1") + "," + mail("M-1", "hello", "")));
  ASSERT_EQ(join("c-1").status, 201);
  const Told second = post(kAll, journey(mail("M-1", "again", "")));
  EXPECT_EQ(second.at("version"), "2");
  EXPECT_EQ(second.at("id"), id);
  EXPECT_EQ(publish(id).at("status"), "PublishCompleted");
  EXPECT_EQ(get(std::string(kAll) + "/" + id + "?versionNumber=1").at("status"), "Unpublished");
  EXPECT_EQ(get(std::string(kAll) + "?mostRecentVersionOnly=false").at("count"), "2");
  EXPECT_EQ(get(kAll).at("items.0.version"), "2");
  ASSERT_EQ(join("c-2", R"({"Email":"ben@example.org"})").status, 201);
  pass(base::Days{1});
  EXPECT_EQ(mails(), (Texts{"again:ben@example.org", "hello:ann@example.org"}));
  EXPECT_EQ(remove(std::string(kAll) + "/" + id).at("errorcode"), "409");
  EXPECT_EQ(remove(std::string(kAll) + "/" + id + "?versionNumber=1").status, 200);
  EXPECT_EQ(get(std::string(kAll) + "/" + id + "?versionNumber=1").status, 404);
}

TEST_F(JourneysTest, APauseHoldsEverybodyAndMayExtendTheirWaits) {
  const std::string id =
      running_journey(journey(wait_days("W-1", 2, "M-1") + "," + mail("M-1", "hello", "")));
  ASSERT_EQ(join("c-1").status, 201);
  EXPECT_EQ(post(std::string(kAll) + "/pause/" + id, "{}").at("errorcode"), "10005");
  const Told paused = post(std::string(kAll) + "/pause/" + id + "?versionNumber=1",
                           R"({"ExtendWaitEndDates":true,"PausedDays":5})");
  EXPECT_EQ(paused.status, 202) << paused.text;
  EXPECT_EQ(paused.at("status"), "Accepted");
  EXPECT_EQ(get(std::string(kAll) + "/" + id).at("status"), "Paused");
  ASSERT_EQ(join("c-2").status, 201);
  EXPECT_EQ(history_of("c-2"), Texts{":InteractionPaused"});
  pass(base::Days{3});
  EXPECT_TRUE(mails().empty());
  EXPECT_EQ(post(std::string(kAll) + "/resume/key:welcome?versionNumber=1", "").status, 202);
  EXPECT_EQ(post(std::string(kAll) + "/resume/key:welcome?versionNumber=1", "").status, 409);
  pass(base::Days{1});
  EXPECT_TRUE(mails().empty());
  pass(base::Days{1});
  EXPECT_EQ(mails().size(), 1u);
}

TEST_F(JourneysTest, APauseEndsByItselfAndMayKeepWhoComesMeanwhile) {
  const std::string id = running_journey(journey(mail("M-1", "hello", "")));
  ASSERT_EQ(post(std::string(kAll) + "/pause/" + id + "?allVersions=true",
                 R"({"PausedDays":2,"RetainContactInjectionWhileJourneyPaused":true})")
                .status,
            202);
  ASSERT_EQ(join("c-1").status, 201);
  EXPECT_TRUE(mails().empty());
  pass(base::Days{2});
  EXPECT_EQ(get(std::string(kAll) + "/" + id).at("status"), "Published");
  EXPECT_EQ(mails().size(), 1u);
  ASSERT_EQ(post(std::string(kAll) + "/pause/" + id + "?versionNumber=1",
                 R"({"PausedDays":1,"GuardrailAction":"Stop"})")
                .status,
            202);
  pass(base::Days{1});
  EXPECT_EQ(get(std::string(kAll) + "/" + id).at("status"), "Stopped");
}

TEST_F(JourneysTest, AStopTakesEverybodyOut) {
  const std::string id =
      running_journey(journey(wait_days("W-1", 2, "M-1") + "," + mail("M-1", "hello", "")));
  ASSERT_EQ(join("c-1").status, 201);
  EXPECT_EQ(post(std::string(kAll) + "/stop/" + id + "?versionNumber=1", "").status, 200);
  EXPECT_EQ(stats(id), "0/1/0/0");
  EXPECT_EQ(history_of("c-1").back(), ":Exited");
  ASSERT_EQ(join("c-2").status, 201);
  EXPECT_TRUE(history_of("c-2").empty());
  pass(base::Days{3});
  EXPECT_TRUE(mails().empty());
  EXPECT_EQ(post(std::string(kAll) + "/stop/" + id + "?versionNumber=1", "").status, 409);
  EXPECT_EQ(remove(std::string(kAll) + "/" + id).status, 200);
}

TEST_F(JourneysTest, TellsWhereContactsAreAndTakesThemOut) {
  const std::string id = running_journey(journey(wait_days("W-1", 2, "")));
  ASSERT_EQ(join("c-1").status, 201);
  const std::string asked = R"({"ContactKeyList":["c-1","c-9"]})";
  const Told in = post(std::string(kAll) + "/contactMembership", asked);
  EXPECT_EQ(in.at("results.contactMemberships.0.definitionKey"), "welcome") << in.text;
  EXPECT_EQ(in.at("results.contactMemberships.0.version"), "1");
  EXPECT_EQ(in.at("results.contactsNotFound.0"), "c-9");
  EXPECT_EQ(post(std::string(kAll) + "/contactMembership", "{}").status, 400);

  const std::string out =
      R"([{"ContactKey":"c-1","DefinitionKey":"welcome","Versions":[1]},
          {"ContactKey":"c-1","DefinitionKey":"nothing"},
          {"ContactKey":"c-9","DefinitionKey":"welcome"}])";
  const Told exits = post(std::string(kAll) + "/contactexit", out);
  EXPECT_EQ(exits.status, 202);
  EXPECT_EQ(exits.at("errors.0.status.0.message"),
            "Exit request Ignored - Invalid Interaction Name.");
  EXPECT_EQ(exits.at("errors.1.contactKey"), "c-9");
  EXPECT_EQ(exits.at("errors.2"), "(none)");
  const std::string status = std::string(kAll) + "/contactexit/status";
  EXPECT_EQ(post(status, out).at("0.status.0.message"), "Exit request received for processing");
  EXPECT_EQ(post(status, out).at("0.status.1.message"), "(none)");
  ASSERT_TRUE(api_->tick());
  EXPECT_EQ(post(status, out).at("0.status.0.message"), "Exit process Completed.");
  EXPECT_EQ(post(std::string(kAll) + "/contactMembership", asked).at("results.contactsNotFound.0"),
            "c-1");
  EXPECT_EQ(stats(id), "0/1/0/0");
  EXPECT_EQ(history_of("c-1").back(), ":Exited");
}

TEST_F(JourneysTest, AnEventSaysWhatIsWrongWithIt) {
  const std::string events = "/interaction/v1/events";
  EXPECT_EQ(post(events, R"({"ContactKey":"c","EventDefinitionKey":"unknown"})").at("errorcode"),
            "10000");
  EXPECT_EQ(post(events, R"({"EventDefinitionKey":"joined"})").status, 400);
  EXPECT_EQ(post(events, R"({"ContactKey":"c"})").status, 400);
  EXPECT_EQ(
      post(events, R"({"ContactKey":"c","EventDefinitionKey":"joined","Data":{"a":[1]}})").status,
      400);
  EXPECT_EQ(post(events, R"([1])").status, 400);
  // Without a journey it is taken all the same: nobody is told that nothing follows.
  EXPECT_EQ(post(events, R"({"contactKey":"c","eventDefinitionKey":"JOINED"})").status, 201);
  EXPECT_EQ(ask_as(caller_with("journeys_read"), net::Method::kPost, events, "{}").status, 403);
  EXPECT_EQ(ask_as(all_scopes(kOtherUnit), net::Method::kPost, events,
                   R"({"ContactKey":"c","EventDefinitionKey":"joined"})")
                .status,
            400);
}

TEST_F(JourneysTest, TheDataOfAnEventGoesIntoItsDataExtensionOrIsRefused) {
  const std::string people = get("/data/v1/customobjects").at("items.0.id");
  ASSERT_EQ(put(std::string(kEvents) + "/key:joined", R"({"dataExtensionId":")" + people + R"("})")
                .status,
            200);
  const std::string id = running_journey(journey(wait_days("W-1", 1, "")));
  const Told refused = join("c-1", R"({"Id":"1","Age":"old"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.at("errorcode"), "10006");
  EXPECT_EQ(join("c-1", R"({"Age":1})").status, 400);
  EXPECT_EQ(stats(id), "0/0/0/0");
  EXPECT_EQ(join("c-1", R"({"Id":"1","Age":7,"More":"passed over"})").status, 201);
  EXPECT_EQ(get("/data/v1/customobjectdata/key/people/rowset").at("items.0.values.Age"), "7");
  EXPECT_EQ(stats(id), "1/1/0/0");
}

TEST_F(JourneysTest, ATriggersFilterLetsInOnlyWhomItNames) {
  const std::string id = running_journey(
      R"({"key":"w","name":"W","triggers":[{"key":"T","type":"APIEvent",
        "eventDefinitionKey":"joined",
        "configurationArguments":{"criteria":"<FilterDefinition><ConditionSet>)"
      R"(<Condition Key=\"Event.joined.Total\" Operator=\"GreaterThan\"><Value>50</Value>)"
      R"(</Condition></ConditionSet></FilterDefinition>"}}],
        "activities":[)" +
      wait_days("W-1", 1, "") + "]}");
  ASSERT_EQ(join("c-1", R"({"Total":50})").status, 201);
  ASSERT_EQ(join("c-2", R"({"Total":51})").status, 201);
  EXPECT_EQ(history_of("c-1"), Texts{":DidNotMeetEntryCriteria"});
  EXPECT_EQ(stats(id), "1/1/0/0");
}

TEST_F(JourneysTest, BusinessUnitsAreApart) {
  const std::string id = running_journey(journey(wait_days("W-1", 1, "")));
  ASSERT_EQ(join("c-1").status, 201);
  const Caller other = all_scopes(kOtherUnit);
  EXPECT_EQ(ask_as(other, net::Method::kGet, std::string(kAll) + "/" + id).status, 404);
  EXPECT_EQ(ask_as(other, net::Method::kGet, kAll).at("count"), "0");
  EXPECT_EQ(ask_as(other, net::Method::kGet, kEvents).at("count"), "0");
  EXPECT_EQ(ask_as(other, net::Method::kPost, std::string(kAll) + "/journeyhistory/search", "{}")
                .at("count"),
            "0");
  EXPECT_EQ(ask_as(other, net::Method::kPost, std::string(kAll) + "/stop/" + id, "").status, 404);
  EXPECT_EQ(ask_as(caller_with("email_read"), net::Method::kGet, kAll).status, 403);
}

TEST_F(JourneysTest, HistoryIsSearchedAndPaged) {
  running_journey(journey(mail("M-1", "hello", "W-1") + "," + wait_days("W-1", 1, "")));
  for (const std::string contact : {"c-1", "c-2", "c-3"}) ASSERT_EQ(join(contact).status, 201);
  const std::string search = std::string(kAll) + "/journeyhistory/search";
  EXPECT_EQ(post(search, "").at("count"), "9");
  const Told page = post(search + "?$page=2&$pageSize=4&$orderBy=TransactionTime desc", "{}");
  EXPECT_EQ(page.at("pageSize"), "4");
  EXPECT_EQ(page.at("items.0.contactKey"), "c-2");
  EXPECT_EQ(post(search, R"({"activityTypes":["emailv2"],"statuses":["Complete"]})").at("count"),
            "3");
  EXPECT_EQ(post(search, R"({"contactKeys":["C-2"]})").at("count"), "3");
  EXPECT_EQ(post(search, R"({"start":"2026-11-24T11:00:00Z"})").at("count"), "0");
  EXPECT_EQ(post(search, R"({"start":"2026-11-24T09:00:00.000Z","end":null})").at("count"), "9");
  EXPECT_EQ(post(search, R"({"definitionIds":["nothing"]})").at("count"), "0");
  EXPECT_EQ(post(search, R"({"start":"yesterday"})").status, 400);
  EXPECT_EQ(post(search, R"({"contactKeys":"c-2"})").status, 400);
}

}  // namespace
}  // namespace rekey::engagement::journeys
