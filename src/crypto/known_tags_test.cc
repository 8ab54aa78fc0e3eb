#include "crypto/known_tags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/text.h"

namespace rekey::crypto {
namespace {

using base::Secret;

std::string alphanumeric(std::size_t size) {
  return *rc::gen::container<std::string>(size,
                                          rc::gen::elementOf(std::string(base::kBase62Alphabet)));
}

std::string any_bytes() {
  return *rc::gen::resize(12, rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
}

std::string base64(const std::string& text) {
  return base::base64_encode(base::bytes_of(text));
}

std::string utf16_le(const std::string& text) {
  std::string wide;
  for (const char c : text) {
    wide += c;
    wide += '\0';
  }
  return wide;
}

bool is_found(const std::string& text, const std::vector<FormText>& forms, SecretForm form) {
  return std::any_of(forms.begin(), forms.end(), [&](const FormText& one) {
    return one.form == form && text.find(one.text.reveal()) != std::string::npos;
  });
}

RC_GTEST_PROP(KnownTags, FindAValueInBase64OfWhateverHoldsIt, ()) {
  const std::string value = "SFMC_" + alphanumeric(*rc::gen::inRange<std::size_t>(24, 60));
  const auto forms = forms_of(Secret(value));
  const std::string whole = base64(any_bytes() + value + any_bytes());
  RC_ASSERT(is_found(whole, forms, SecretForm::kBase64));
  RC_ASSERT(is_found(base64(any_bytes() + whole), forms, SecretForm::kBase64OfBase64));
  const std::string wide = utf16_le(any_bytes() + value + any_bytes());
  RC_ASSERT(is_found(base64(wide), forms, SecretForm::kBase64OfUtf16Le));
  RC_ASSERT(is_found(base64(std::string(1, '\0') + wide), forms, SecretForm::kBase64OfUtf16Be));
}

RC_GTEST_PROP(KnownTags, HaveAWindowInEachFormOfASecretOfOursOrOfALegacyOne, ()) {
  const bool is_legacy = *rc::gen::arbitrary<bool>();
  const Secret value(is_legacy ? alphanumeric(24) : "SFMC_" + alphanumeric(59));
  KnownTagger tagger(KnownSearchKey::generate());
  const TaggedSecret tagged = tagger.tags_of(value);
  RC_ASSERT(tagged.without_window.empty());
  RC_ASSERT(tagged.tags.size() == 21U);
}

// Of letters, digits and "_" both alphabets make one text; of these three characters they do not.
RC_GTEST_PROP(KnownTags, FindAValueInBase64OfTheUrlAlphabet, ()) {
  const std::string odd(1, *rc::gen::elementOf(std::string("~>?")));
  const std::string value = alphanumeric(3) + odd + alphanumeric(34) + odd;
  const auto forms = forms_of(Secret(value));
  const std::string text = any_bytes() + value + any_bytes();
  const std::string url = base::base64url_encode(base::bytes_of(text));
  RC_ASSERT(is_found(url, forms, SecretForm::kBase64));
  RC_ASSERT(is_found(base64(text), forms, SecretForm::kBase64));
  RC_ASSERT(is_found(base64(any_bytes() + url), forms, SecretForm::kBase64OfBase64));
  const std::string wide = utf16_le(text);
  RC_ASSERT(
      is_found(base::base64url_encode(base::bytes_of(wide)), forms, SecretForm::kBase64OfUtf16Le));
}

TEST(KnownTags, AreOfTheSizesThatDependOnTheValueAlone) {
  const auto forms = forms_of(Secret(std::string(24, 'a')));
  std::multiset<std::size_t> sizes;
  for (const FormText& form : forms) {
    if (form.form == SecretForm::kBase64) sizes.insert(form.text.size_bytes());
  }
  EXPECT_THAT(sizes, testing::ElementsAre(31, 31, 32));
}

TEST(KnownTags, AreEqualUnderOneKeyAndDifferUnderAnother) {
  const KnownSearchKey key = KnownSearchKey::generate();
  const Secret value(std::string(30, 'x') + "Y1");
  KnownTagger one(key);
  KnownTagger same(key);
  KnownTagger other(KnownSearchKey::generate());
  EXPECT_EQ(one.tags_of(value).tags, same.tags_of(value).tags);
  EXPECT_NE(one.tags_of(value).tags.front().bits, other.tags_of(value).tags.front().bits);
  EXPECT_NE(one.tags_of(value).tags.front().window_hash,
            other.tags_of(value).tags.front().window_hash);
}

// Foreign values may hold "-", "." or "~" so often that nothing of theirs is long enough.
TEST(KnownTags, SayWhichFormsCannotBeLookedFor) {
  KnownTagger tagger(KnownSearchKey::generate());
  const TaggedSecret tagged = tagger.tags_of(Secret("ab-cd.ef~gh-ij.kl~mn-op.qr~st-uv.wx~yz-12"));
  EXPECT_THAT(tagged.without_window, testing::Contains(SecretForm::kRaw));
  EXPECT_FALSE(tagged.tags.empty()) << "hex has no such characters";
}

RC_GTEST_PROP(KnownTags, WindowsThatDifferInOneByteHaveOtherHashes, ()) {
  KnownTagger tagger(KnownSearchKey::generate());
  const std::string window = alphanumeric(kWindowSize);
  std::string other = window;
  char& changed = other[*rc::gen::inRange<std::size_t>(0, kWindowSize)];
  changed = changed == 'a' ? 'b' : 'a';
  RC_ASSERT(tagger.window_hash(window.data()) != tagger.window_hash(other.data()));
}

}  // namespace
}  // namespace rekey::crypto
