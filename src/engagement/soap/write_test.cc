#include <fmt/format.h>

#include "engagement/soap/soap_test_support.h"
#include "engagement/soap/write_verbs.h"

namespace rekey::engagement::soap {
namespace {

class SoapWriteTest : public SoapTest {
 protected:
  [[nodiscard]] SoapTold write(const std::string& verb, const std::string& type,
                               const std::string& content, const std::string& options = {}) {
    return ask_soap(write_request(verb, type, content, options));
  }
  [[nodiscard]] static std::string row(const std::string& id, const std::string& name) {
    return fmt::format(
        "<CustomerKey>people</CustomerKey><Properties><Property><Name>Id</Name><Value>{}</Value>"
        "</Property><Property><Name>Name</Name><Value>{}</Value></Property></Properties>",
        id, name);
  }
  [[nodiscard]] std::string name_of(const std::string& id) {
    return retrieve("DataExtensionObject[people]", {"Name"}, equals("Id", id))
        .at("Results.Properties.Property.Value");
  }
};

TEST_F(SoapWriteTest, ASubscriberIsCreatedChangedAndDeleted) {
  const SoapTold made = subscribe(
      "c-1", "<Attributes><Name>First Name</Name><Value>Ann &amp; Ben</Value></Attributes>");
  EXPECT_EQ(made.at("OverallStatus"), "OK");
  EXPECT_EQ(made.at("Results.StatusMessage"), "Created Subscriber.");
  EXPECT_EQ(made.at("Results.NewID"), made.at("Results.Object.ID"));
  SoapTold shown = retrieve("Subscriber", {"SubscriberKey", "EmailAddress", "Status"});
  EXPECT_EQ(shown.at("Results.EmailAddress"), "c-1@example.org");
  EXPECT_EQ(shown.at("Results.Status"), "Active");
  EXPECT_EQ(shown.at("Results.Attributes.Name"), "First Name");
  EXPECT_EQ(shown.at("Results.Attributes.Value"), "Ann & Ben");

  EXPECT_EQ(write("Update", "Subscriber",
                  "<SubscriberKey>C-1</SubscriberKey><EmailTypePreference>Text"
                  "</EmailTypePreference><Status>Unsubscribed</Status>")
                .at("Results.StatusMessage"),
            "Updated Subscriber.");
  shown = retrieve("Subscriber", {"Status", "EmailTypePreference", "UnsubscribedDate"},
                   equals("Status", "Unsubscribed"));
  EXPECT_EQ(shown.at("Results.EmailTypePreference"), "Text");
  EXPECT_EQ(shown.at("Results.UnsubscribedDate"), "2026-11-24T10:00:00");

  EXPECT_EQ(write("Delete", "Subscriber", "<SubscriberKey>c-1</SubscriberKey>")
                .at("Results.StatusMessage"),
            "Subscriber deleted");
  EXPECT_EQ(retrieve("Subscriber", {"ID"}).count("Results"), 0u);
}

TEST_F(SoapWriteTest, ErrorsOfSubscribersHaveTheCodesThatClientsLookFor) {
  ASSERT_EQ(subscribe("c-1").at("OverallStatus"), "OK");
  const SoapTold again = subscribe("c-1");
  EXPECT_EQ(again.at("OverallStatus"), "Error");
  EXPECT_EQ(again.at("Results.StatusMessage"), "The subscriber is already on the list");
  EXPECT_EQ(again.at("Results.ErrorCode"), "12014");
  EXPECT_EQ(again.at("Results.NewID"), "0");
  EXPECT_EQ(again.at("Results.Object.SubscriberKey"), "c-1");
  EXPECT_EQ(write("Create", "Subscriber",
                  "<EmailAddress>c-1@example.org</EmailAddress>"
                  "<SubscriberKey>c-1</SubscriberKey>",
                  kUpdateAdd)
                .at("Results.StatusMessage"),
            "Updated Subscriber.");
  for (const auto& [verb, content, code] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"Create", "<SubscriberKey>c-2</SubscriberKey>", "12000"},
           {"Create", "<EmailAddress>a\nb@x.org</EmailAddress>", "12000"},
           {"Update", "<SubscriberKey>c-1</SubscriberKey><EmailAddress>x</EmailAddress>", "12000"},
           {"Update", "<SubscriberKey>c-2</SubscriberKey>", "12001"},
           {"Update", "<SubscriberKey>c-1</SubscriberKey><Status>Happy</Status>", "2"},
           {"Delete", "<SubscriberKey>c-2</SubscriberKey>", "12001"},
           {"Delete", "", "12001"}}) {
    EXPECT_EQ(write(verb, "Subscriber", content).at("Results.ErrorCode"), code) << content;
  }
  EXPECT_EQ(retrieve("Subscriber", {"SubscriberKey"}).count("Results"), 1u);
}

TEST_F(SoapWriteTest, EachObjectHasItsOwnResult) {
  const auto object = [](const std::string& key) {
    return fmt::format(R"(<Objects xsi:type="Subscriber"><EmailAddress>{0}</EmailAddress>)"
                       "<SubscriberKey>{0}</SubscriberKey></Objects>",
                       key);
  };
  const SoapTold told =
      ask_soap(fmt::format(R"(<CreateRequest xmlns="{}">{}{}{}</CreateRequest>)", kPartnerSpace,
                           object("a@example.org"), object("nobody"), object("b@example.org")));
  EXPECT_EQ(told.at("OverallStatus"), "Has Errors");
  EXPECT_EQ(told.all("StatusCode"), (std::vector<std::string>{"OK", "Error", "OK"}));
  EXPECT_EQ(told.all("OrdinalID"), (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_EQ(retrieve("Subscriber", {"ID"}).count("Results"), 2u);
}

TEST_F(SoapWriteTest, RowsAreInsertedUpdatedUpsertedAndDeleted) {
  ASSERT_EQ(create_people().status, 201);
  EXPECT_EQ(write("Create", "DataExtensionObject", row("1", "Ann")).at("Results.StatusMessage"),
            "Created DataExtensionObject");
  const SoapTold taken = write("Create", "DataExtensionObject", row("1", "Ben"));
  EXPECT_EQ(taken.at("OverallStatus"), "Error");
  EXPECT_NE(taken.at("Results.ErrorMessage").find("primary key is taken"), std::string::npos);
  EXPECT_EQ(name_of("1"), "Ann");
  EXPECT_EQ(write("Update", "DataExtensionObject", row("1", "Cleo")).at("OverallStatus"), "OK");
  EXPECT_EQ(name_of("1"), "Cleo");
  EXPECT_EQ(write("Update", "DataExtensionObject", row("2", "Dan")).at("OverallStatus"), "Error");
  EXPECT_EQ(write("Update", "DataExtensionObject", row("2", "Dan"), kUpdateAdd).at("OverallStatus"),
            "OK");
  EXPECT_EQ(name_of("2"), "Dan");
  EXPECT_EQ(write("Update", "DataExtensionObject", row("1", "too long a name")).at("OverallStatus"),
            "Error");
  EXPECT_EQ(write("Create", "DataExtensionObject", "<CustomerKey>nothing</CustomerKey>")
                .at("Results.StatusMessage"),
            "this business unit has no such data extension");
  const std::string key =
      "<CustomerKey>people</CustomerKey><Keys><Key><Name>Id</Name><Value>1</Value></Key></Keys>";
  EXPECT_EQ(write("Delete", "DataExtensionObject", key).at("OverallStatus"), "OK");
  EXPECT_EQ(write("Delete", "DataExtensionObject", key).at("OverallStatus"), "Error");
  EXPECT_EQ(get("/data/v1/customobjectdata/key/people/rowset").at("count"), "1");
}

TEST_F(SoapWriteTest, DataExtensionsAreMadeChangedAndDeleted) {
  const std::string content =
      "<CustomerKey>visits</CustomerKey><Name>Visits</Name><IsSendable>true</IsSendable>"
      "<SendableDataExtensionField><Name>Key</Name></SendableDataExtensionField>"
      "<SendableSubscriberField><Name>_SubscriberKey</Name></SendableSubscriberField><Fields>"
      "<Field><Name>Key</Name><FieldType>Text</FieldType><MaxLength>50</MaxLength>"
      "<IsPrimaryKey>true</IsPrimaryKey><IsRequired>true</IsRequired></Field>"
      "<Field><Name>Price</Name><FieldType>Decimal</FieldType><MaxLength>10</MaxLength>"
      "<Scale>2</Scale><DefaultValue/></Field></Fields>";
  const SoapTold made = write("Create", "DataExtension", content);
  EXPECT_EQ(made.at("OverallStatus"), "OK") << made.text;
  EXPECT_EQ(made.at("Results.NewObjectID"), made.at("Results.Object.ObjectID"));
  EXPECT_EQ(made.at("Results.Object.Fields.Field#1.FieldType"), "Decimal");
  EXPECT_EQ(write("Create", "DataExtension", content).at("OverallStatus"), "Error");
  const SoapTold shown = retrieve(
      "DataExtension", {"SendableDataExtensionField.Name", "SendableSubscriberField.Name"});
  EXPECT_EQ(shown.at("Results.SendableDataExtensionField.Name"), "Key");

  const SoapTold changed = write("Update", "DataExtension",
                                 "<CustomerKey>visits</CustomerKey><Description>d</Description>"
                                 "<Fields><Field><Name>Key</Name><MaxLength>60</MaxLength></Field>"
                                 "<Field><Name>At</Name><FieldType>Date</FieldType></Field>"
                                 "</Fields>");
  EXPECT_EQ(changed.at("OverallStatus"), "OK") << changed.text;
  EXPECT_EQ(changed.at("Results.Object.Fields.Field#0.MaxLength"), "60");
  EXPECT_EQ(changed.at("Results.Object.Fields.Field#2.Name"), "At");
  EXPECT_EQ(write("Update", "DataExtension",
                  "<CustomerKey>visits</CustomerKey><Fields><Field><Name>Key</Name>"
                  "<FieldType>Number</FieldType></Field></Fields>")
                .at("OverallStatus"),
            "Error");
  EXPECT_EQ(write("Create", "DataExtension", "<Name>x</Name><CategoryID>y</CategoryID>")
                .at("Results.StatusMessage"),
            "CategoryID takes a whole number");

  EXPECT_EQ(
      write("Delete", "DataExtension",
            "<CustomerKey>visits</CustomerKey><Fields><Field><Name>At</Name></Field></Fields>")
          .at("OverallStatus"),
      "Error")
      << "columns are meant, not the whole";
  EXPECT_EQ(
      write("Delete", "DataExtension", "<CustomerKey>visits</CustomerKey>").at("OverallStatus"),
      "OK");
  EXPECT_EQ(retrieve("DataExtension", {}).count("Results"), 0u);
}

TEST_F(SoapWriteTest, WhatCannotBeWrittenSaysSo) {
  EXPECT_NE(write("Create", "Nothing", "").at("Results.StatusMessage").find("Unable to find"),
            std::string::npos);
  EXPECT_EQ(write("Delete", "SentEvent", "").at("Results.StatusMessage"),
            "Delete is not supported for SentEvent");
}

TEST_F(SoapWriteTest, OtherBusinessUnitsAreNotReached) {
  ASSERT_EQ(create_people().status, 201);
  ASSERT_EQ(subscribe("c-1").at("OverallStatus"), "OK");
  for (const auto& [type, content] : std::vector<std::pair<std::string, std::string>>{
           {"Subscriber", "<SubscriberKey>c-1</SubscriberKey>"},
           {"DataExtension", "<CustomerKey>people</CustomerKey>"},
           {"DataExtensionObject", row("1", "Ann")}}) {
    for (const std::string verb : {"Update", "Delete"}) {
      EXPECT_EQ(ask_soap(write_request(verb, type, content), "other").at("OverallStatus"), "Error")
          << type;
    }
  }
}

}  // namespace
}  // namespace rekey::engagement::soap
