#include <gmock/gmock.h>

#include "engagement/sends/send_test_support.h"

namespace rekey::engagement::sends {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kSends = "/messaging/v1/messageDefinitionSends/";

class TriggeredRoutesTest : public SendTest {
 protected:
  [[nodiscard]] Told trigger(const std::string& body, const std::string& what = "key:order") {
    return post(kSends + what + "/send", body);
  }
  [[nodiscard]] static std::string to_ann(const std::string& more = "") {
    return R"({"To":{"Address":"ann@example.org","SubscriberKey":"c-1","ContactAttributes":{
      "SubscriberAttributes":{"OrderId":"O-7"}}})" +
           more + "}";
  }
  [[nodiscard]] Told record(const Told& told, const std::string& what = "key:order") {
    return get(kSends + what + "/deliveryRecords/" + told.at("responses.0.recipientSendId"));
  }
};

TEST_F(TriggeredRoutesTest, ASendIsQueuedSentAndOnRecord) {
  const Told told = trigger(to_ann(R"(,"From":{"Address":"shop@example.org","Name":"Shop"},
                                      "Options":{"RequestType":"ASYNC"})"));
  EXPECT_EQ(told.status, 202) << told.text;
  EXPECT_EQ(told.at("requestId").size(), 36u);
  EXPECT_EQ(told.at("responses.0.hasErrors"), "false");
  EXPECT_EQ(told.at("responses.0.messages.0"), "Queued");
  EXPECT_EQ(record(told).at("status"), "Queued");
  EXPECT_EQ(record(told).at("to.address"), "(none)");
  run();
  const Told shown = record(told);
  EXPECT_EQ(shown.at("status"), "Sent");
  EXPECT_EQ(shown.at("deliveryTime"), "2026-11-24T10:00:01");
  EXPECT_EQ(shown.at("messageId"), told.at("responses.0.recipientSendId"));
  EXPECT_EQ(shown.at("to.address"), "ann@example.org");
  EXPECT_EQ(shown.at("to.key"), "c-1");
  EXPECT_NE(shown.at("to.id"), "0");
  ASSERT_EQ(post_.mails.size(), 1u);
  EXPECT_EQ(post_.mails[0].from, "shop@example.org");
  EXPECT_THAT(post_.mails[0].text, HasSubstr("From: Shop <shop@example.org>\r\n"));
  EXPECT_THAT(post_.mails[0].text, HasSubstr("Subject: Order O-7\r\n"));
}

TEST_F(TriggeredRoutesTest, ADefinitionIsNamedByKeyOrByIdInWhateverLetterCase) {
  const std::string id = get("/messaging/v1/email/definitions/order").at("definitionId");
  for (const std::string& name : {id, "id:" + id, std::string("KEY:ORDER")}) {
    EXPECT_EQ(trigger(to_ann(), name).status, 202) << name;
  }
  EXPECT_EQ(trigger(to_ann(), "order").status, 404);
  EXPECT_EQ(trigger(to_ann(), "key:none").status, 404);
  EXPECT_EQ(ask_as(all_scopes(kOtherUnit), net::Method::kPost, std::string(kSends) + id + "/send",
                   to_ann())
                .status,
            404);
}

TEST_F(TriggeredRoutesTest, WhatIsRefusedIsToldInA202) {
  for (const auto& [body, message] : std::vector<std::pair<std::string, std::string>>{
           {R"({"To":{"Address":"nonsense","SubscriberKey":"c-1"}})", "InvalidOrMissingToAddress"},
           {R"({"To":{"SubscriberKey":"c-1"}})", "InvalidOrMissingToAddress"},
           {R"({"To":{}})", "InvalidOrMissingSubscriberKey"},
           {R"({})", "To, an object, is missing"},
           {to_ann(R"(,"From":{"Address":"a@example.org\r\nBcc: b@example.org"})"),
            "InvalidFromAddress"},
           {to_ann(R"(,"From":{"Name":"a\r\nBcc: b@example.org"})"), "InvalidFromName"}}) {
    const Told told = trigger(body);
    EXPECT_EQ(told.status, 202) << body;
    EXPECT_EQ(told.at("responses.0.hasErrors"), "true") << body;
    EXPECT_EQ(told.at("responses.0.messages.0"), message) << body;
    EXPECT_EQ(told.at("responses.0.recipientSendId"), "(none)");
  }
  run();
  EXPECT_TRUE(post_.mails.empty());
}

TEST_F(TriggeredRoutesTest, ASynchronousSendIsToldMoreAndInAnotherShape) {
  ASSERT_EQ(patch("/messaging/v1/email/definitions/order",
                  R"({"subscriptions":{"autoAddSubscriber":false}})")
                .status,
            200);
  const Told at_once = trigger(to_ann(R"(,"Options":{"RequestType":"SYNC"})"));
  EXPECT_EQ(at_once.at("responses.0.hasErrors"), "true");
  EXPECT_EQ(at_once.at("responses.0.messageErrors.0.messageErrorCode"), "180008");
  EXPECT_EQ(at_once.at("responses.0.messageErrors.0.messageErrorStatus"),
            "NoAllSubscribersListEntry");
  const Told later = trigger(to_ann());
  EXPECT_EQ(later.at("responses.0.hasErrors"), "false");
  run();
  EXPECT_EQ(record(later).at("status"), "Error");
  EXPECT_EQ(record(later).at("messageErrors.0.messageErrorStatus"), "NoAllSubscribersListEntry");
}

TEST_F(TriggeredRoutesTest, ABatchHasAnAnswerForEach) {
  const Told told = post(std::string(kSends) + "key:order/sendBatch",
                         "[" + to_ann() + R"(,{"To":{"SubscriberKey":"c-2"}},)" + to_ann() + "]");
  EXPECT_EQ(told.status, 202) << told.text;
  EXPECT_EQ(told.at("responses.0.hasErrors"), "false");
  EXPECT_EQ(told.at("responses.1.hasErrors"), "true");
  EXPECT_EQ(told.at("responses.2.hasErrors"), "false");
  run();
  EXPECT_EQ(post_.mails.size(), 2u);
  EXPECT_EQ(post(std::string(kSends) + "key:order/sendBatch", "{}").status, 400);
  EXPECT_EQ(post(std::string(kSends) + "key:order/sendBatch", "[]").status, 400);
}

TEST_F(TriggeredRoutesTest, ARecordIsOfItsOwnDefinition) {
  ASSERT_EQ(create_definition("other", "mail-1").status, 201);
  const Told told = trigger(to_ann());
  EXPECT_EQ(record(told).status, 200);
  EXPECT_EQ(record(told, "key:other").status, 404);
  EXPECT_EQ(get(std::string(kSends) + "key:order/deliveryRecords/none").status, 404);
}

TEST_F(TriggeredRoutesTest, OneThatWasNotSentIsNotOnTheListOfTheTransactional) {
  ASSERT_EQ(patch("/messaging/v1/email/definitions/order",
                  R"({"subscriptions":{"autoAddSubscriber":false}})")
                .status,
            200);
  ASSERT_EQ(trigger(to_ann()).status, 202);
  run();
  EXPECT_EQ(get("/messaging/v1/email/messages?type=notSent").at("count"), "0");
  EXPECT_THAT(tracked(), ElementsAre("NotSent"));
}

}  // namespace
}  // namespace rekey::engagement::sends
