#include "discovery/known/given_secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "discovery/matcher.h"
#include "discovery/values_test_support.h"

namespace rekey::discovery {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::unique_ptr<const GivenSecrets> given(const std::string& value) {
  std::vector<base::Secret> values;
  values.emplace_back(value);
  return std::make_unique<const GivenSecrets>(std::move(values));
}

class GivenSecretsTest : public testing::Test {
 protected:
  // "detector@layers" of each hit.
  std::vector<std::string> found(const std::string& text) {
    std::vector<std::string> names;
    for (const Hit& hit : matcher_.match(text, "x").hits) {
      EXPECT_EQ(hit.value.reveal(), secret_);
      std::string name = hit.detector->id;
      for (const Layer layer : hit.layers) name += "@" + std::string(name_of(layer));
      names.push_back(std::move(name));
    }
    return names;
  }

  Values values_{17};
  std::string secret_ = values_.legacy();
  Matcher matcher_{given(secret_)};
};

TEST_F(GivenSecretsTest, AreFoundWithoutAnyContextAndThroughEveryLayer) {
  EXPECT_THAT(found("x" + secret_ + "y"), ElementsAre("given-secret"));
  EXPECT_THAT(found(base64_of("some text with " + secret_ + " in it")),
              ElementsAre("given-secret@base64"));
  EXPECT_THAT(found(utf16_of("a " + secret_ + " b")), ElementsAre("given-secret@utf-16"));
  EXPECT_THAT(found("x=" + escaped_of(secret_, "%", "")), ElementsAre("given-secret@percent"));
}

// No layer is taken off what is no text; the characters that depend on the value alone are there.
TEST_F(GivenSecretsTest, AreFoundInTheBase64OfWhatIsNoText) {
  std::string binary;
  for (int i = 0; i < 600; ++i) binary += static_cast<char>(values_.number());
  EXPECT_THAT(found(base64_of(binary + secret_ + binary)), ElementsAre("given-secret@base64"));
}

TEST_F(GivenSecretsTest, NothingElseIsLookedFor) {
  EXPECT_THAT(found("client_secret=" + values_.legacy() + "\n" + values_.ours()), IsEmpty());
}

// Nowhere in these do 24 letters and digits follow each other.
class GivenSecretsWithoutWindow : public testing::TestWithParam<const char*> {
 protected:
  // A digit or letter of another value for each 'x'.
  static std::string made_by(std::string text, std::uint32_t seed) {
    Values values(seed);
    for (char& c : text) {
      if (c == 'x') c = values.of("0123456789abcdef", 1).front();
    }
    return text;
  }
};

TEST_P(GivenSecretsWithoutWindow, AreFoundThroughEveryLayer) {
  const std::string secret = made_by(GetParam(), 5);
  const auto search = given(secret);
  EXPECT_THAT(search->not_looked_for(0), IsEmpty());
  const Matcher matcher(given(secret));
  const auto is_found = [&](const std::string& text) {
    const auto hits = matcher.match(text, "x").hits;
    return hits.size() == 1 && hits[0].value.reveal() == secret;
  };
  EXPECT_TRUE(is_found(secret));
  EXPECT_TRUE(is_found("a: " + secret + "\n"));
  EXPECT_TRUE(is_found("x" + secret + "y"));
  EXPECT_TRUE(is_found(base64_of("some text with " + secret + " in it")));
  EXPECT_TRUE(is_found(utf16_of("a description: " + secret + " and more of it")));
  EXPECT_TRUE(is_found("x=" + escaped_of(secret, "%", "")));
  EXPECT_FALSE(is_found("a: " + made_by(GetParam(), 6) + "\n"));
  EXPECT_FALSE(is_found(secret.substr(1)));
}

INSTANTIATE_TEST_SUITE_P(Forms, GivenSecretsWithoutWindow,
                         testing::Values("xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx", "xxxx~xxx",
                                         "xx-xx.xx~xx-xx.xx~xx-xx.xx~xx-xx.xx~xx-xx"));

TEST(GivenSecrets, SeveralWithoutAWindowAreToldApart) {
  const std::vector<std::string> secrets{"ab-cd-ef~1", "cd-ef~1+++", "gh-cd-ef~1"};
  std::vector<base::Secret> values;
  for (const std::string& secret : secrets) values.emplace_back(secret);
  const Matcher matcher(std::make_unique<const GivenSecrets>(std::move(values)));
  std::vector<std::string> found;
  for (const Hit& hit : matcher.match("x gh-cd-ef~1 ab-cd-ef~1 zz-cd-ef~1", "x").hits) {
    found.emplace_back(hit.value.reveal());
  }
  EXPECT_THAT(found, ElementsAre("gh-cd-ef~1", "ab-cd-ef~1"));
}

TEST(GivenSecrets, TellWhichFormsAreTooShortToBeLookedFor) {
  EXPECT_THAT(given("ab-12")->not_looked_for(0), testing::Contains(crypto::SecretForm::kRaw));
  EXPECT_THAT(given(Values(3).foreign())->not_looked_for(0), IsEmpty());
}

}  // namespace
}  // namespace rekey::discovery
