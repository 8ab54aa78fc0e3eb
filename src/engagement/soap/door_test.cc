#include "engagement/soap/door.h"

#include <fmt/format.h>

#include <thread>
#include <vector>

#include "engagement/soap/soap_test_support.h"

namespace rekey::engagement::soap {
namespace {

class SoapDoorTest : public SoapTest {};

std::string fault_of(const SoapTold& told) {
  return told.at("faultcode") + " " + told.at("faultstring");
}

TEST_F(SoapDoorTest, NoLivingTokenIsASecurityFaultWithStatus500) {
  const std::string request = retrieve_request("Subscriber", {"ID"});
  const SoapTold old = ask_soap(request, "old");
  EXPECT_EQ(old.status, 500);
  EXPECT_EQ(fault_of(old), "q0:Security Token Expired");
  for (const std::string token : {"", "nonsense"}) {
    const SoapTold told = ask_soap(request, token);
    EXPECT_EQ(told.status, 500);
    EXPECT_EQ(fault_of(told), "q0:Security Login Failed");
  }
}

TEST_F(SoapDoorTest, WhatIsNoRequestIsTheClientsFault) {
  for (const std::string& text :
       {std::string("nonsense"), std::string("{\"a\":1}"),
        "<!DOCTYPE a [<!ENTITY b \"c\">]>" + envelope("<A/>"), envelope("<A/>") + "<B/>"}) {
    const SoapTold told = send(text);
    EXPECT_EQ(told.status, 500);
    EXPECT_EQ(told.at("faultcode"), "soap:Client") << text;
  }
  EXPECT_EQ(fault_of(ask_soap("<QueryRequestMsg/>")),
            "soap:Client The action QueryRequestMsg is not known here.");
  EXPECT_EQ(send("<Envelope><Body><A/></Body></Envelope>").at("faultcode"), "soap:VersionMismatch");
}

TEST_F(SoapDoorTest, AnswersInTheVersionThatWasAskedIn) {
  const SoapTold told =
      send(R"(<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>)"
           R"(<SystemStatusRequestMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"/></s:Body>)"
           R"(<s:Header><fueloauth>all</fueloauth></s:Header></s:Envelope>)");
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(told.response.content_type, "application/soap+xml; charset=utf-8");
  EXPECT_EQ(told.at("OverallStatus"), "OK");
  EXPECT_EQ(told.at("Results.Result.SystemStatus"), "OK");
}

TEST_F(SoapDoorTest, ServesItsWsdlAtBothPathsInAnyLetterCase) {
  api_->set_public_url("http://sandbox.example:8420");
  for (const std::string path :
       {"/Service.asmx?wsdl", "/service.asmx", "/etframework.wsdl", "/ETFramework.WSDL"}) {
    const Told told = ask_as(std::nullopt, net::Method::kGet, path);
    EXPECT_EQ(told.status, 200) << path;
    EXPECT_NE(told.text.find("location=\"http://sandbox.example:8420/Service.asmx\""),
              std::string::npos)
        << path;
  }
  EXPECT_EQ(ask_as(std::nullopt, net::Method::kPut, "/Service.asmx").status, 405);
  EXPECT_TRUE(api_->owns("/service.asmx"));
  EXPECT_TRUE(api_->owns("/etframework.wsdl"));
  EXPECT_FALSE(api_->owns("/service.asmx/x"));
}

TEST_F(SoapDoorTest, TheWsdlNamesTheAddressByWhichItWasAsked) {
  api_->set_public_url("http://sandbox.example:8420");
  net::Response told;
  api_->submit({net::Method::kGet, "/etframework.wsdl", "", "", "https://mc1.soap.example"},
               std::nullopt, [&](net::Response response) { told = std::move(response); });
  EXPECT_NE(told.body.find("location=\"https://mc1.soap.example/Service.asmx\""),
            std::string::npos);
}

TEST_F(SoapDoorTest, AMissingScopeIsToldInTheStatusAndNothingIsDone) {
  for (const auto& [type, scope] : std::vector<std::pair<std::string, std::string>>{
           {"Subscriber", "list_and_subscribers_read"},
           {"List", "list_and_subscribers_read"},
           {"ListSubscriber", "list_and_subscribers_read"},
           {"DataExtension", "data_extensions_read"},
           {"DataExtensionObject[people]", "data_extensions_read"},
           {"SentEvent", "tracking_events_read"},
           {"Send", "tracking_events_read"},
           {"BusinessUnit", "accounts_read"},
           {"AccountUser", "users_read"}}) {
    const SoapTold told = retrieve(type, {}, {}, "nothing");
    EXPECT_EQ(told.status, 200);
    EXPECT_EQ(
        told.at("OverallStatus"),
        fmt::format("Error: API Permission Failed. The access token lacks the scope {}.", scope));
    EXPECT_EQ(told.count("Results"), 0u);
  }
  const SoapTold told =
      ask_soap(write_request("Create", "Subscriber", "<EmailAddress>a@example.org</EmailAddress>"),
               "nothing");
  EXPECT_EQ(told.at("OverallStatus"), "Error");
  EXPECT_EQ(told.at("Results.ErrorCode"), "20002");
  EXPECT_EQ(retrieve("Subscriber", {"ID"}).count("Results"), 0u);
}

TEST_F(SoapDoorTest, DescribesItsTypes) {
  const auto describe = [&](const std::string& type) {
    return ask_soap(fmt::format(
        R"(<DefinitionRequestMsg xmlns="{}"><DescribeRequests><ObjectDefinitionRequest>)"
        "<ObjectType>{}</ObjectType></ObjectDefinitionRequest></DescribeRequests>"
        "</DefinitionRequestMsg>",
        kPartnerSpace, type));
  };
  const SoapTold subscriber = describe("Subscriber");
  EXPECT_EQ(subscriber.at("ObjectDefinition.ObjectType"), "Subscriber");
  EXPECT_EQ(subscriber.at("ObjectDefinition.Properties#0.Name"), "Client.ID");
  EXPECT_EQ(subscriber.at("ObjectDefinition.Properties#0.DataType"), "Int32");
  for (const std::string type :
       {"List", "ListSubscriber", "DataExtension", "DataExtensionField", "BusinessUnit",
        "AccountUser", "SentEvent", "OpenEvent", "ClickEvent", "BounceEvent", "UnsubEvent",
        "NotSentEvent", "Send", "ListSend", "TriggeredSendSummary"}) {
    EXPECT_EQ(describe(type).at("ObjectDefinition.IsRetrievable"), "true") << type;
  }
  EXPECT_EQ(describe("Nothing").count("ObjectDefinition"), 0u);
}

TEST_F(SoapDoorTest, WhatCannotBePerformedScheduledOrConfiguredIsToldForEachObject) {
  for (const auto& [verb, list, item] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"Perform", "Definitions", "Definition"},
           {"Schedule", "Interactions", "Interaction"},
           {"Configure", "Configurations", "Configuration"}}) {
    const std::string object = fmt::format(
        R"(<{0} xsi:type="ImportDefinition"><CustomerKey>nightly &amp; co</CustomerKey></{0}>)",
        item);
    const SoapTold told =
        ask_soap(fmt::format(R"(<{0}RequestMsg xmlns="{1}"><Action>start</Action><{2}>{3}{3}</{2}>)"
                             "</{0}RequestMsg>",
                             verb, kPartnerSpace, list, object));
    EXPECT_EQ(told.status, 200);
    EXPECT_EQ(told.at("OverallStatus"), "Error");
    EXPECT_EQ(told.at("Results.Result#1.StatusMessage"),
              verb + " start is not supported for ImportDefinition");
    EXPECT_EQ(told.at("Results.Result#1.OrdinalID"), "1");
    EXPECT_EQ(told.at("Results.Result#0.Object.CustomerKey"), "nightly & co");
    const SoapTold nothing =
        ask_soap(fmt::format(R"(<{}RequestMsg xmlns="{}"/>)", verb, kPartnerSpace));
    EXPECT_EQ(nothing.at("OverallStatusMessage"), fmt::format("{} needs {}/{}", verb, list, item));
  }
  const SoapTold version =
      ask_soap(fmt::format(R"(<VersionInfoRequestMsg xmlns="{}"><IncludeVersionHistory>false)"
                           "</IncludeVersionHistory></VersionInfoRequestMsg>",
                           kPartnerSpace));
  EXPECT_EQ(version.at("VersionInfo.Version"), REKEY_VERSION);
}

TEST_F(SoapDoorTest, AnUnsubscriptionIsLoggedOnceAndSeen) {
  ASSERT_EQ(subscribe("ann").at("OverallStatus"), "OK");
  const auto log = [&](const std::string& key) {
    return ask_soap(fmt::format(
        R"(<ExecuteRequestMsg xmlns="{}"><Requests><Name>LogUnsubEvent</Name><Parameters>)"
        "<Name>SubscriberKey</Name><Value>{}</Value></Parameters><Parameters><Name>Reason</Name>"
        "<Value>too many &lt;teas&gt;</Value></Parameters></Requests></ExecuteRequestMsg>",
        kPartnerSpace, key));
  };
  EXPECT_EQ(log("ann").at("Results.StatusMessage"), "Event posted");
  EXPECT_EQ(log("nobody").at("Results.ErrorCode"), "12001");
  const SoapTold shown = retrieve("Subscriber", {"Status", "UnsubscribedDate"});
  EXPECT_EQ(shown.at("Results.Status"), "Unsubscribed");
  EXPECT_EQ(shown.at("Results.UnsubscribedDate"), "2026-11-24T10:00:00");
  const SoapTold events = retrieve("UnsubEvent", {"SubscriberKey", "EventType", "List.ID"});
  ASSERT_EQ(events.count("Results"), 1u);
  EXPECT_EQ(events.at("Results.SubscriberKey"), "ann");
  EXPECT_EQ(events.at("Results.EventType"), "Unsubscribe");
  EXPECT_EQ(events.at("Results.List.ID"), "1");
}

TEST_F(SoapDoorTest, BusinessUnitsAndServiceUsersAreThoseOfThePackages) {
  const std::string all = "<QueryAllAccounts>true</QueryAllAccounts>";
  // The first call of mcdev.
  const SoapTold units =
      retrieve("BusinessUnit", {"Name", "ID", "ParentName", "ParentID", "IsActive"}, all);
  EXPECT_EQ(units.all("ID"), (std::vector<std::string>{"500000001", "500000002", "500000003"}));
  EXPECT_EQ(units.all("ParentID"), (std::vector<std::string>{"0", "500000001", "500000001"}));
  EXPECT_EQ(retrieve("BusinessUnit", {"ID", "Client.EnterpriseID"}).all("Client.EnterpriseID"),
            std::vector<std::string>{"500000001"});
  const SoapTold users = retrieve("AccountUser", {"Name", "ActiveFlag", "Email"}, all);
  EXPECT_EQ(users.all("Name"), (std::vector<std::string>{"Order sync app user", "Old app user"}));
  EXPECT_EQ(users.all("ActiveFlag"), (std::vector<std::string>{"true", "false"}));
  const SoapTold inactive = retrieve("AccountUser", {"Name"}, all + equals("ActiveFlag", "false"));
  EXPECT_EQ(inactive.all("Name"), std::vector<std::string>{"Old app user"});
}

class SoapDoorThreadedTest : public SoapTest {};

TEST_F(SoapDoorThreadedTest, AnswersManyAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kEach = 8;
  std::vector<std::thread> clients;
  for (int client = 0; client < kThreads; ++client) {
    clients.emplace_back([this, client] {
      for (int i = 0; i < kEach; ++i) {
        EXPECT_EQ(subscribe(fmt::format("c-{}-{}", client, i)).at("OverallStatus"), "OK");
        const SoapTold page = retrieve("Subscriber", {"SubscriberKey"},
                                       "<Options><BatchSize>1</BatchSize></Options>");
        EXPECT_EQ(page.count("Results"), 1u);
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(retrieve("Subscriber", {"ID"}).count("Results"),
            static_cast<std::size_t>(kThreads * kEach));
}

}  // namespace
}  // namespace rekey::engagement::soap
