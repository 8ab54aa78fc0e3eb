#include "engagement/soap/retrieve.h"

#include <fmt/format.h>

#include <algorithm>

#include "engagement/data_extensions/rows.h"
#include "engagement/filter_joins.h"
#include "engagement/soap/soap_test_support.h"

namespace rekey::engagement::soap {
namespace {

class SoapRetrieveTest : public SoapTest {
 protected:
  void put_people(int count) {
    ASSERT_EQ(create_people().status, 201);
    std::string rows = "[";
    for (int i = 0; i < count; ++i) {
      rows += fmt::format(R"({}{{"keys":{{"Id":"{:04}"}},"values":{{"Name":"N{}","Age":{},)"
                          R"("Is Member":{},"Balance":"{}.5","Born":"2000-01-{:02}"}}}})",
                          i == 0 ? "" : ",", i, i % 10, i, i % 2 == 0, i - 3, 1 + i % 28);
    }
    const Told told = post("/hub/v1/dataevents/key:people/rowset", rows + "]");
    ASSERT_EQ(told.status, 200) << told.text;
  }
  [[nodiscard]] std::size_t people(const std::string& filter) {
    const SoapTold told = retrieve("DataExtensionObject[people]", {"Id"}, filter);
    EXPECT_EQ(told.at("OverallStatus"), "OK");
    return told.count("Results");
  }
  void seed() {
    Caller administrator;
    administrator.business_unit = kUnit;
    administrator.is_administrator = true;
    const Told told = ask_as(administrator, net::Method::kPost, "/sandbox/v1/seed", "{}");
    ASSERT_EQ(told.status, 200) << told.text;
  }
};

TEST_F(SoapRetrieveTest, RowsHaveThePropertiesThatWereAskedForInTheColumnsOrder) {
  put_people(3);
  const SoapTold told =
      retrieve("DataExtensionObject[people]", {"Name", "Id", "Is Member", "Email"});
  EXPECT_EQ(told.at("OverallStatus"), "OK");
  ASSERT_EQ(told.count("Results"), 3u);
  EXPECT_EQ(told.at("Results#1.Properties.Property#0.Name"), "Id");
  EXPECT_EQ(told.at("Results#1.Properties.Property#0.Value"), "0001");
  EXPECT_EQ(told.at("Results#1.Properties.Property#1.Value"), "N1");
  EXPECT_EQ(told.at("Results#1.Properties.Property#3.Value"), "False");
  EXPECT_EQ(told.at("Results#1.Properties.Property#2.Value"), "") << "null";
}

TEST_F(SoapRetrieveTest, RowsAreFilteredByAsManyLevelsAsAFilterMayHave) {
  put_people(12);
  const auto part = [](const std::string& name, const std::string& value) {
    return fmt::format(R"(<{0} xsi:type="SimpleFilterPart"><Property>Age</Property>)"
                       "<SimpleOperator>equals</SimpleOperator><Value>{1}</Value></{0}>",
                       name, value);
  };
  const auto nested = [&](std::size_t levels, bool takes_turns) {
    std::string inner = part("RightOperand", "3");
    for (std::size_t i = levels; i > 0; --i) {
      const bool is_or = !takes_turns || i % 2 == 1;
      const std::string name = i == 1 ? "Filter" : "RightOperand";
      inner =
          fmt::format(R"(<{0} xsi:type="ComplexFilterPart">{1}<LogicalOperator>{2}</)"
                      "LogicalOperator>{3}</{0}>",
                      name, part("LeftOperand", is_or ? "5" : "3"), is_or ? "OR" : "AND", inner);
    }
    return retrieve("DataExtensionObject[people]", {"Id"}, inner);
  };
  EXPECT_EQ(nested(kMostFilterLevels, true).count("Results"), 2u);
  const SoapTold told = nested(kMostFilterLevels + 1, true);
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(told.at("OverallStatus").find("Error: The filter's conditions are nested too deeply"),
            0u)
      << told.text;
  EXPECT_EQ(nested(80, false).count("Results"), 2u) << "one chain of OR";
}

TEST_F(SoapRetrieveTest, RowsAreFilteredByTheTypesOfTheirColumns) {
  put_people(12);
  EXPECT_EQ(people(equals("Age", "9", "greaterThan")), 2u) << "as numbers, not as texts";
  EXPECT_EQ(people(equals("Balance", "-1", "lessThan")), 3u);
  EXPECT_EQ(people(equals("Is Member", "1")), 6u);
  EXPECT_EQ(people(equals("Born", "1/5/2000", "lessThanOrEqual")), 5u);
  EXPECT_EQ(people(equals("Email", "", "isNull")), 12u);
  EXPECT_EQ(people(equals("Name", "n1")), 2u) << "letter case does not matter";
  EXPECT_EQ(people(equals("Id", "0007")), 1u);
  EXPECT_EQ(people(equals("Id", "a value that is longer than the column")), 0u);
  EXPECT_EQ(people(R"(<Filter xsi:type="ComplexFilterPart"><LeftOperand )"
                   R"(xsi:type="SimpleFilterPart"><Property>Id</Property><SimpleOperator>IN)"
                   "</SimpleOperator><Value>0001</Value><Value>0002</Value></LeftOperand>"
                   "<LogicalOperator>AND</LogicalOperator><RightOperand><Property>Age</Property>"
                   "<SimpleOperator>between</SimpleOperator><Value>2</Value><Value>7</Value>"
                   "</RightOperand></Filter>"),
            1u);
}

TEST_F(SoapRetrieveTest, PagesGoOnWhereTheyEndedWhateverComesMeanwhile) {
  put_people(25);
  std::vector<std::string> seen;
  SoapTold told = retrieve(
      "DataExtensionObject[people]", {"Id"},
      "<Options><BatchSize>10</BatchSize></Options>" + equals("Age", "0", "greaterThanOrEqual"));
  const std::string second = told.at("RequestID");
  for (int page = 0; page < 5; ++page) {
    for (const std::string& id : told.all("Properties.Property.Value")) seen.push_back(id);
    if (told.at("OverallStatus") != "MoreDataAvailable") break;
    // One before and one behind the place.
    (void)post("/hub/v1/dataevents/key:people/rowset",
               R"([{"keys":{"Id":"0000a"},"values":{"Age":1}}])");
    told = ask_soap(
        retrieve_request("DataExtensionObject[people]", {"Id"},
                         "<ContinueRequest>" + told.at("RequestID") + "</ContinueRequest>"));
  }
  EXPECT_EQ(seen.size(), 25u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  // A lost answer can be asked for again.
  const std::string again = "<ContinueRequest>" + second + "</ContinueRequest>";
  EXPECT_EQ(
      retrieve("DataExtensionObject[people]", {}, again).at("Results.Properties.Property.Value"),
      "0010");
  // Nobody else's, and not for ever.
  EXPECT_EQ(retrieve("DataExtensionObject[people]", {}, again, "other").at("OverallStatus"),
            "Error: The ContinueRequest is unknown or too old; retrieve again from the beginning");
  clock_.advance(std::chrono::minutes{31});
  EXPECT_TRUE(retrieve("DataExtensionObject[people]", {}, again)
                  .at("OverallStatus")
                  .starts_with("Error: The ContinueRequest"));
}

TEST_F(SoapRetrieveTest, APageOfLargeRowsIsShorter) {
  ASSERT_EQ(post("/data/v1/customobjects", R"({"name":"Texts","key":"texts","fields":[
      {"name":"Id","type":"Number","isPrimaryKey":true},{"name":"A","length":4000},
      {"name":"B","length":4000},{"name":"C","length":4000}]})")
                .status,
            201);
  const std::string text(4000, 'x');
  for (int part = 0; part < 2; ++part) {
    std::string rows = "[";
    for (int i = 0; i < 180; ++i) {
      rows += fmt::format(R"({}{{"keys":{{"Id":{}}},"values":{{"A":"{}","B":"{}","C":"{}"}}}})",
                          i == 0 ? "" : ",", part * 180 + i, text, text, text);
    }
    ASSERT_EQ(post("/hub/v1/dataevents/key:texts/rowset", rows + "]").status, 200);
  }
  const SoapTold told = retrieve("DataExtensionObject[texts]", {});
  EXPECT_EQ(told.at("OverallStatus"), "MoreDataAvailable");
  EXPECT_LT(told.text.size(), 2 * kLargestRetrieveBytes);
  EXPECT_GT(told.count("Results"), 300u);
}

TEST_F(SoapRetrieveTest, DefinitionsAndFieldsAreShown) {
  put_people(1);
  const SoapTold told =
      retrieve("DataExtension", {"CustomerKey", "Name", "ObjectID", "IsSendable", "CreatedDate"},
               equals("CustomerKey", "people"));
  ASSERT_EQ(told.count("Results"), 1u);
  EXPECT_EQ(told.at("Results.Name"), "People");
  EXPECT_EQ(told.at("Results.IsSendable"), "false");
  EXPECT_EQ(told.at("Results.CreatedDate"), "2026-11-24T10:00:00");
  EXPECT_EQ(told.at("Results.PartnerKey"), "nil");
  const SoapTold fields = retrieve("DataExtensionField",
                                   {"Name", "FieldType", "MaxLength", "IsPrimaryKey", "IsRequired",
                                    "CustomerKey", "DataExtension.CustomerKey"},
                                   equals("DataExtension.CustomerKey", "people"));
  ASSERT_EQ(fields.count("Results"), 7u);
  EXPECT_EQ(fields.at("Results#0.CustomerKey"), "[people].[Id]");
  EXPECT_EQ(fields.at("Results#0.IsPrimaryKey"), "true");
  EXPECT_EQ(fields.at("Results#0.MaxLength"), "10");
  EXPECT_EQ(fields.at("Results#2.MaxLength"), "(none)") << "a number";
  EXPECT_EQ(fields.at("Results#2.DataExtension.ObjectID"), told.at("Results.ObjectID"));
}

TEST_F(SoapRetrieveTest, EveryTypeAnswersItsWholeSelfByTheSchema) {
  seed();
  ASSERT_EQ(subscribe("ann", "<Status>Unsubscribed</Status>").at("OverallStatus"), "OK");
  for (const std::string type :
       {"Subscriber", "DataExtension", "DataExtensionField", "DataFolder",
        "DataExtensionObject[orders]", "BusinessUnit", "AccountUser", "SentEvent", "OpenEvent",
        "ClickEvent", "BounceEvent", "UnsubEvent", "NotSentEvent", "Send", "ListSend",
        "TriggeredSendSummary"}) {
    const SoapTold told = retrieve(type, {});  // send() checks the schema
    EXPECT_EQ(told.at("OverallStatus"), "OK") << type;
    EXPECT_GT(told.count("Results"), 0u) << type;
    // What fuel-soap asks for where nothing is named.
    const SoapTold least =
        retrieve(type, type.ends_with("]") ? std::vector<std::string>{}
                                           : std::vector<std::string>{"Client", "ID", "ObjectID"});
    EXPECT_EQ(least.at("OverallStatus"), "OK") << type;
  }
}

TEST_F(SoapRetrieveTest, ThereAreNoTemplatesAndThatIsNoError) {
  const SoapTold told = retrieve("DataExtensionTemplate", {"Name", "ObjectID"});
  EXPECT_EQ(told.at("OverallStatus"), "OK");
  EXPECT_EQ(told.count("Results"), 0u);
}

TEST_F(SoapRetrieveTest, TrackingIsCountedAsItHappened) {
  seed();
  const SoapTold sends = retrieve("Send", {"ID", "EmailName", "NumberSent", "HardBounces"},
                                  equals("EmailName", "newsletter-1"));
  ASSERT_EQ(sends.count("Results"), 1u);
  const std::string id = sends.at("Results.ID");
  const SoapTold sent =
      retrieve("SentEvent", {"SendID", "SubscriberKey", "EventDate"}, equals("SendID", id));
  EXPECT_EQ(std::to_string(sent.count("Results")), sends.at("Results.NumberSent"));
  const SoapTold summary = retrieve("TriggeredSendSummary", {"CustomerKey", "Sent", "UniqueOpens"},
                                    equals("CustomerKey", "newsletter-1"));
  EXPECT_EQ(summary.at("Results.Sent"), sends.at("Results.NumberSent"));
  const SoapTold recent = retrieve("OpenEvent", {"EventDate"},
                                   equals("EventDate", "2026-11-20T00:00:00", "greaterThan"));
  ASSERT_GT(recent.count("Results"), 0u);
  for (const std::string& at : recent.all("EventDate")) EXPECT_GT(at, "2026-11-20T00:00:00");
  const SoapTold bounces = retrieve("BounceEvent", {"SMTPCode", "BounceCategory", "EventType"},
                                    equals("EventType", "HardBounce"));
  ASSERT_GT(bounces.count("Results"), 0u);
  EXPECT_EQ(bounces.at("Results.SMTPCode"), "550");
}

TEST_F(SoapRetrieveTest, WhatIsWrongIsToldInTheStatus) {
  put_people(1);
  const auto status = [&](const std::string& type, const std::vector<std::string>& properties,
                          const std::string& more = {}) {
    const SoapTold told = retrieve(type, properties, more);
    EXPECT_EQ(told.status, 200);
    return told.at("OverallStatus");
  };
  EXPECT_EQ(status("Nothing", {"ID"}),
            "Error: Unable to find a handler for object type: Nothing. Object types are "
            "case-sensitive, check spelling.");
  EXPECT_EQ(status("subscriber", {"ID"}).find("Error: Unable"), 0u);
  EXPECT_EQ(status("Subscriber", {"Nothing"}),
            "Error: The Request Property(s) Nothing do not match with the fields of Subscriber "
            "retrieve");
  EXPECT_EQ(status("DataExtensionObject[nothing]", {"Id"}),
            "Error: this business unit has no such data extension");
  EXPECT_EQ(status("DataExtensionObject", {"Id"}).find("Error: DataExtensionObject is"), 0u);
  EXPECT_EQ(status("DataExtensionObject[people]", {"Id"}, equals("Nothing", "1")).find("Error: "),
            0u);
  EXPECT_EQ(status("SentEvent", {}, equals("EventDate", "yesterday")).find("Error: "), 0u);
  EXPECT_EQ(status("SentEvent", {}, "<ClientIDs><ID>500000003</ID></ClientIDs>")
                .find("Error: API Permission Failed"),
            0u);
}

TEST_F(SoapRetrieveTest, BusinessUnitsAreApart) {
  put_people(1);
  ASSERT_EQ(subscribe("ann").at("OverallStatus"), "OK");
  seed();
  const std::string all = "<QueryAllAccounts>true</QueryAllAccounts>";
  for (const std::string type : {"Subscriber", "DataExtension", "DataExtensionField", "SentEvent",
                                 "Send", "TriggeredSendSummary"}) {
    EXPECT_EQ(retrieve(type, {}, all, "other").count("Results"), 0u) << type;
  }
  EXPECT_TRUE(retrieve("DataExtensionObject[people]", {}, all, "other")
                  .at("OverallStatus")
                  .starts_with("Error: "));
}

}  // namespace
}  // namespace rekey::engagement::soap
