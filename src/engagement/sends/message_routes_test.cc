#include <gmock/gmock.h>

#include "engagement/sends/send_test_support.h"

namespace rekey::engagement::sends {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kAll = "/messaging/v1/email/messages";

class MessageRoutesTest : public SendTest {
 protected:
  [[nodiscard]] Told send_many(const std::string& recipients, const std::string& more = "") {
    return post(kAll, R"({"definitionKey":"order","recipients":[)" + recipients + "]" + more + "}");
  }
};

TEST_F(MessageRoutesTest, AMessageIsAcceptedQueuedAndSent) {
  const Told accepted = send("m-1", to_ann());
  EXPECT_EQ(accepted.status, 202) << accepted.text;
  EXPECT_EQ(accepted.at("errorcode"), "0");
  EXPECT_EQ(accepted.at("responses.0.messageKey"), "m-1");
  EXPECT_EQ(accepted.at("responses.0.errorcode"), "(none)");
  EXPECT_EQ(event("m-1"), "TransactionalSendEvents.EmailQueued");
  run();
  const Told shown = status("m-1");
  EXPECT_EQ(shown.at("eventCategoryType"), "TransactionalSendEvents.EmailSent");
  // Central Standard Time.
  EXPECT_EQ(shown.at("timestamp"), "2026-11-24T04:00:01");
  EXPECT_EQ(shown.at("info.messageKey"), "m-1");
  EXPECT_EQ(shown.at("info.contactKey"), "c-1");
  EXPECT_EQ(shown.at("info.to"), "ann@example.org");
  EXPECT_EQ(shown.at("info.statusCode"), "(none)");
  ASSERT_EQ(post_.mails.size(), 1u);
  EXPECT_EQ(post_.mails[0].to, "ann@example.org");
  EXPECT_THAT(post_.mails[0].text, HasSubstr("Subject: Order O-7\r\n"));
  EXPECT_THAT(tracked(), ElementsAre("Sent"));
}

TEST_F(MessageRoutesTest, ManyAreAcceptedAndThoseRefusedAreNamed) {
  const Told told = send_many(
      R"({"contactKey":"c-1","to":"a@example.org","messageKey":"k-1"},
         {"contactKey":"c-2"},
         {"contactKey":"c-3","to":"not an address"},
         {"to":"d@example.org"},
         {"contactKey":"c-5","to":"e@example.org","messageKey":"k-1"},
         {"contactKey":"c-6","to":"f@example.org","attributes":{"a":[1]}},
         {"contactKey":"c-7","to":"g@example.org","attributes":{"OrderId":9}})",
      R"(,"attributes":{"OrderId":"shared"})");
  EXPECT_EQ(told.status, 202) << told.text;
  EXPECT_EQ(told.at("errorcode"), "109001");
  EXPECT_EQ(told.at("message"),
            "MCMS_UTM_ResponsesHasErrors: 5 subscribers failed to queue out of 7");
  EXPECT_EQ(told.at("responses.0.errorcode"), "(none)");
  EXPECT_EQ(told.at("responses.1.errorcode"), "109106");
  EXPECT_EQ(told.at("responses.1.message"),
            "MCMS_UTM_Validation_MissingRequiredField_to: Invalid subscriber");
  EXPECT_EQ(told.at("responses.2.errorcode"), "109121");
  EXPECT_EQ(told.at("responses.3.errorcode"), "109105");
  EXPECT_EQ(told.at("responses.4.errorcode"), "109110");
  EXPECT_EQ(told.at("responses.5.errorcode"), "10003");
  EXPECT_EQ(told.at("responses.6.errorcode"), "(none)");
  EXPECT_EQ(told.at("responses.6.messageKey").size(), 36u);
  run();
  ASSERT_EQ(post_.mails.size(), 2u);
  EXPECT_THAT(post_.mails[0].text, HasSubstr("Subject: Order shared\r\n"));
  EXPECT_THAT(post_.mails[1].text, HasSubstr("Subject: Order 9\r\n"));
}

TEST_F(MessageRoutesTest, ARequestThatMakesNoSenseIsRefusedAsAWhole) {
  struct Case {
    const char* path;
    const char* body;
    const char* code;
  };
  for (const Case& one : {
           Case{"/x", R"({"recipient":{"contactKey":"c","to":"a@example.org"}})", "109107"},
           Case{"/x", R"({"definitionKey":"none","recipient":{}})", "109111"},
           Case{"/x", R"({"definitionKey":"order"})", "109102"},
           Case{"/x", R"({"definitionKey":"order","recipients":[]})", "109122"},
           Case{"", R"({"definitionKey":"order","recipient":{}})", "109122"},
           Case{"", R"({"definitionKey":"order","recipients":[]})", "109102"},
           Case{"", R"({"definitionKey":"order","recipients":{}})", "109102"},
           Case{"", R"({"definitionKey":["order"],"recipients":[{}]})", "10001"},
       }) {
    const Told told = post(std::string(kAll) + one.path, one.body);
    EXPECT_EQ(told.status, 400) << one.body;
    EXPECT_EQ(told.at("errorcode"), one.code) << one.body << told.text;
    EXPECT_THAT(told.at("message"), StartsWith("MCMS_UTM_"));
  }
  std::string recipients = "{}";
  for (int i = 0; i < 2000; ++i) recipients += ",{}";
  EXPECT_EQ(send_many(recipients).at("errorcode"), "109101");
}

TEST_F(MessageRoutesTest, AKeyIsTakenForTwoDaysAndItsStatusToldForThree) {
  ASSERT_EQ(send("Key-1", to_ann()).at("errorcode"), "0");
  EXPECT_EQ(send("Key-1", to_ann()).at("responses.0.errorcode"), "109110");
  // Keys of base64 differ by letter case alone.
  EXPECT_EQ(send("key-1", to_ann()).at("errorcode"), "0");
  run();
  EXPECT_EQ(status("KEY-1").status, 200);
  EXPECT_EQ(status("key-1").at("info.messageKey"), "key-1");
  clock_.advance(base::Days{2});
  EXPECT_EQ(send("Key-1", to_ann()).at("errorcode"), "0");
  run();
  EXPECT_EQ(post_.mails.size(), 3u);
  clock_.advance(base::Days{3});
  EXPECT_EQ(status("Key-1").status, 404);
  EXPECT_EQ(status("Key-1").at("errorcode"), "30003");
}

TEST_F(MessageRoutesTest, TheAddressIsTheContactsWhereNoneIsGiven) {
  ASSERT_EQ(post("/contacts/v1/contacts",
                 R"({"contactKey":"c-9","attributeSets":[{"name":"Email Addresses","items":[{
                    "values":[{"name":"Email Address","value":"nine@example.org"}]}]}]})")
                .status,
            200);
  ASSERT_EQ(send("m-1", R"("contactKey":"c-9")").at("errorcode"), "0");
  run();
  EXPECT_EQ(post_.mails.at(0).to, "nine@example.org");
  EXPECT_EQ(status("m-1").at("info.to"), "nine@example.org");
}

TEST_F(MessageRoutesTest, WhatWasNotSentIsListedInTheOrderOfItsEvents) {
  ASSERT_EQ(create_content("bad", "x", "%%[ set @a = 1 ]%%").status, 201);
  ASSERT_EQ(
      patch("/messaging/v1/email/definitions/order", R"({"content":{"customerKey":"bad"}})").status,
      200);
  for (const char* key : {"m-1", "m-2", "m-3"}) {
    ASSERT_EQ(send(key, to_ann()).status, 202);
    run();
  }
  EXPECT_EQ(event("m-1"), "TransactionalSendEvents.EmailNotSent");
  EXPECT_EQ(status("m-1").at("info.statusCode"), "26");
  EXPECT_EQ(status("m-1").at("info.statusMessage"), "BuildEmailError");
  const Told first = get(std::string(kAll) + "/?type=notSent&$pagesize=2");
  EXPECT_EQ(first.at("count"), "2") << first.text;
  EXPECT_EQ(first.at("messages.0.info.messageKey"), "m-1");
  EXPECT_EQ(first.at("messages.0.definitionKey"), "order");
  EXPECT_EQ(first.at("messages.0.statusCode"), "26");
  EXPECT_EQ(first.at("messages.1.eventID"), first.at("lastEventID"));
  const Told next =
      get(std::string(kAll) + "/?type=notSent&lastEventId=" + first.at("lastEventID"));
  EXPECT_EQ(next.at("count"), "1");
  EXPECT_EQ(next.at("messages.0.info.messageKey"), "m-3");
  const Told none = get(std::string(kAll) + "?type=notSent&lastEventId=" + next.at("lastEventID"));
  EXPECT_EQ(none.at("count"), "0");
  EXPECT_EQ(none.at("lastEventID"), next.at("lastEventID"));
  EXPECT_EQ(get(kAll).status, 400);
  EXPECT_EQ(ask_as(all_scopes(kOtherUnit), net::Method::kGet, std::string(kAll) + "?type=notSent")
                .at("count"),
            "0");
}

TEST_F(MessageRoutesTest, AnotherBusinessUnitSeesNoStatus) {
  ASSERT_EQ(send("m-1", to_ann()).status, 202);
  EXPECT_EQ(ask_as(all_scopes(kOtherUnit), net::Method::kGet, std::string(kAll) + "/m-1").status,
            404);
}

TEST_F(MessageRoutesTest, NothingThatIsSentBeginsAHeader) {
  ASSERT_EQ(send("m-1", R"("contactKey":"c-1","to":"ann@example.org",
                           "attributes":{"OrderId":"1\r\nBcc: x@example.org"})")
                .at("errorcode"),
            "0");
  EXPECT_EQ(send("m-2", R"("contactKey":"c-1","to":"ann@example.org\r\nBcc: x@example.org")")
                .at("responses.0.errorcode"),
            "109121");
  EXPECT_EQ(
      send("m-3", R"("contactKey":"c\r\n-1","to":"ann@example.org")").at("responses.0.errorcode"),
      "109109");
  EXPECT_EQ(send("m%0d%0a4", to_ann()).at("responses.0.errorcode"), "109108");
  EXPECT_EQ(send("m-5", R"("contactKey":"c-1","to":"ann@example.org","attributes":{"a\r\nb":"c"})")
                .at("responses.0.errorcode"),
            "10003");
  run();
  ASSERT_EQ(post_.mails.size(), 1u);
  EXPECT_EQ(post_.mails[0].text.find("\nBcc:"), std::string::npos);
  EXPECT_THAT(post_.mails[0].text, HasSubstr("Subject: Order 1  Bcc: x@example.org\r\n"));
}

}  // namespace
}  // namespace rekey::engagement::sends
