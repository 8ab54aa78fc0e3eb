#include "engagement/sends/deliver.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "engagement/contacts/subscriber.h"
#include "engagement/sends/send_test_support.h"
#include "engagement/sends/smtp_transport.h"
#include "net/smtp_test_support.h"

namespace rekey::engagement::sends {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class DeliverTest : public SendTest {
 protected:
  [[nodiscard]] Told contact_search(const std::string& address) {
    return post("/contacts/v1/addresses/email/search",
                R"({"channelAddressList":[")" + address + R"("]})");
  }
  [[nodiscard]] Told change(const std::string& body) {
    return patch("/messaging/v1/email/definitions/order", body);
  }
};

TEST_F(DeliverTest, AMailHasBothBodiesCountedLinksAndAWayOut) {
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  run();
  const std::string text = post_.mails.at(0).text;
  EXPECT_THAT(text, HasSubstr("From: Sandbox <sandbox@mail.example>\r\n"));
  EXPECT_THAT(text, HasSubstr("List-Unsubscribe: <http://sandbox.example/track/unsubscribe/"));
  EXPECT_THAT(text, HasSubstr("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
  EXPECT_THAT(text, HasSubstr("see it (https://shop.example/a)"));
  EXPECT_NE(path_in_mail("click"), "(none)");
  EXPECT_NE(path_in_mail("open"), "(none)");
}

TEST_F(DeliverTest, LinksAreCountedOnlyWhereTheDefinitionSaysSo) {
  ASSERT_EQ(change(R"({"options":{"trackLinks":false}})").status, 200);
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  run();
  EXPECT_EQ(path_in_mail("click"), "(none)");
  EXPECT_NE(path_in_mail("open"), "(none)");
}

TEST_F(DeliverTest, ANewContactIsMadeAndAKnownOneGetsTheAddress) {
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  run();
  EXPECT_EQ(contact_search("ann@example.org")
                .at("channelAddressResponseEntities.0.contactKeyDetails.0.contactKey"),
            "c-1");
  ASSERT_EQ(send("m-2", R"("contactKey":"c-1","to":"new@example.org")").status, 202);
  run();
  EXPECT_EQ(contact_search("new@example.org")
                .at("channelAddressResponseEntities.0.contactKeyDetails.0.contactKey"),
            "c-1");
  ASSERT_EQ(change(R"({"subscriptions":{"updateSubscriber":false}})").status, 200);
  ASSERT_EQ(send("m-3", to_ann()).status, 202);
  run();
  EXPECT_EQ(post_.mails.at(2).to, "ann@example.org");
  EXPECT_EQ(contact_search("ann@example.org")
                .at("channelAddressResponseEntities.0.contactKeyDetails.0.contactKey"),
            "(none)");
}

TEST_F(DeliverTest, WhoIsNotKnownGetsNothingWhereNobodyIsAdded) {
  ASSERT_EQ(change(R"({"subscriptions":{"autoAddSubscriber":false}})").status, 200);
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  run();
  EXPECT_EQ(status("m-1").at("info.statusCode"), "11");
  EXPECT_EQ(status("m-1").at("info.statusMessage"), "NoAllSubscribersListEntry");
  EXPECT_EQ(contact_search("ann@example.org")
                .at("channelAddressResponseEntities.0.contactKeyDetails.0.contactKey"),
            "(none)");
  EXPECT_THAT(tracked(), ElementsAre("NotSent"));
}

TEST_F(DeliverTest, TheAttributesOfAContactFillWhatTheMessageDoesNot) {
  ASSERT_EQ(post("/contacts/v1/contacts",
                 R"({"contactKey":"c-1","attributeSets":[{"name":"Email Demographics","items":[{
                    "values":[{"name":"First Name","value":"Ann"},
                              {"name":"OrderId","value":"old"}]}]}]})")
                .status,
            200);
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  run();
  EXPECT_THAT(post_.mails.at(0).text, HasSubstr("Dear Ann,"));
  EXPECT_THAT(post_.mails.at(0).text, HasSubstr("Subject: Order O-7\r\n"));
}

TEST_F(DeliverTest, WhoTakesNoHtmlGetsTextAlone) {
  ASSERT_EQ(post("/contacts/v1/contacts",
                 R"({"contactKey":"c-1","attributeSets":[{"name":"Email Addresses","items":[{
                    "values":[{"name":"HTML Enabled","value":false}]}]}]})")
                .status,
            200);
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  run();
  EXPECT_THAT(post_.mails.at(0).text, Not(HasSubstr("text/html")));
  EXPECT_THAT(post_.mails.at(0).text, HasSubstr("see it (https://shop.example/a)"));
}

TEST_F(DeliverTest, WhoIsHeldGetsNothing) {
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  run();
  auto tables =
      storage::Connection::open(temp_ / "sandbox.db", storage::OpenMode::kReadWrite).value();
  ASSERT_TRUE(contacts::save_subscriber(tables, 1, {contacts::SubscriberStatus::kHeld, {}, true}));
  ASSERT_EQ(send("m-2", to_ann()).status, 202);
  run();
  EXPECT_EQ(status("m-2").at("info.statusMessage"), "Held");
}

TEST_F(DeliverTest, EachMessageIsARowOfTheDefinitionsDataExtension) {
  ASSERT_EQ(post("/data/v1/customobjects", R"({"name":"Log","key":"log","fields":[
                 {"name":"OrderId","type":"Number"},{"name":"SubscriberKey","type":"Text"},
                 {"name":"EmailAddress","type":"EmailAddress"},{"name":"Else","type":"Text"}]})")
                .status,
            201);
  ASSERT_EQ(change(R"({"subscriptions":{"dataExtension":"log"}})").status, 200);
  ASSERT_EQ(
      send("m-1", R"("contactKey":"c-1","to":"ann@example.org","attributes":{"orderid":7})").status,
      202);
  ASSERT_EQ(send("m-2", to_ann()).status, 202);  // "O-7" is no number
  run();
  const Told rows = get("/data/v1/customobjectdata/key/log/rowset");
  EXPECT_EQ(rows.at("count"), "1");
  EXPECT_EQ(rows.at("items.0.values.OrderId"), "7") << rows.text;
  EXPECT_EQ(rows.at("items.0.values.SubscriberKey"), "c-1");
  EXPECT_EQ(rows.at("items.0.values.EmailAddress"), "ann@example.org");
  EXPECT_EQ(status("m-2").at("info.statusCode"), "20");
  EXPECT_EQ(post_.mails.size(), 1u);
}

TEST_F(DeliverTest, WhatTheMailServerRefusesForGoodBounces) {
  post_.refusals["ann@example.org"] = {Code::kRefused, "552 5.2.2 mailbox full"};
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  run();
  const Told shown = status("m-1");
  EXPECT_EQ(shown.at("eventCategoryType"), "TransactionalSendEvents.EmailBounced");
  EXPECT_EQ(shown.at("info.statusCode"), "552");
  EXPECT_EQ(shown.at("info.statusMessage"), "552 5.2.2 mailbox full");
  EXPECT_THAT(tracked(), ElementsAre("Sent", "Bounce"));
}

TEST_F(DeliverTest, WhatItDoesNotTakeNowIsTriedLaterAndLaterAndGivenUpAfterThreeDays) {
  post_.refusals["ann@example.org"] = {Code::kUnavailable, "451 later"};
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  ASSERT_EQ(send("m-2", R"("contactKey":"c-2","to":"ben@example.org")").status, 202);
  run();
  EXPECT_EQ(post_.mails.size(), 1u) << "one recipient holds up no other";
  run(std::chrono::seconds{5});
  EXPECT_EQ(event("m-1"), "TransactionalSendEvents.EmailQueued");
  post_.refusals.clear();
  run(std::chrono::seconds{1});
  EXPECT_EQ(event("m-1"), "TransactionalSendEvents.EmailQueued");
  run(std::chrono::seconds{10});
  EXPECT_EQ(event("m-1"), "TransactionalSendEvents.EmailSent");

  post_.refusals["ann@example.org"] = {Code::kTimeout, "no answer"};
  ASSERT_EQ(send("m-3", to_ann()).status, 202);
  run();
  run(base::Days{3} - std::chrono::minutes{1});
  EXPECT_EQ(event("m-3"), "TransactionalSendEvents.EmailQueued");
  run(std::chrono::minutes{1});
  EXPECT_THAT(tracked(), ElementsAre("Sent", "Sent", "NotSent"));
}

TEST_F(DeliverTest, AServerThatIsAwayIsNotAskedForEveryMail) {
  for (int i = 0; i < 9; ++i) {
    const std::string address = std::to_string(i) + "@example.org";
    post_.refusals[address] = {Code::kUnavailable, "cannot connect"};
    ASSERT_EQ(send("m-" + std::to_string(i), R"("contactKey":"c","to":")" + address + "\"").status,
              202);
  }
  run();
  EXPECT_EQ(post_.tries, 3);
  post_.refusals.clear();
  run(std::chrono::seconds{5});
  EXPECT_EQ(post_.mails.size(), 9u);
}

TEST_F(DeliverTest, CopiesGoToWhoIsNamedAndChangeNothingWhereTheyFail) {
  ASSERT_EQ(change(R"({"options":{"cc":["c@example.org"],"bcc":["b@example.org"]}})").status, 200);
  post_.refusals["c@example.org"] = {Code::kRefused, "550 no"};
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  run();
  ASSERT_EQ(post_.mails.size(), 2u);
  EXPECT_EQ(post_.mails[0].to, "ann@example.org");
  EXPECT_EQ(post_.mails[1].to, "b@example.org");
  EXPECT_THAT(post_.mails[0].text, HasSubstr("Cc: c@example.org\r\n"));
  EXPECT_THAT(post_.mails[0].text, Not(HasSubstr("b@example.org")));
  EXPECT_EQ(event("m-1"), "TransactionalSendEvents.EmailSent");
}

TEST_F(DeliverTest, AContentThatIsGoneOrEmptyIsTheMessagesFault) {
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  const std::string id = get("/asset/v1/content/assets").at("items.0.id");
  ASSERT_EQ(patch("/asset/v1/content/assets/" + id, R"({"views":{}})").status, 200);
  run();
  EXPECT_EQ(status("m-1").at("info.statusMessage"), "BuildEmailError");
  ASSERT_EQ(remove("/asset/v1/content/assets/" + id).status, 200);
  ASSERT_EQ(send("m-2", to_ann()).status, 202);
  run();
  EXPECT_EQ(status("m-2").at("info.statusMessage"), "BuildEmailError");
  EXPECT_TRUE(post_.mails.empty());
}

TEST_F(DeliverTest, AMailThatGrowsTooLargeIsNotSent) {
  ASSERT_EQ(create_content("large", "x", std::string(400'000, 'x') + "%%a%%%%a%%%%a%%%%a%%").status,
            201);
  ASSERT_EQ(change(R"({"content":{"customerKey":"large"}})").status, 200);
  const std::string value(120'000, 'y');
  ASSERT_EQ(send("m-1", R"("contactKey":"c-1","to":"ann@example.org","attributes":{"a":")" + value +
                            R"("})")
                .at("errorcode"),
            "0");
  run();
  EXPECT_EQ(status("m-1").at("info.statusMessage"), "BuildEmailError");
}

TEST_F(DeliverTest, MessagesOfOldAreForgotten) {
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  run();
  const std::string open = path_in_mail("open");
  run(base::Days{59});
  EXPECT_EQ(read_as_anyone(open).status, 200);
  run(base::Days{1});
  EXPECT_EQ(read_as_anyone(open).status, 404);
}

// A transport that takes a mail and then brings the program down, as far as a test can.
class CutOffTransport final : public Transport {
 public:
  CutOffTransport(std::unique_ptr<Transport> real, bool& is_cut_off)
      : real_(std::move(real)), is_cut_off_(is_cut_off) {}
  [[nodiscard]] base::Status deliver(const OutgoingMail& mail) override {
    const base::Status status = real_->deliver(mail);
    if (status && is_cut_off_) return base::fail(Code::kTimeout, "cut off");
    return status;
  }
  [[nodiscard]] bool knows_its_mails() const noexcept override { return true; }

 private:
  std::unique_ptr<Transport> real_;
  bool& is_cut_off_;
};

class DeliverToMaildirTest : public DeliverTest {
 protected:
  [[nodiscard]] std::unique_ptr<Transport> make_transport() override {
    return std::make_unique<CutOffTransport>(open_maildir_transport(temp_ / "mail").value(),
                                             is_cut_off_);
  }
  [[nodiscard]] std::size_t count(const std::string& folder) const {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(temp_ / ("mail/" + folder))) {
      files += entry.is_regular_file() ? 1 : 0;
    }
    return files;
  }
  bool is_cut_off_ = false;
};

TEST_F(DeliverToMaildirTest, AMailThatWasThereAlreadyIsNotPutThereAgain) {
  is_cut_off_ = true;
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  run();
  EXPECT_EQ(count("new"), 1u);
  EXPECT_EQ(event("m-1"), "TransactionalSendEvents.EmailQueued");
  // Somebody reads it, and the program starts again.
  const auto mail = *std::filesystem::directory_iterator(temp_ / "mail/new");
  std::filesystem::rename(mail.path(),
                          temp_ / ("mail/cur/" + mail.path().filename().string() + ":2,S"));
  is_cut_off_ = false;
  api_.reset();
  open();
  run(std::chrono::minutes{1});
  EXPECT_EQ(event("m-1"), "TransactionalSendEvents.EmailSent");
  EXPECT_EQ(count("new"), 0u);
  EXPECT_EQ(count("cur"), 1u);
  EXPECT_THAT(tracked(), ElementsAre("Sent"));
}

TEST_F(DeliverToMaildirTest, WhatASecondTrySaysIsWhatTheFirstSaid) {
  is_cut_off_ = true;
  ASSERT_EQ(send("m-1", R"("contactKey":"c-1","to":"x@defer.example")").status, 202);
  run();
  ASSERT_EQ(remove("/asset/v1/content/assets/1").status, 200);
  run(std::chrono::minutes{1});
  EXPECT_EQ(event("m-1"), "TransactionalSendEvents.EmailQueued");
}

TEST_F(DeliverToMaildirTest, AMailboxThatWasEmptiedWithItsFoldersIsMadeAgain) {
  std::filesystem::remove_all(temp_ / "mail");
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  run();
  EXPECT_EQ(event("m-1"), "TransactionalSendEvents.EmailSent");
  EXPECT_EQ(count("new"), 1u);
}

class DeliverThreadedTest : public DeliverToMaildirTest {};

TEST_F(DeliverThreadedTest, MailsAreSentByThemselvesOnceTheApiIsStarted) {
  api_->start();
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  clock_.advance(std::chrono::seconds{2});
  // Each answered write wakes the work that is due.
  while (event("m-1") != "TransactionalSendEvents.EmailSent") {
    ASSERT_EQ(change(R"({"description":"x"})").status, 200);
  }
  EXPECT_EQ(count("new"), 1u);
}

TEST_F(DeliverToMaildirTest, AddressesOfTheTwoDomainsBounceAndWait) {
  ASSERT_EQ(send("m-1", R"("contactKey":"c-1","to":"x@bounce.example")").status, 202);
  ASSERT_EQ(send("m-2", R"("contactKey":"c-2","to":"x@mx.BOUNCE.example")").status, 202);
  ASSERT_EQ(send("m-3", R"("contactKey":"c-3","to":"x@nobounce.example")").status, 202);
  ASSERT_EQ(send("m-4", R"("contactKey":"c-4","to":"x@defer.example")").status, 202);
  ASSERT_EQ(send("m-5", R"("contactKey":"c-5","to":"y@example.org")").status, 202);
  run();
  EXPECT_EQ(event("m-1"), "TransactionalSendEvents.EmailBounced");
  EXPECT_EQ(event("m-2"), "TransactionalSendEvents.EmailBounced");
  EXPECT_EQ(event("m-3"), "TransactionalSendEvents.EmailSent");
  EXPECT_EQ(event("m-4"), "TransactionalSendEvents.EmailQueued");
  EXPECT_EQ(event("m-5"), "TransactionalSendEvents.EmailSent");
  EXPECT_EQ(status("m-1").at("info.statusCode"), "550");
}

class DeliverBySmtpThreadedTest : public DeliverTest {
 protected:
  [[nodiscard]] std::unique_ptr<Transport> make_transport() override {
    net::SmtpServer relay;
    relay.host = "127.0.0.1";
    relay.port = server_.port();
    relay.security = net::SmtpSecurity::kNone;
    return make_smtp_transport(std::move(relay));
  }
  net::TestMailServer server_;
};

TEST_F(DeliverBySmtpThreadedTest, ARelayTakesRefusesAndPutsOff) {
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  run();
  ASSERT_EQ(server_.mails().size(), 1u);
  EXPECT_EQ(server_.mails()[0].from, "<sandbox@mail.example>");
  EXPECT_EQ(server_.mails()[0].to, "<ann@example.org>");
  EXPECT_THAT(server_.mails()[0].data, HasSubstr("Subject: Order O-7"));
  EXPECT_EQ(event("m-1"), "TransactionalSendEvents.EmailSent");

  server_.set_replies({{"RCPT", "550 5.1.1 nobody here"}});
  ASSERT_EQ(send("m-2", to_ann()).status, 202);
  run();
  EXPECT_EQ(event("m-2"), "TransactionalSendEvents.EmailBounced");
  EXPECT_EQ(status("m-2").at("info.statusMessage"), "550 5.1.1 nobody here");

  server_.set_replies({{"MAIL", "530 5.7.0 log in first"}});
  ASSERT_EQ(send("m-3", to_ann()).status, 202);
  run();
  EXPECT_EQ(event("m-3"), "TransactionalSendEvents.EmailQueued");
  server_.set_replies({});
  run(std::chrono::minutes{1});
  EXPECT_EQ(event("m-3"), "TransactionalSendEvents.EmailSent");
}

}  // namespace
}  // namespace rekey::engagement::sends
