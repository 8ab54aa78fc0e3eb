#include "discovery/known/known_secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "discovery/matcher.h"
#include "discovery/report/html_report.h"
#include "discovery/report/json_report.h"
#include "discovery/report/sarif_report.h"
#include "discovery/scan.h"
#include "discovery/values_test_support.h"

namespace rekey::discovery {
namespace {

using testing::HasSubstr;
using testing::Not;

class KnownSecretsTest : public testing::Test {
 protected:
  static KnownSecret secret(const std::string& id, std::optional<bool> is_accepted = true) {
    KnownSecret known;
    known.source = "authority";
    known.package = "Order sync";
    known.client_id = std::string(24, 'c');
    known.slot = "-";
    known.secret_id = id;
    known.prefix = "rkey_";
    known.state = is_accepted.value_or(true) ? "active" : "expired";
    known.told = known.state + " in a test";
    known.is_accepted = is_accepted;
    return known;
  }
  static void add(KnownSet& set, KnownSecret known, std::string_view value) {
    known.tags = crypto::KnownTagger(set.key).tags_of(base::Secret(value));
    set.secrets.push_back(std::move(known));
  }
  static KnownSet empty_set() { return {crypto::KnownSearchKey::generate(), {}}; }
  static Matcher matcher_of(KnownSet first, std::optional<KnownSet> second = std::nullopt) {
    std::vector<KnownSet> sets;
    sets.push_back(std::move(first));
    if (second) sets.push_back(*std::move(second));
    return Matcher(std::make_unique<const KnownSecrets>(std::move(sets)));
  }
  // "sec_1@base64" of each hit.
  static std::vector<std::string> found(const Matcher& matcher, const std::string& text) {
    std::vector<std::string> names;
    for (const Hit& hit : matcher.match(text, "x").hits) {
      std::string name = hit.known->secret_id;
      for (const Layer layer : hit.layers) name += "@" + std::string(name_of(layer));
      names.push_back(std::move(name));
    }
    return names;
  }
  static std::string hex_of(const std::string& bytes) {
    return base::hex_encode(base::bytes_of(bytes));
  }
  std::string binary() {
    std::string bytes;
    for (int i = 0; i < 600; ++i) bytes += static_cast<char>(values_.number());
    return bytes;
  }

  Values values_{29};
};

TEST_F(KnownSecretsTest, AreFoundInEachFormAndToldApart) {
  const std::string ours = values_.ours();
  const std::string legacy = values_.legacy();
  KnownSet set = empty_set();
  add(set, secret("sec_1"), ours);
  add(set, secret("sec_2"), legacy);
  const Matcher matcher = matcher_of(std::move(set));
  EXPECT_THAT(found(matcher, "a " + ours + " b " + legacy), testing::ElementsAre("sec_1", "sec_2"));
  EXPECT_THAT(found(matcher, base64_of("some text with " + ours + " in it")),
              testing::ElementsAre("sec_1@base64"));
  EXPECT_THAT(found(matcher, utf16_of("a " + legacy + " b")), testing::ElementsAre("sec_2@utf-16"));
  EXPECT_THAT(found(matcher, "x=" + escaped_of(legacy, "%", "")),
              testing::ElementsAre("sec_2@percent"));
  EXPECT_THAT(found(matcher, base64_of(binary() + ours + binary())),
              testing::ElementsAre("sec_1@base64"));
  EXPECT_THAT(found(matcher, base64_of(base64_of(binary() + legacy + binary()))),
              testing::ElementsAre("sec_2@base64@base64"));
  EXPECT_THAT(found(matcher, "client_secret=" + values_.legacy() + "\n" + values_.ours()),
              testing::IsEmpty());
}

TEST_F(KnownSecretsTest, EachSetIsFoundUnderItsOwnKey) {
  const std::string one = values_.ours();
  const std::string other = values_.foreign();
  KnownSet first = empty_set();
  KnownSet second = empty_set();
  add(first, secret("sec_1"), one);
  add(second, secret("run_1"), other);
  // Under the first set's key it would never be found.
  const Matcher matcher = matcher_of(std::move(first), std::move(second));
  EXPECT_THAT(found(matcher, one + "\n" + other), testing::ElementsAre("sec_1", "run_1"));
}

TEST_F(KnownSecretsTest, OfSeveralWithOneValueTheAcceptedOneIsTold) {
  const std::string value = values_.ours();
  KnownSet first = empty_set();
  KnownSet second = empty_set();
  add(first, secret("old", false), value);
  add(first, secret("live"), value);
  add(second, secret("unknown", std::nullopt), value);
  const Matcher matcher = matcher_of(std::move(first), std::move(second));
  EXPECT_THAT(found(matcher, value), testing::ElementsAre("live"));
  EXPECT_THAT(found(matcher, base64_of(binary() + value + binary())),
              testing::ElementsAre("live@base64"));
}

TEST_F(KnownSecretsTest, OfTwoSourcesWithOneValueTheOneThatIssuesItIsTold) {
  const std::string value = values_.ours();
  KnownSet runs = empty_set();
  KnownSet authority = empty_set();
  KnownSecret noted = secret("run_1", std::nullopt);
  noted.source = "runs";
  add(runs, std::move(noted), value);
  add(authority, secret("sec_1", false), value);
  const Matcher matcher = matcher_of(std::move(runs), std::move(authority));
  EXPECT_THAT(found(matcher, value), testing::ElementsAre("sec_1"));
  EXPECT_THAT(found(matcher, base64_of(base64_of(binary() + value + binary()))),
              testing::ElementsAre("sec_1@base64@base64"));
}

TEST_F(KnownSecretsTest, SayWhichOfThemCannotBeLookedFor) {
  KnownSet set = empty_set();
  set.secrets.push_back(secret("sec_1"));
  add(set, secret("sec_2"), "ab-cd.ef~gh-ij.kl~mn-op.qr~st-uv.wx~yz-12");
  std::vector<KnownSet> sets;
  sets.push_back(std::move(set));
  const KnownSecrets known(std::move(sets));
  ASSERT_EQ(known.all().size(), 2U);
  EXPECT_FALSE(known.all()[0].tags.has_value());
  ASSERT_TRUE(known.all()[1].tags.has_value());
  EXPECT_THAT(known.all()[1].tags->without_window, testing::Contains(crypto::SecretForm::kRaw));
}

TEST_F(KnownSecretsTest, EveryReportSaysWhichSecretItIsAndNoneItsValue) {
  const std::string value = values_.ours();
  KnownSet set = empty_set();
  add(set, secret("sec_17"), value);
  const Matcher matcher = matcher_of(std::move(set));
  Coverage coverage;
  Scan scan(matcher, crypto::RootKey::generate(), coverage);
  const Place place{"a.env", {}};
  scan.visit({place, "SECRET=" + value + "\n" + base64_of(binary() + value + binary())});
  const auto findings = scan.take();
  ASSERT_EQ(findings.size(), 2U);
  const Certificate certificate = coverage.certificate();
  const std::string json = json_of(findings[0]);
  EXPECT_THAT(json, HasSubstr(R"("known_secret":{"source":"authority","package":"Order sync")"));
  EXPECT_THAT(json, HasSubstr(R"("secret_id":"sec_17","state":"active","is_accepted":true)"));
  const std::string all = json + json_of(findings[1]) + html_of(findings, certificate) +
                          sarif_of(findings, matcher.detectors(), certificate);
  EXPECT_THAT(all, HasSubstr("sec_17: active in a test, rkey_… in a.env")) << "SARIF";
  EXPECT_THAT(all, HasSubstr("sec_17: active in a test</td>")) << "HTML";
  EXPECT_THAT(all, Not(HasSubstr(value.substr(13, 20))));
}

// Of 21 forms each. Ours begin alike, and so do the windows of their hex.
TEST_F(KnownSecretsTest, AThousandAreLookedForAtOnce) {
  KnownSet set = empty_set();
  std::vector<std::string> values;
  crypto::KnownTagger tagger(set.key);
  for (int i = 0; i < 1000; ++i) {
    values.push_back(values_.ours());
    KnownSecret known = secret("sec_" + std::to_string(i));
    known.tags = tagger.tags_of(base::Secret(values.back()));
    set.secrets.push_back(std::move(known));
  }
  const Matcher matcher = matcher_of(std::move(set));
  std::string text;
  for (int i = 0; i < 1000; i += 200) {
    text += values[static_cast<std::size_t>(i)] + "\n" + values_.ours() + "\n";
  }
  EXPECT_THAT(found(matcher, text),
              testing::ElementsAre("sec_0", "sec_200", "sec_400", "sec_600", "sec_800"));
  EXPECT_THAT(found(matcher, "x " + hex_of(binary() + values[17] + binary())),
              testing::ElementsAre("sec_17@hex"));
}

}  // namespace
}  // namespace rekey::discovery
