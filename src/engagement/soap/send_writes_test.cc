#include <fmt/format.h>

#include "engagement/soap/soap_test_support.h"

namespace rekey::engagement::soap {
namespace {

class SoapSendTest : public SoapTest {
 protected:
  void SetUp() override {
    SoapTest::SetUp();
    Caller administrator;
    administrator.business_unit = kUnit;
    administrator.is_administrator = true;
    ASSERT_EQ(ask_as(administrator, net::Method::kPost, "/sandbox/v1/seed", "{}").status, 200);
  }
  [[nodiscard]] static std::string subscriber(const std::string& key, const std::string& address) {
    return fmt::format(
        "<Subscribers><EmailAddress>{}</EmailAddress><SubscriberKey>{}</SubscriberKey>"
        "<Attributes><Name>OrderId</Name><Value>O-1</Value></Attributes></Subscribers>",
        address, key);
  }
  [[nodiscard]] SoapTold send(const std::string& definition, const std::string& subscribers) {
    return ask_soap(write_request("Create", "TriggeredSend",
                                  fmt::format("<TriggeredSendDefinition><CustomerKey>{}"
                                              "</CustomerKey></TriggeredSendDefinition>{}",
                                              definition, subscribers)));
  }
  void deliver() {
    clock_.advance(std::chrono::minutes{1});
    ASSERT_TRUE(api_->tick());
  }
};

TEST_F(SoapSendTest, AMessageGoesOutAndItsEventsNameItsDefinition) {
  const SoapTold told = send("order-confirmation", subscriber("s-1", "s-1@example.org"));
  EXPECT_EQ(told.at("OverallStatus"), "OK") << told.text;
  EXPECT_EQ(told.at("Results.StatusMessage"), "Created TriggeredSend");
  EXPECT_NE(told.at("Results.NewObjectID"), "(none)");
  deliver();
  const SoapTold sent =
      retrieve("SentEvent", {"SubscriberKey", "SendID", "TriggeredSendDefinitionObjectID"},
               equals("SubscriberKey", "s-1"));
  ASSERT_EQ(sent.count("Results"), 1u);
  const SoapTold definition = retrieve("TriggeredSendDefinition", {"ObjectID", "CustomerKey"},
                                       equals("CustomerKey", "order-confirmation"));
  EXPECT_EQ(sent.at("Results.TriggeredSendDefinitionObjectID"), definition.at("Results.ObjectID"));
}

TEST_F(SoapSendTest, WhoIsRefusedIsNamedAndTheOthersGetTheirs) {
  const SoapTold some =
      send("welcome", subscriber("s-1", "s-1@example.org") + subscriber("s-2", "nonsense"));
  EXPECT_EQ(some.at("OverallStatus"), "OK");
  EXPECT_EQ(some.at("Results.SubscriberFailures.Subscriber.SubscriberKey"), "s-2");
  EXPECT_EQ(some.at("Results.SubscriberFailures.ErrorDescription"), "InvalidOrMissingToAddress");
  EXPECT_EQ(some.at("Results.SubscriberFailures.Ordinal"), "1");
  const SoapTold none = send("welcome", subscriber("s-2", "nonsense"));
  EXPECT_EQ(none.at("OverallStatus"), "Error");
  EXPECT_EQ(none.at("Results.ErrorCode"), "180008");
  EXPECT_EQ(none.at("Results.SubscriberFailures.ErrorCode"), "180008");
  deliver();
  EXPECT_EQ(
      retrieve("SentEvent", {"ID"}, equals("SubscriberKey", "s-", "beginsWith")).count("Results"),
      1u);
  for (const std::string& subscribers : {std::string(), subscriber("s-1", "s-1@example.org")}) {
    EXPECT_EQ(send(subscribers.empty() ? "welcome" : "nothing", subscribers).at("OverallStatus"),
              "Error");
  }
  EXPECT_EQ(ask_soap(write_request("Delete", "TriggeredSend", "")).at("Results.StatusMessage"),
            "Delete is not supported for TriggeredSend");
}

TEST_F(SoapSendTest, AnInactiveDefinitionLetsMessagesWait) {
  const auto set = [&](const std::string& status) {
    return ask_soap(write_request("Update", "TriggeredSendDefinition",
                                  "<CustomerKey>welcome</CustomerKey><TriggeredSendStatus>" +
                                      status + "</TriggeredSendStatus>"))
        .at("OverallStatus");
  };
  EXPECT_EQ(set("Inactive"), "OK");
  EXPECT_EQ(send("welcome", subscriber("s-1", "s-1@example.org")).at("OverallStatus"), "OK");
  deliver();
  const std::string summary = equals("CustomerKey", "welcome");
  EXPECT_EQ(retrieve("TriggeredSendSummary", {"Queued"}, summary).at("Results.Queued"), "1");
  EXPECT_EQ(set("Active"), "OK");
  deliver();
  EXPECT_EQ(retrieve("TriggeredSendSummary", {"Queued"}, summary).at("Results.Queued"), "0");
  EXPECT_EQ(retrieve("SentEvent", {"ID"}, equals("SubscriberKey", "s-1")).count("Results"), 1u);
  EXPECT_EQ(set("Deleted"), "Error");
  EXPECT_EQ(set("Happy"), "Error");
}

TEST_F(SoapSendTest, ADefinitionIsMadeStartedUsedChangedAndDeleted) {
  const std::string email =
      retrieve("TriggeredSendDefinition", {"Email.ID"}, equals("CustomerKey", "welcome"))
          .at("Results.Email.ID");
  const SoapTold made = ask_soap(write_request(
      "Create", "TriggeredSendDefinition",
      fmt::format("<CustomerKey>hello</CustomerKey><Name>Hello</Name><Description>d</Description>"
                  "<SuppressTracking>true</SuppressTracking><Email><ID>{}</ID></Email>"
                  "<AutoAddSubscribers>true</AutoAddSubscribers>"
                  "<BccEmail>a@example.org; b@example.org</BccEmail>",
                  email)));
  EXPECT_EQ(made.at("Results.StatusMessage"), "TriggeredSendDefinition created") << made.text;
  EXPECT_EQ(made.at("Results.NewObjectID"), made.at("Results.Object.ObjectID"));
  const SoapTold shown = retrieve("TriggeredSendDefinition", {}, equals("CustomerKey", "hello"));
  EXPECT_EQ(shown.at("Results.Name"), "Hello");
  EXPECT_EQ(shown.at("Results.SuppressTracking"), "true");
  EXPECT_EQ(shown.at("Results.TriggeredSendStatus"), "Inactive");
  EXPECT_EQ(shown.at("Results.BccEmail"), "a@example.org;b@example.org");
  EXPECT_EQ(shown.at("Results.Email.ID"), email);
  EXPECT_EQ(shown.at("Results.List.ID"), "1");
  EXPECT_EQ(get("/messaging/v1/email/definitions/hello").at("definitionId"),
            made.at("Results.NewObjectID"));

  EXPECT_EQ(send("hello", subscriber("s-1", "s-1@example.org")).at("OverallStatus"), "OK");
  deliver();
  const std::string of_it = equals("CustomerKey", "hello");
  EXPECT_EQ(retrieve("TriggeredSendSummary", {"Sent"}, of_it).at("Results.Sent"), "(none)")
      << "it waits until it is started";
  EXPECT_EQ(ask_soap(write_request("Update", "TriggeredSendDefinition",
                                   "<CustomerKey>hello</CustomerKey><TriggeredSendStatus>Active"
                                   "</TriggeredSendStatus><Name>Hello you</Name>"))
                .at("Results.StatusMessage"),
            "TriggeredSendDefinition updated");
  deliver();
  EXPECT_EQ(retrieve("TriggeredSendSummary", {"Sent"}, of_it).at("Results.Sent"), "1");
  EXPECT_EQ(ask_soap(write_request("Delete", "TriggeredSendDefinition",
                                   "<CustomerKey>hello</CustomerKey>"))
                .at("Results.StatusMessage"),
            "TriggeredSendDefinition deleted");
  EXPECT_EQ(send("hello", subscriber("s-1", "s-1@example.org")).at("OverallStatus"), "Error");
  EXPECT_EQ(retrieve("TriggeredSendDefinition", {"TriggeredSendStatus"}, of_it)
                .at("Results.TriggeredSendStatus"),
            "Deleted");
}

TEST_F(SoapSendTest, WhatIsWrongWithADefinitionIsSaidAndNothingIsMade) {
  const std::string asset =
      retrieve("TriggeredSendDefinition", {"Email.CustomerKey"}, equals("CustomerKey", "welcome"))
          .at("Results.Email.CustomerKey");
  const std::string good = "<Email><CustomerKey>" + asset + "</CustomerKey></Email>";
  for (const auto& [verb, content, words] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"Create", good, "Name"},
           {"Create", "<Name>x</Name>", "Email is missing"},
           {"Create", "<Name>x</Name><Email><CustomerKey>none</CustomerKey></Email>",
            "Email names no asset"},
           {"Create", "<Name>x</Name><Email><ID>77777</ID></Email>", "Email names no asset"},
           {"Create", "<Name>x</Name><Email/>", "ID takes a whole number"},
           {"Create", "<Name>x</Name><List><ID>77</ID></List>" + good, "List names no list"},
           {"Create", "<Name>x</Name><CCEmail>nobody</CCEmail>" + good, "addresses such as"},
           {"Create",
            "<Name>x</Name><SendSourceDataExtension><CustomerKey>none</CustomerKey>"
            "</SendSourceDataExtension>" +
                good,
            "SendSourceDataExtension names no data extension"},
           {"Create", "<CustomerKey>welcome</CustomerKey><Name>x</Name>" + good,
            "with that CustomerKey or Name"},
           {"Create", "<Name>x</Name><TriggeredSendStatus>Deleted</TriggeredSendStatus>" + good,
            "Active or Inactive"},
           {"Update", "<CustomerKey>nothing</CustomerKey>", "no such send definition"},
           {"Update", "<CustomerKey>welcome</CustomerKey><Name></Name>", "Name"},
           {"Delete", "<CustomerKey>nothing</CustomerKey>", "no such send definition"},
           {"Delete", "", "is needed"}}) {
    const SoapTold told = ask_soap(write_request(verb, "TriggeredSendDefinition", content));
    EXPECT_EQ(told.at("OverallStatus"), "Error") << content;
    EXPECT_NE(told.at("Results.StatusMessage").find(words), std::string::npos) << told.text;
  }
  EXPECT_EQ(retrieve("TriggeredSendDefinition", {}).count("Results"), 2u);
  for (const std::string verb : {"Create", "Update", "Delete"}) {
    const std::string request =
        write_request(verb, "TriggeredSendDefinition", "<CustomerKey>welcome</CustomerKey>");
    EXPECT_EQ(ask_soap(request, "nothing").at("Results.ErrorCode"), "20002");
    EXPECT_EQ(ask_soap(request, "other").at("OverallStatus"), "Error");
  }
}

TEST_F(SoapSendTest, ADefinitionsListSaysWhoGetsItsMessages) {
  const SoapTold list = ask_soap(write_request("Create", "List", "<ListName>News</ListName>"));
  const std::string id = list.at("Results.NewID");
  ASSERT_EQ(
      ask_soap(write_request("Update", "TriggeredSendDefinition",
                             "<CustomerKey>welcome</CustomerKey><List><ID>" + id + "</ID></List>"))
          .at("OverallStatus"),
      "OK");
  EXPECT_EQ(retrieve("TriggeredSendDefinition", {"List.ID"}, equals("CustomerKey", "welcome"))
                .at("Results.List.ID"),
            id);
  ASSERT_EQ(send("welcome", subscriber("s-1", "s-1@example.org")).at("OverallStatus"), "OK");
  deliver();
  const SoapTold members =
      retrieve("ListSubscriber", {"SubscriberKey", "Status"}, equals("ListID", id));
  EXPECT_EQ(members.all("SubscriberKey"), std::vector<std::string>{"s-1"}) << "it was put there";
  ASSERT_EQ(ask_soap(write_request("Update", "Subscriber",
                                   "<SubscriberKey>s-1</SubscriberKey><Lists><ID>" + id +
                                       "</ID><Status>Unsubscribed</Status></Lists>"))
                .at("OverallStatus"),
            "OK");
  ASSERT_EQ(send("welcome", subscriber("s-1", "s-1@example.org")).at("OverallStatus"), "OK");
  deliver();
  EXPECT_EQ(retrieve("SentEvent", {"ID"}, equals("SubscriberKey", "s-1")).count("Results"), 1u);
  EXPECT_EQ(retrieve("NotSentEvent", {"ID"}, equals("SubscriberKey", "s-1")).count("Results"), 1u);
  const SoapTold kept = ask_soap(write_request("Delete", "List", "<ID>" + id + "</ID>"));
  EXPECT_EQ(kept.at("OverallStatus"), "Error") << "its sends would go to everybody";
  EXPECT_NE(kept.at("Results.StatusMessage").find("the send definition welcome sends to this list"),
            std::string::npos)
      << kept.text;
}

TEST_F(SoapSendTest, DefinitionsAreShownByTheSchemaAndNeedTheirScopes) {
  const SoapTold told = retrieve("TriggeredSendDefinition", {});
  EXPECT_EQ(told.count("Results"), 2u);
  EXPECT_EQ(told.at("Results.TriggeredSendStatus"), "Active");
  EXPECT_TRUE(retrieve("TriggeredSendDefinition", {}, {}, "nothing")
                  .at("OverallStatus")
                  .starts_with("Error: API Permission Failed"));
  EXPECT_EQ(
      ask_soap(write_request("Create", "TriggeredSend", ""), "nothing").at("Results.ErrorCode"),
      "20002");
  EXPECT_EQ(retrieve("TriggeredSendDefinition", {}, {}, "other").count("Results"), 0u);
}

}  // namespace
}  // namespace rekey::engagement::soap
