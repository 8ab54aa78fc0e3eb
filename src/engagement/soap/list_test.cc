// Lists, who is on them, and what that means for sends.
#include <fmt/format.h>

#include "engagement/soap/soap_test_support.h"

namespace rekey::engagement::soap {
namespace {

class SoapListTest : public SoapTest {
 protected:
  [[nodiscard]] SoapTold write(const std::string& verb, const std::string& type,
                               const std::string& content, const std::string& options = {}) {
    return ask_soap(write_request(verb, type, content, options));
  }
  // Gives the list's ID.
  [[nodiscard]] std::string make(const std::string& name, const std::string& more = {}) {
    const SoapTold made = write("Create", "List", "<ListName>" + name + "</ListName>" + more);
    EXPECT_EQ(made.at("OverallStatus"), "OK") << made.text;
    return made.at("Results.NewID");
  }
  [[nodiscard]] static std::string on_list(const std::string& id, const std::string& more = {}) {
    return fmt::format("<Lists><ID>{}</ID>{}</Lists>", id, more);
  }
  [[nodiscard]] SoapTold put(const std::string& key, const std::string& lists) {
    return write("Update", "Subscriber",
                 fmt::format("<SubscriberKey>{}</SubscriberKey>{}", key, lists));
  }
  [[nodiscard]] SoapTold members(const std::string& id) {
    return retrieve("ListSubscriber", {"SubscriberKey", "Status", "ListID"}, equals("ListID", id));
  }
  [[nodiscard]] SoapTold unsubscribe(const std::string& key, const std::string& list_id) {
    return ask_soap(fmt::format(
        R"(<ExecuteRequestMsg xmlns="{}"><Requests><Name>LogUnsubEvent</Name><Parameters>)"
        "<Name>SubscriberKey</Name><Value>{}</Value></Parameters><Parameters><Name>ListID</Name>"
        "<Value>{}</Value></Parameters></Requests></ExecuteRequestMsg>",
        kPartnerSpace, key, list_id));
  }
};

TEST_F(SoapListTest, AListIsMadeChangedAndDeletedAndAllSubscribersIsAlwaysThere) {
  const SoapTold made = write("Create", "List",
                              "<CustomerKey>news</CustomerKey><ListName>News</ListName>"
                              "<Type>Public</Type><Description>d</Description>");
  EXPECT_EQ(made.at("Results.StatusMessage"), "Created List.") << made.text;
  EXPECT_EQ(made.at("Results.NewID"), "2");
  EXPECT_EQ(made.at("Results.Object.CustomerKey"), "news");
  SoapTold shown = retrieve("List", {"ID", "ListName", "CustomerKey", "Type", "Category",
                                     "ListClassification", "ObjectID", "CreatedDate"});
  EXPECT_EQ(shown.all("ID"), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(shown.all("ListName"), (std::vector<std::string>{"All Subscribers", "News"}));
  EXPECT_EQ(shown.at("Results#1.Type"), "Public");
  EXPECT_EQ(shown.at("Results#1.ListClassification"), "ExactTargetList");
  EXPECT_EQ(shown.at("Results#1.ObjectID"), made.at("Results.NewObjectID"));

  EXPECT_EQ(write("Update", "List", "<ID>2</ID><ListName>Newer</ListName><Category>7</Category>")
                .at("Results.StatusMessage"),
            "Updated List.");
  shown = retrieve("List", {}, equals("CustomerKey", "NEWS"));
  EXPECT_EQ(shown.at("Results.ListName"), "Newer");
  EXPECT_EQ(shown.at("Results.Category"), "7");
  EXPECT_EQ(write("Update", "List", "<CustomerKey>more</CustomerKey><ListName>More</ListName>",
                  kUpdateAdd)
                .at("Results.NewID"),
            "(none)");
  EXPECT_EQ(retrieve("List", {"ID"}).count("Results"), 3u);
  EXPECT_EQ(write("Delete", "List", "<CustomerKey>news</CustomerKey>").at("Results.StatusMessage"),
            "List deleted");
  EXPECT_EQ(retrieve("List", {"ID"}).all("ID"), (std::vector<std::string>{"1", "3"}));
}

TEST_F(SoapListTest, WhatIsWrongWithAListIsSaid) {
  ASSERT_EQ(make("News", "<CustomerKey>news</CustomerKey>"), "2");
  for (const auto& [verb, content, words] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"Create", "<ListName>news</ListName>", "this business unit has a list with that"},
           {"Create", "", "ListName"},
           {"Create", "<CustomerKey>all subscribers</CustomerKey><ListName>x</ListName>",
            "All Subscribers is no list that"},
           {"Create", "<ListName>x</ListName><Type>Secret</Type>", "Type takes Public or Private"},
           {"Create", "<ListName>x</ListName><Category>99999999999</Category>",
            "Category takes a whole number"},
           {"Update", "<ListName>x</ListName>", "is needed"},
           {"Update", "<ID>9</ID>", "this business unit has no such list"},
           {"Update", "<ID>1</ID><ListName>Mine</ListName>", "All Subscribers is no list that"},
           {"Delete", "<CustomerKey>All Subscribers</CustomerKey>", "All Subscribers is no list"},
           {"Delete", "<ID>two</ID>", "ID takes a whole number"}}) {
    const SoapTold told = write(verb, "List", content);
    EXPECT_EQ(told.at("OverallStatus"), "Error") << content;
    EXPECT_NE(told.at("Results.StatusMessage").find(words), std::string::npos) << told.text;
  }
  EXPECT_EQ(ask_soap(write_request("Delete", "List", "<ID>2</ID>"), "other").at("OverallStatus"),
            "Error");
  EXPECT_EQ(retrieve("List", {"ID"}, {}, "other").count("Results"), 1u) << "its own everybody";
  EXPECT_EQ(ask_soap(write_request("Create", "List", "<ListName>x</ListName>"), "nothing")
                .at("Results.ErrorCode"),
            "20002");
}

TEST_F(SoapListTest, ASubscriberIsPutOnListsAndTakenOff) {
  const std::string news = make("News");
  const std::string offers = make("Offers");
  ASSERT_EQ(subscribe("ann", on_list(news) + on_list(offers)).at("OverallStatus"), "OK");
  ASSERT_EQ(subscribe("ben").at("OverallStatus"), "OK");
  EXPECT_EQ(members("1").all("SubscriberKey"), (std::vector<std::string>{"ann", "ben"}));
  EXPECT_EQ(members(news).all("SubscriberKey"), std::vector<std::string>{"ann"});
  EXPECT_EQ(put("ben", on_list(news)).at("OverallStatus"), "OK");
  EXPECT_EQ(put("ann", on_list(news, "<Status>Unsubscribed</Status>")).at("OverallStatus"), "OK");
  EXPECT_EQ(members(news).all("Status"), (std::vector<std::string>{"Unsubscribed", "Active"}));
  EXPECT_EQ(put("ann", on_list(news)).at("OverallStatus"), "OK");
  EXPECT_EQ(members(news).at("Results.Status"), "Unsubscribed") << "a wish outlives an update";
  EXPECT_EQ(put("ann", on_list(offers, "<Action>delete</Action>")).at("OverallStatus"), "OK");
  EXPECT_EQ(members(offers).count("Results"), 0u);
  EXPECT_EQ(put("ben", on_list("1", "<Status>Held</Status>")).at("OverallStatus"), "OK");
  EXPECT_EQ(retrieve("Subscriber", {"Status"}, equals("SubscriberKey", "ben")).at("Results.Status"),
            "Held");

  const SoapTold nowhere = put("ben", on_list("77"));
  EXPECT_EQ(nowhere.at("Results.StatusMessage"), "Lists: this business unit has no such list");
  EXPECT_EQ(
      write("Create", "Subscriber", "<EmailAddress>cleo@example.org</EmailAddress>" + on_list("77"))
          .at("OverallStatus"),
      "Error");
  EXPECT_EQ(retrieve("Subscriber", {"ID"}).count("Results"), 2u) << "refused whole";

  // Page by page, each once.
  std::vector<std::string> seen;
  SoapTold page = retrieve("ListSubscriber", {"SubscriberKey", "ListID"},
                           "<Options><BatchSize>1</BatchSize></Options>");
  for (int pages = 0; pages < 9 && page.count("Results") == 1; ++pages) {
    seen.push_back(page.at("Results.ListID") + " " + page.at("Results.SubscriberKey"));
    if (page.at("OverallStatus") != "MoreDataAvailable") break;
    page = retrieve("ListSubscriber", {},
                    "<ContinueRequest>" + page.at("RequestID") + "</ContinueRequest>");
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"1 ann", news + " ann", "1 ben", news + " ben"}));
  ASSERT_EQ(write("Delete", "List", "<ID>" + news + "</ID>").at("OverallStatus"), "OK");
  ASSERT_EQ(write("Delete", "Subscriber", "<SubscriberKey>ben</SubscriberKey>").at("OverallStatus"),
            "OK");
  EXPECT_EQ(retrieve("ListSubscriber", {"SubscriberKey"}).all("SubscriberKey"),
            std::vector<std::string>{"ann"});
}

TEST_F(SoapListTest, AnUnsubscriptionFromOneListLeavesTheOthers) {
  const std::string news = make("News");
  ASSERT_EQ(subscribe("ann", on_list(news)).at("OverallStatus"), "OK");
  const SoapTold told = unsubscribe("ann", news);
  EXPECT_EQ(told.at("Results.StatusMessage"), "Event posted");
  EXPECT_EQ(members(news).at("Results.Status"), "Unsubscribed");
  EXPECT_EQ(members("1").at("Results.Status"), "Active");
  const SoapTold events =
      retrieve("UnsubEvent", {"List.ID", "List.ListName", "IsMasterUnsubscribed"});
  EXPECT_EQ(events.at("Results.List.ID"), news);
  EXPECT_EQ(events.at("Results.List.ListName"), "News");
  EXPECT_EQ(events.at("Results.IsMasterUnsubscribed"), "false");
}

TEST_F(SoapListTest, AnUnsubscriptionFromAListThatIsNotThereIsRefused) {
  const std::string news = make("News");
  ASSERT_EQ(subscribe("ann", on_list(news)).at("OverallStatus"), "OK");
  for (const std::string& id : {std::string("77"), std::string("news"), news + "x",
                                std::string("0"), std::string("99999999999999999999")}) {
    const SoapTold told = unsubscribe("ann", id);
    EXPECT_EQ(told.at("OverallStatus"), "Error") << id;
    EXPECT_EQ(told.at("Results.StatusMessage").find("ListID: this business unit has no such list"),
              0u)
        << told.text;
  }
  EXPECT_EQ(members(news).at("Results.Status"), "Active");
  EXPECT_EQ(members("1").at("Results.Status"), "Active");
  EXPECT_EQ(retrieve("UnsubEvent", {"SubscriberKey"}).count("Results"), 0u);
  EXPECT_EQ(unsubscribe("ann", "1").at("Results.StatusMessage"), "Event posted");
  EXPECT_EQ(members("1").at("Results.Status"), "Unsubscribed");
}

}  // namespace
}  // namespace rekey::engagement::soap
