#include "discovery/verify.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "crypto/fingerprint_key.h"
#include "discovery/scan.h"
#include "discovery/values_test_support.h"

namespace rekey::discovery {
namespace {

using std::chrono::seconds;

struct Asked {
  std::string url;
  std::string client_id;
  std::string value;
  base::Duration at{};
};

class VerifyTest : public testing::Test {
 protected:
  static TokenPlace place(std::string_view text) {
    const auto place = parse_token_place(text, builtin_detectors());
    EXPECT_TRUE(place.has_value()) << text;
    return place.value_or(TokenPlace{});
  }
  // The secrets of files with these texts, tried at these places.
  std::vector<Finding> verified(const std::vector<std::string>& texts,
                                std::vector<TokenPlace> places) {
    Pairs pairs(std::move(places));
    Scan scan(matcher_, key_, coverage_, &pairs);
    int number = 0;
    for (const std::string& text : texts) {
      const Place at{"file" + std::to_string(++number), {}};
      scan.visit({at, text});
    }
    auto findings = scan.take();
    asked_.clear();
    const auto ask = [this](const TokenPlace& one, const std::string& client_id,
                            const base::Secret& value) {
      asked_.push_back({one.url, client_id, std::string(value.reveal()), clock_.monotonic()});
      return answer_;
    };
    pairs.verify(findings, ask, clock_, seconds{1});
    std::erase_if(findings, [](const Finding& one) { return !is_sensitive(one.detector->role); });
    return findings;
  }
  static std::string pair_text(const std::string& secret, const std::string& id,
                               const std::string& host = {}) {
    return "client_id=" + id + "\nclient_secret=" + secret + "\n" +
           (host.empty() ? "" : "auth_url=https://" + host + "/\n");
  }

  Matcher matcher_;
  crypto::RootKey key_ = crypto::RootKey::generate();
  Coverage coverage_;
  Values values_{11};
  platform::SetClock clock_{base::from_millis(1'800'000'000'000)};
  Verification answer_{Verdict::kAccepted};
  std::vector<Asked> asked_;
  std::string tenant_ = values_.tenant();
  std::string host_ = tenant_ + ".auth.marketingcloudapis.com";
};

TEST_F(VerifyTest, APlaceIsAHostAnAuthUrlOrADetectorsEndpoint) {
  EXPECT_EQ(place("mc1.auth.marketingcloudapis.com").url,
            "https://mc1.auth.marketingcloudapis.com/v2/token");
  EXPECT_EQ(place("rekey.example:8443").url, "https://rekey.example:8443/v2/token");
  EXPECT_EQ(place("http://127.0.0.1:80/t/a").url, "http://127.0.0.1:80/t/a/v2/token");
  EXPECT_EQ(place("https://rekey.example/v2/token").url, "https://rekey.example/v2/token");
  EXPECT_FALSE(place("rekey.example").is_form);
  const TokenPlace okta = place("okta-secret=https://a.okta.com/oauth2/v1/token");
  EXPECT_EQ(okta.url, "https://a.okta.com/oauth2/v1/token");
  EXPECT_EQ(okta.detector, "okta-secret");
  EXPECT_TRUE(okta.is_form);
}

TEST_F(VerifyTest, AHostIsNamedWhollyOrIsAnAddressOrThisMachine) {
  for (const char* right : {"a.example", "https://a.example:8443/t", "192.0.2.7", "192.0.2.7:8443",
                            "[2001:db8::1]", "[2001:db8::1]:443", "localhost", "localhost:8420",
                            "http://localhost:8420/t", "http://127.0.0.1:1"}) {
    EXPECT_TRUE(parse_token_place(right, builtin_detectors())) << right;
  }
  for (const char* wrong : {"okta-secret", "rekey", "rekey:8443", "https://rekey/", "rekey/a.b",
                            "okta-secret=https://login/token", ".", "a.", ".a"}) {
    EXPECT_FALSE(parse_token_place(wrong, builtin_detectors())) << wrong;
  }
}

TEST_F(VerifyTest, WhatIsNoPlaceForASecretIsRefused) {
  for (const char* wrong :
       {"http://rekey.example/", "ftp://rekey.example/", "https://a@b.example/", "",
        "https://rekey.example/?a", "mce-client-id=https://a.example/token",
        "nobody=https://a.example/token", "okta-secret=a.okta.com", "rekey example", "https://"}) {
    EXPECT_FALSE(parse_token_place(wrong, builtin_detectors())) << wrong;
  }
}

TEST_F(VerifyTest, APairGoesToTheHostThatStandsWithItWhereThatWasNamed) {
  const std::string id = values_.client_id();
  const std::string secret = values_.legacy();
  const std::vector<TokenPlace> places{place(host_), place("b.example")};
  EXPECT_EQ(verified({pair_text(secret, id, host_)},
                     {place("http://127.0.0.1:80/https://" + host_ + "/"), place("b.example")})
                .at(0)
                .verification->at,
            "http://127.0.0.1:80/https://" + host_ + "/v2/token");
  for (const std::string& standing : {host_, tenant_ + ".rest.marketingcloudapis.com"}) {
    const auto findings = verified({pair_text(secret, id, standing)}, places);
    ASSERT_EQ(asked_.size(), 1U);
    EXPECT_EQ(asked_[0].url, "https://" + host_ + "/v2/token");
    EXPECT_EQ(asked_[0].client_id, id);
    EXPECT_EQ(asked_[0].value, secret);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].verification->verdict, Verdict::kAccepted);
    EXPECT_EQ(findings[0].verification->at, asked_[0].url);
    EXPECT_EQ(findings[0].confidence, Confidence::kHigh);
  }
}

TEST_F(VerifyTest, NothingGoesToAHostThatWasNotNamed) {
  const auto findings =
      verified({pair_text(values_.legacy(), values_.client_id(), host_)}, {place("b.example")});
  EXPECT_TRUE(asked_.empty());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].verification->verdict, Verdict::kNotTried);
  EXPECT_EQ(findings[0].verification->detail, host_ + " stands with it and was not named");
}

TEST_F(VerifyTest, APairWithoutAHostGoesToTheOnePlaceThatTakesItsKind) {
  const std::string text = pair_text(values_.foreign(), values_.client_id());
  const TokenPlace okta = place("okta-secret=https://b.example/token");
  auto findings = verified({text}, {place("a.example"), okta});
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_EQ(asked_[0].url, "https://a.example/v2/token");
  findings = verified({text}, {place("a.example"), place("b.example")});
  EXPECT_TRUE(asked_.empty());
  EXPECT_EQ(findings.at(0).verification->detail, "no host stands with it, and several were named");
  findings = verified({text}, {okta});
  EXPECT_TRUE(asked_.empty());
  EXPECT_EQ(findings.at(0).verification->detail, "no place that was named takes its kind");
}

TEST_F(VerifyTest, ASecretWithoutAClientIdIsNotTried) {
  const auto findings = verified({"sfmc client_secret=" + values_.legacy()}, {place("a.example")});
  EXPECT_TRUE(asked_.empty());
  EXPECT_EQ(findings.at(0).verification->detail, "no client id stands with it");
}

TEST_F(VerifyTest, EqualPairsAreTriedOnceAndDifferentOnesAtTheirPace) {
  const std::string id = values_.client_id();
  const std::string secret = values_.legacy();
  answer_ = {Verdict::kRefused};
  const auto findings =
      verified({pair_text(secret, id), pair_text(secret, id), pair_text(values_.legacy(), id)},
               {place("a.example")});
  ASSERT_EQ(asked_.size(), 2U);
  EXPECT_EQ(asked_[1].at - asked_[0].at, seconds{1});
  ASSERT_EQ(findings.size(), 3U);
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.verification->verdict, Verdict::kRefused);
  }
}

TEST_F(VerifyTest, APlaceThatGivesNoAnswerIsLeftAlone) {
  answer_ = {Verdict::kNoAnswer, {}, "status 503"};
  std::vector<std::string> texts;
  for (int i = 0; i < 5; ++i) texts.push_back(pair_text(values_.legacy(), values_.client_id()));
  const auto findings = verified(texts, {place("a.example")});
  EXPECT_EQ(asked_.size(), 3U);
  EXPECT_EQ(findings.at(0).verification->detail, "status 503");
  EXPECT_EQ(findings.at(4).verification->verdict, Verdict::kNotTried);
  EXPECT_EQ(findings.at(4).verification->detail,
            "https://a.example/v2/token gave no answer before");
}

TEST_F(VerifyTest, TheNumberOfPairsIsBoundedAndToldWhereItIsMet) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < kMostPairs + 3; ++i) {
    texts.push_back(pair_text(values_.foreign(), values_.client_id()));
  }
  const auto findings = verified(texts, {place("a.example")});
  EXPECT_EQ(findings.size(), kMostPairs + 3);
  EXPECT_EQ(asked_.size(), kMostPairs);
  std::size_t not_tried = 0;
  for (const Finding& finding : findings) {
    not_tried += finding.verification->verdict == Verdict::kNotTried ? 1 : 0;
  }
  EXPECT_EQ(not_tried, 3U);
}

TEST_F(VerifyTest, ThreadedOffersKeepTheSamePairsWhicheverCameFirst) {
  std::vector<Finding> findings;
  std::vector<base::Secret> values;
  const Finding first = verified({pair_text(values_.foreign(), values_.client_id())}, {}).at(0);
  crypto::Fingerprinter fingerprint(key_);
  for (std::size_t i = 0; i < kMostPairs + 50; ++i) {
    values.emplace_back(values_.foreign());
    findings.push_back(first);
    findings.back().fingerprint = fingerprint(values.back().reveal());
  }
  Pairs pairs({place("a.example")});
  const auto offer_from = [&](std::size_t begin) {
    for (std::size_t i = 0; i < findings.size(); ++i) {
      const std::size_t at = (begin + i) % findings.size();
      pairs.offer(findings[at], values[at]);
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 4; ++i) threads.emplace_back(offer_from, i * 137);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(pairs.size(), kMostPairs);
  std::size_t tried = 0;
  const auto ask = [&](const TokenPlace&, const std::string&, const base::Secret& value) {
    EXPECT_TRUE(value == values[tried]);
    ++tried;
    return Verification{Verdict::kRefused};
  };
  // Their order is that of their fingerprints, and so is that of the findings here.
  std::vector<std::size_t> order(findings.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return findings[a].fingerprint < findings[b].fingerprint;
  });
  std::vector<Finding> sorted;
  std::vector<base::Secret> sorted_values;
  for (const std::size_t at : order) {
    sorted.push_back(findings[at]);
    sorted_values.push_back(std::move(values[at]));
  }
  values = std::move(sorted_values);
  pairs.verify(sorted, ask, clock_, seconds{0});
  EXPECT_EQ(tried, kMostPairs);
}

TEST_F(VerifyTest, AClientIdThatIsASecretAsWellIsSentNowhere) {
  const std::string both = values_.foreign();
  Finding finding = verified({"x=" + both + "\n"}, {}).at(0);
  finding.client_id = base::display(finding.fingerprint);  // as it is masked
  std::vector<Finding> masked{finding};
  Pairs pairs({place("a.example")});
  pairs.offer(finding, base::Secret(both));
  const auto ask = [](const TokenPlace&, const std::string&, const base::Secret&) {
    ADD_FAILURE() << "it was sent";
    return Verification{};
  };
  pairs.verify(masked, ask, clock_, seconds{0});
  EXPECT_EQ(masked[0].verification->detail, "its client id is a secret as well");
}

}  // namespace
}  // namespace rekey::discovery
