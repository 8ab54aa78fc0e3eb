#include "intake/desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace rekey::intake {
namespace {

using base::Duration;
using net::Method;
using ::testing::HasSubstr;
using ::testing::Not;
using Standing = IntakeDesk::Standing;

constexpr std::string_view kOrigin = "https://intake.example:8443";
constexpr Duration kEndsAt{1000};
constexpr std::string_view kSealed = "rks1.a.b.c.d";

// Markup in every text of it.
const Card kCard{.title = "<i>Generate",
                 .why = "for <u>them",
                 .facts = {{"<b>Package", "<b>News & Co</b>\x1b[2J"}},
                 .steps = {"Press \"Generate\""},
                 .stops = {"it is <s>another"},
                 .way_back = "<em>none"};

void expect_card_without_markup(const std::string& page) {
  for (const auto* part :
       {"<h1>&lt;i&gt;Generate</h1>", "for &lt;u&gt;them", "<dt>&lt;b&gt;Package</dt>",
        "&lt;b&gt;News &amp; Co&lt;/b&gt;\\u{1B}[2J", "<li>Press &quot;Generate&quot;</li>",
        "<li>it is &lt;s&gt;another</li>", "&lt;em&gt;none"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
  for (const auto* part : {"<i>", "<u>", "<b>", "<s>", "<em>", "{{"}) {
    EXPECT_THAT(page, Not(HasSubstr(part)));
  }
}

class DeskTest : public ::testing::Test {
 protected:
  net::Response send(Method method, std::string_view path, std::string_view body = {},
                     Duration now = Duration{0}) {
    std::vector<net::HeaderView> headers;
    for (const auto& [name, value] : headers_) headers.push_back({name, value});
    net::Request request;
    request.method = method;
    request.target = request.path = path;
    request.headers = headers;
    request.body = body;
    return desk_.handle(request, now);
  }
  net::Response get(Duration now = Duration{0}) { return send(Method::kGet, path(), {}, now); }
  net::Response post(std::string_view body = kSealed) { return send(Method::kPost, path(), body); }
  std::string path() const { return std::string(desk_.link().reveal().substr(kOrigin.size())); }

  std::vector<std::string> accepted_;
  std::string refusal_;
  std::map<std::string, std::string, std::less<>> headers_ = {
      {"Origin", std::string(kOrigin)},
      {"Sec-Fetch-Site", "same-origin"},
      {"Content-Type", std::string(kSealedContentType)}};
  crypto::IntakeKey key_ = crypto::make_intake_key();
  IntakeDesk desk_{DeskSettings{.origin = std::string(kOrigin),
                                .address = key_.address("run 1 for client abc"),
                                .rules = {.lengths = {4, 8}, .characters = "ab\"<"},
                                .card = kCard,
                                .until = "2026-11-25 14:05 UTC",
                                .ends_at = kEndsAt,
                                .accept = [this](std::string_view sealed) -> base::Status {
                                  if (!refusal_.empty())
                                    return base::fail(base::Code::kInvalidArgument, refusal_);
                                  accepted_.emplace_back(sealed);
                                  return {};
                                }}};
};

TEST_F(DeskTest, TheLinkHoldsFortyThreeRandomCharacters) {
  EXPECT_EQ(path().size(), std::string_view("/i/").size() + kTokenCharacters);
  const IntakeDesk other(DeskSettings{.origin = "https://a",
                                      .address = key_.address("r"),
                                      .rules = {},
                                      .card = {},
                                      .until = {},
                                      .ends_at = kEndsAt,
                                      .accept = {}});
  EXPECT_NE(other.link().reveal().substr(9), desk_.link().reveal().substr(kOrigin.size()));
}

TEST_F(DeskTest, ThePageShowsTheCardAndNothingInItIsMarkup) {
  const auto page = get();
  EXPECT_EQ(page.status, 200);
  expect_card_without_markup(page.body);
  EXPECT_THAT(page.body, HasSubstr("data-characters=\"ab&quot;&lt;\""));
  EXPECT_THAT(page.body, HasSubstr(crypto::to_text(key_.address("run 1 for client abc"))));
  EXPECT_THAT(page.body, HasSubstr("data-lengths=\"4,8\""));
  EXPECT_THAT(page.body, HasSubstr("until 2026-11-25 14:05 UTC"));
}

TEST(CardPage, ShowsTheCardWithoutScriptAndNothingInItIsMarkup) {
  const auto page = card_page(kCard);
  expect_card_without_markup(page);
  EXPECT_THAT(page, HasSubstr("Content-Security-Policy"));
  for (const auto* part : {"<script", "src=", "http:", "https:"}) {
    EXPECT_THAT(page, Not(HasSubstr(part)));
  }
}

TEST(CardPage, WhatIsEmptyHasNoSection) {
  const auto page =
      card_page({.title = "A", .why = {}, .facts = {}, .steps = {}, .stops = {}, .way_back = {}});
  for (const auto* part : {"What to do", "Stop", "Way back"}) {
    EXPECT_THAT(page, Not(HasSubstr(part)));
  }
}

TEST_F(DeskTest, ThePageAllowsNothingButItself) {
  const auto page = get();
  const std::map<std::string, std::string> headers(page.headers.begin(), page.headers.end());
  const auto policy = headers.at("Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'; script-src 'sha256-"));
  EXPECT_THAT(policy, HasSubstr("form-action 'none'; frame-ancestors 'none'; base-uri 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_EQ(headers.at("Cache-Control"), "no-store");
  EXPECT_EQ(headers.at("Referrer-Policy"), "no-referrer");
  EXPECT_EQ(headers.at("X-Content-Type-Options"), "nosniff");
}

TEST_F(DeskTest, LookingAtThePageUsesTheLinkNotUp) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(get().status, 200);
  EXPECT_EQ(post().status, 200);
}

TEST_F(DeskTest, AnAcceptedValueEndsTheLink) {
  EXPECT_EQ(post().status, 200);
  EXPECT_EQ(desk_.standing(Duration{0}), Standing::kAccepted);
  EXPECT_EQ(desk_.sealed(), kSealed);
  EXPECT_EQ(get().status, 410);
  const auto second = post("rks1.another");
  EXPECT_EQ(second.status, 410);
  EXPECT_THAT(second.body, HasSubstr("This link has been used"));
  EXPECT_EQ(accepted_, std::vector<std::string>{std::string(kSealed)});
}

TEST_F(DeskTest, ARefusedValueLeavesTheLinkForAnotherTry) {
  refusal_ = "It has 3 characters.";
  const auto refused = post();
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.body, "It has 3 characters. (4 tries left.)\n");
  refusal_.clear();
  EXPECT_EQ(post().status, 200);
}

TEST_F(DeskTest, TheFifthRefusalEndsTheLink) {
  refusal_ = "Wrong.";
  for (int i = 1; i < kMostRefusals; ++i) EXPECT_EQ(post().status, 422);
  EXPECT_EQ(post().status, 410);
  refusal_.clear();
  EXPECT_EQ(post().status, 410);
  EXPECT_EQ(desk_.standing(Duration{0}), Standing::kRefused);
  EXPECT_TRUE(accepted_.empty());
}

TEST_F(DeskTest, TheLinkEndsWithItsTime) {
  EXPECT_EQ(get(kEndsAt - Duration{1}).status, 200);
  EXPECT_EQ(get(kEndsAt).status, 410);
  EXPECT_EQ(send(Method::kPost, path(), kSealed, kEndsAt).status, 410);
  EXPECT_TRUE(accepted_.empty());
}

TEST_F(DeskTest, AWrongLinkIsNotFoundAndCostsNoTry) {
  const auto right = path();
  auto wrong = right;
  wrong.back() = wrong.back() == 'a' ? 'b' : 'a';
  for (const auto& other : {std::string("/"), std::string("/i/"), wrong, right + "a",
                            right.substr(0, right.size() - 1), right + "/"}) {
    EXPECT_EQ(send(Method::kGet, other).status, 404) << other;
    EXPECT_EQ(send(Method::kPost, other, kSealed).status, 404) << other;
  }
  EXPECT_EQ(post().status, 200);
}

TEST_F(DeskTest, OnlyThePageItselfMaySend) {
  for (const auto& [header, value, status] : std::vector<std::tuple<std::string, std::string, int>>{
           {"Origin", "https://evil.example", 403},
           {"Origin", "", 403},
           {"Sec-Fetch-Site", "cross-site", 403},
           {"Content-Type", "text/plain", 415},
           {"Content-Type", "application/x-www-form-urlencoded", 415}}) {
    const auto before = std::exchange(headers_[header], value);
    EXPECT_EQ(post().status, status) << header << ": " << value;
    headers_[header] = before;
  }
  EXPECT_EQ(post(std::string(kMaxBodyBytes + 1, 'a')).status, 413);
  EXPECT_EQ(send(Method::kDelete, path()).status, 405);
  EXPECT_TRUE(accepted_.empty());
  headers_.erase("Sec-Fetch-Site");
  EXPECT_EQ(post().status, 200);
}

}  // namespace
}  // namespace rekey::intake
