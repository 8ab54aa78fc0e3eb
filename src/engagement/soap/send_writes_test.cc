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
