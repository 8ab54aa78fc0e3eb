#include "engagement/journeys/carry_out.h"

#include "engagement/journeys/journey_test_support.h"

namespace rekey::engagement::journeys {
namespace {

using std::chrono::hours;
using Texts = std::vector<std::string>;

TEST_F(JourneysTest, LeadsAContactFromItsEventThroughWaitsAndMailsToTheEnd) {
  const std::string id =
      running_journey(journey(mail("M-1", "hello", "W-1") + "," + wait_days("W-1", 3, "M-2") + "," +
                              mail("M-2", "again", "")));
  const Told told = join("c-1");
  EXPECT_EQ(told.status, 201) << told.text;
  EXPECT_EQ(told.at("eventInstanceId").size(), 36u);
  EXPECT_EQ(stats(id), "1/1/0/0");
  EXPECT_EQ(mails(), Texts{"hello:ann@example.org"});
  pass(base::Days{3} - hours{1});
  EXPECT_EQ(mails().size(), 1u);
  pass(hours{1});
  EXPECT_EQ(mails(), (Texts{"hello:ann@example.org", "again:ann@example.org"}));
  EXPECT_EQ(stats(id), "0/1/0/0");
  EXPECT_EQ(history_of("c-1"), (Texts{":Complete", "M-1:Complete", "W-1:WaitStarted",
                                      "W-1:Complete", "M-2:Complete", ":Complete"}));
}

TEST_F(JourneysTest, GoesOnWhereItWasAfterARestartAndSendsNothingTwice) {
  running_journey(journey(mail("M-1", "hello", "W-1") + "," + wait_days("W-1", 1, "M-2") + "," +
                          mail("M-2", "again", "")));
  ASSERT_EQ(join("c-1").status, 201);
  api_.reset();
  open();
  ASSERT_TRUE(api_->tick());
  EXPECT_EQ(mails().size(), 1u);
  api_.reset();
  clock_.advance(base::Days{5});
  open();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(api_->tick());
  EXPECT_EQ(mails(), (Texts{"hello:ann@example.org", "again:ann@example.org"}));
}

TEST_F(JourneysTest, KeepsToItsCalendarWhereTheClockLeapsFarAhead) {
  const std::string id =
      running_journey(journey(wait_days("W-1", 2, "M-1") + "," + mail("M-1", "hello", "W-2") + "," +
                              wait_days("W-2", 3, "M-2") + "," + mail("M-2", "again", "W-3") + "," +
                              wait_days("W-3", 30, "")));
  ASSERT_EQ(join("c-1").status, 201);
  pass(base::Days{10});
  EXPECT_EQ(mails().size(), 2u);
  EXPECT_EQ(stats(id), "1/1/0/0");
  pass(base::Days{25});
  EXPECT_EQ(stats(id), "0/1/0/0");
}

TEST_F(JourneysTest, WaitsUntilADateOfTheEvent) {
  running_journey(
      journey(activity("W-1", "WAITBYATTRIBUTE",
                       R"({"waitEndDateAttributeExpression":"{{Event.joined.Birthday}}"})", "M-1") +
              "," + mail("M-1", "hello", "")));
  ASSERT_EQ(join("c-1", R"({"Email":"ann@example.org","Birthday":"12/1/2026"})").status, 201);
  ASSERT_EQ(join("c-2", R"({"Email":"ben@example.org","Birthday":"soon"})").status, 201);
  EXPECT_EQ(history_of("c-2").back(), "W-1:Failed");
  clock_.set(*base::parse_instant("2026-11-30T23:59:59Z"));
  ASSERT_TRUE(api_->tick());
  EXPECT_TRUE(mails().empty());
  pass(std::chrono::seconds{1});
  EXPECT_EQ(mails(), Texts{"hello:ann@example.org"});
}

TEST_F(JourneysTest, DecidesByTheEventAndByTheContact) {
  const auto criteria = [](const std::string& key, const std::string& name,
                           const std::string& value) {
    return "\"" + key + R"(":"<FilterDefinition><ConditionSet Operator=\"AND\"><Condition Key=\")" +
           name + R"(\" Operator=\"Equal\"><Value><![CDATA[)" + value +
           R"(]]></Value></Condition></ConditionSet></FilterDefinition>")";
  };
  running_journey(journey(
      R"({"key":"D-1","type":"MULTICRITERIADECISION","configurationArguments":{"criteria":{)" +
      criteria("gold", "Event.joined.Level", "gold") + "," +
      criteria("known", "Contact.Attribute.Email Demographics.Tier", "silver") +
      R"(}},"outcomes":[{"key":"gold","next":"M-1"},{"key":"known","next":"M-2"},
         {"key":"remainder_path","next":""}]},)" +
      mail("M-1", "hello", "") + "," + mail("M-2", "again", "")));
  ASSERT_EQ(post("/contacts/v1/contacts",
                 R"({"contactKey":"c-2","attributeSets":[{"name":"Email Demographics","items":[{
                    "values":[{"name":"Tier","value":"Silver"}]}]}]})")
                .status,
            200);
  EXPECT_EQ(join("c-1", R"({"Email":"ann@example.org","Level":"Gold"})").status, 201);
  EXPECT_EQ(join("c-2", R"({"Email":"ben@example.org"})").status, 201);
  EXPECT_EQ(join("c-3", R"({"Email":"cai@example.org","Level":"tin"})").status, 201);
  EXPECT_EQ(mails(), (Texts{"hello:ann@example.org", "again:ben@example.org"}));
  EXPECT_EQ(history_of("c-3"), (Texts{":Complete", "D-1:Complete", ":Complete"}));
}

TEST_F(JourneysTest, UpdatesARowAndTheContactAndTellsWhatCannotBeUpdated) {
  running_journey(journey(
      R"({"key":"U-1","type":"UPDATECONTACTDATA","arguments":{"activityData":{"updateContactKey":
        "people","updateContactFields":[{"field":"Name","value":"{{Event.joined.Name}}"},
        {"field":"Age","value":"{{Event.joined.Age}}"}]}},"outcomes":[{"key":"a","next":"U-2"}]},
        {"key":"U-2","type":"UPDATECONTACTDATA","arguments":{"activityData":{"updateContactFields":[
        {"attributeSet":"Email Demographics","field":"Tier","value":"new"}]}},
        "outcomes":[{"key":"b","next":""}]})"));
  EXPECT_EQ(join("c-1", R"({"Name":"Ann","Age":41})").status, 201);
  const Told rows = get("/data/v1/customobjectdata/key/people/rowset");
  EXPECT_EQ(rows.at("items.0.keys.Id"), "c-1") << rows.text;
  EXPECT_EQ(rows.at("items.0.values.Name"), "Ann");
  EXPECT_EQ(rows.at("items.0.values.Age"), "41");
  EXPECT_EQ(history_of("c-1").back(), ":Complete");
  EXPECT_EQ(join("c-2", R"({"Name":"Ben","Age":"many"})").status, 201);
  EXPECT_EQ(history_of("c-2").back(), "U-1:Failed");
  EXPECT_EQ(get("/data/v1/customobjectdata/key/people/rowset").at("count"), "1");
}

TEST_F(JourneysTest, WhoCannotBeMailedGoesOnAndIsTrackedAsNotSent) {
  running_journey(journey(mail("M-1", "hello", "")));
  EXPECT_EQ(join("c-1", R"({"Email":"nowhere"})").status, 201);
  EXPECT_EQ(history_of("c-1"), (Texts{":Complete", "M-1:Complete", ":Complete"}));
  pass(std::chrono::seconds{1});
  Caller administrator;
  administrator.is_administrator = true;
  EXPECT_EQ(ask_as(administrator, net::Method::kGet, "/sandbox/v1/mail").at("items.0.state"),
            "NotSent");
}

TEST_F(JourneysTest, LeavesByItsGoalAndByAnExit) {
  const auto filter = [](const std::string& name, const std::string& value) {
    return R"({"criteria":"<FilterDefinition><ConditionSet Operator=\"AND\"><Condition Key=\")" +
           name + R"(\" Operator=\"Equal\"><Value>)" + value +
           R"(</Value></Condition></ConditionSet></FilterDefinition>"})";
  };
  const std::string id = running_journey(journey(
      wait_days("W-1", 1, "W-2") + "," + wait_days("W-2", 1, ""),
      R"("goals":[{"key":"GOAL","metaData":{"isExitCriteria":true},"configurationArguments":)" +
          filter("Contact.Attribute.Shop.Bought", "yes") +
          R"(}],"exits":[{"key":"EXIT","configurationArguments":)" +
          filter("Contact.Attribute.Shop.Left", "yes") + "}],"));
  const auto set = [&](const std::string& contact, const std::string& name) {
    EXPECT_EQ(
        post("/contacts/v1/contacts", R"({"contactKey":")" + contact +
                                          R"(","attributeSets":[{"name":"Shop","items":[{"values":[{
                    "name":")" + name + R"(","value":"yes"}]}]}]})")
            .status,
        200);
  };
  for (const std::string contact : {"c-1", "c-2", "c-3"}) ASSERT_EQ(join(contact).status, 201);
  set("c-1", "Bought");
  set("c-2", "Left");
  pass(base::Days{1});
  EXPECT_EQ(history_of("c-1").back(), ":GoalMet");
  EXPECT_EQ(history_of("c-2").back(), ":Exited");
  EXPECT_EQ(stats(id), "1/3/1/1");
  pass(base::Days{1});
  EXPECT_EQ(history_of("c-3").back(), ":Complete");
}

TEST_F(JourneysTest, AContactThatWasDeletedLeaves) {
  const std::string id =
      running_journey(journey(wait_days("W-1", 1, "M-1") + "," + mail("M-1", "hello", "")));
  ASSERT_EQ(join("c-1").status, 201);
  ASSERT_EQ(post("/contacts/v1/contacts/actions/delete?type=keys", R"({"values":["c-1"]})").status,
            200);
  pass(base::Days{1});
  EXPECT_EQ(history_of("c-1").back(), ":ContactIsDeleted");
  EXPECT_TRUE(mails().empty());
  EXPECT_EQ(stats(id), "0/1/0/0");
}

TEST_F(JourneysTest, AMemberWhoseRowIsBrokenFailsAloneAndHoldsUpNobody) {
  const std::string id =
      running_journey(journey(wait_days("W-1", 1, "M-1") + "," + mail("M-1", "hello", "")));
  ASSERT_EQ(join("c-1").status, 201);
  ASSERT_EQ(join("c-2", R"({"Email":"ben@example.org"})").status, 201);
  auto tables = storage::Connection::open(temp_ / "sandbox.db", storage::OpenMode::kReadWrite);
  ASSERT_TRUE(tables);
  ASSERT_TRUE(tables->execute("UPDATE journey_member SET data = '[1' WHERE contact_key = 'c-1'"));
  pass(base::Days{1});
  EXPECT_EQ(history_of("c-1").back(), ":Failed");
  EXPECT_EQ(mails(), Texts{"hello:ben@example.org"});
  EXPECT_EQ(stats(id), "0/2/0/0");
}

TEST_F(JourneysTest, ForgetsWhatIsOld) {
  running_journey(journey(mail("M-1", "hello", "")));
  ASSERT_EQ(join("c-1").status, 201);
  pass(kHistoryKeptFor);
  EXPECT_EQ(history_of("c-1").size(), 3u);
  pass(hours{1});
  EXPECT_TRUE(history_of("c-1").empty());
}

}  // namespace
}  // namespace rekey::engagement::journeys
