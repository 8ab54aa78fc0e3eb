#include <gmock/gmock.h>

#include "engagement/sends/send_test_support.h"

namespace rekey::engagement::sends {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

class ReaderRoutesTest : public SendTest {
 protected:
  void SetUp() override {
    SendTest::SetUp();
    ASSERT_EQ(create_content("page", "x",
                             "<body><a href='https://shop.example/?a=1&amp;b=%%OrderId%%'>x</a>"
                             "<a href='mailto:a@example.org'>y</a>"
                             "<a href='%%view_email_url%%'>v</a></body>")
                  .status,
              201);
    ASSERT_EQ(
        patch("/messaging/v1/email/definitions/order", R"({"content":{"customerKey":"page"}})")
            .status,
        200);
    ASSERT_EQ(send("m-1", to_ann()).status, 202);
    run();
    ASSERT_EQ(post_.mails.size(), 1u);
  }
};

TEST_F(ReaderRoutesTest, AnOpeningIsCountedAndGetsAPicture) {
  const Told told = read_as_anyone(path_in_mail("open"));
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(told.response.content_type, "image/gif");
  EXPECT_EQ(told.text.substr(0, 6), "GIF89a");
  EXPECT_THAT(told.response.headers, Contains(Pair("Cache-Control", "no-store")));
  EXPECT_THAT(tracked(), ElementsAre("Sent", "Open"));
}

TEST_F(ReaderRoutesTest, AClickIsCountedAndLedOn) {
  const Told told = read_as_anyone(path_in_mail("click"));
  EXPECT_EQ(told.status, 302);
  EXPECT_THAT(told.response.headers, Contains(Pair("Location", "https://shop.example/?a=1&b=O-7")));
  EXPECT_THAT(tracked(), ElementsAre("Sent", "Click"));
}

TEST_F(ReaderRoutesTest, OnlyWhatStandsInAMailIsLedTo) {
  const std::string click = path_in_mail("click");
  const std::string others = click.substr(0, click.rfind('/') + 1);
  for (const std::string& path :
       {others + "1", others + "-1", others + "x", others + "99999999999999999999",
        std::string("/track/click/00000000000000000000000000000000/0")}) {
    EXPECT_EQ(read_as_anyone(path).status, 404) << path;
  }
  EXPECT_THAT(tracked(), ElementsAre("Sent"));
}

TEST_F(ReaderRoutesTest, TheMailIsAPageThatRunsNothing) {
  const Told told = read_as_anyone(path_in_mail("view"));
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(told.response.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(told.text, HasSubstr("mailto:a@example.org"));
  EXPECT_THAT(told.response.headers,
              Contains(Pair("Content-Security-Policy", HasSubstr("sandbox"))));
}

TEST_F(ReaderRoutesTest, LookingAtTheSubscriptionLeavesItAndAPostEndsIt) {
  const std::string path = path_in_mail("unsubscribe");
  const Told page = read_as_anyone(path);
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.text, HasSubstr("ann@example.org gets our mails."));
  ASSERT_EQ(send("m-2", to_ann()).status, 202);
  run();
  EXPECT_EQ(event("m-2"), "TransactionalSendEvents.EmailSent");

  // As a mail program does it (RFC 8058): the body is a form, not JSON.
  const Told done = ask_as(std::nullopt, net::Method::kPost, path, "List-Unsubscribe=One-Click");
  EXPECT_EQ(done.status, 200) << done.text;
  EXPECT_THAT(done.text, HasSubstr("no more mails"));
  EXPECT_EQ(read_as_anyone(path, net::Method::kPost).status, 200);
  ASSERT_EQ(send("m-3", to_ann()).status, 202);
  run();
  EXPECT_EQ(status("m-3").at("info.statusCode"), "1");
  EXPECT_EQ(status("m-3").at("info.statusMessage"), "Unsubscribed");
  EXPECT_THAT(tracked(), ElementsAre("Sent", "Sent", "Unsub", "NotSent"));

  ASSERT_EQ(read_as_anyone(path + "?again=1", net::Method::kPost).status, 200);
  ASSERT_EQ(send("m-4", to_ann()).status, 202);
  run();
  EXPECT_EQ(event("m-4"), "TransactionalSendEvents.EmailSent");
}

TEST_F(ReaderRoutesTest, AnUnsubscriptionHoldsInItsOwnBusinessUnitAlone) {
  ASSERT_EQ(read_as_anyone(path_in_mail("unsubscribe"), net::Method::kPost).status, 200);
  const Caller other = all_scopes(kOtherUnit);
  ASSERT_EQ(ask_as(other, net::Method::kPost, "/asset/v1/content/assets",
                   R"({"customerKey":"a","name":"a","views":{"html":{"content":"x"}}})")
                .status,
            201);
  ASSERT_EQ(ask_as(other, net::Method::kPost, "/messaging/v1/email/definitions",
                   R"({"definitionKey":"d","name":"d","content":{"customerKey":"a"}})")
                .status,
            201);
  ASSERT_EQ(ask_as(other, net::Method::kPost, "/messaging/v1/email/messages/m",
                   R"({"definitionKey":"d","recipient":{)" + to_ann() + "}}")
                .status,
            202);
  run();
  EXPECT_EQ(
      ask_as(other, net::Method::kGet, "/messaging/v1/email/messages/m").at("eventCategoryType"),
      "TransactionalSendEvents.EmailSent");
}

TEST_F(ReaderRoutesTest, AWrongMethodOrPathStillNeedsAToken) {
  EXPECT_EQ(read_as_anyone(path_in_mail("open"), net::Method::kPost).status, 401);
  EXPECT_EQ(read_as_anyone("/track/nothing").status, 401);
  EXPECT_EQ(read_as_anyone("/track/open/" + std::string(40, 'x')).status, 404);
}

TEST_F(ReaderRoutesTest, ATokenIsInNoLinkOfAnotherMail) {
  const std::string first = path_in_mail("open");
  ASSERT_EQ(send("m-2", to_ann()).status, 202);
  run();
  EXPECT_NE(path_in_mail("open"), first);
}

}  // namespace
}  // namespace rekey::engagement::sends
