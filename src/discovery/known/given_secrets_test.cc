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

TEST(GivenSecrets, TellInWhichFormsTheyCannotBeLookedFor) {
  EXPECT_THAT(given("ab-cd.ef~gh-ij.kl~mn-op.qr~st-uv.wx~yz-12")->not_looked_for(0),
              testing::Contains(crypto::SecretForm::kRaw));
  EXPECT_THAT(given(Values(3).foreign())->not_looked_for(0), IsEmpty());
}

}  // namespace
}  // namespace rekey::discovery
