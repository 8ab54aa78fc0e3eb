#include "discovery/known/known_search.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "base/text.h"

namespace rekey::discovery {
namespace {

using base::Secret;
using crypto::KnownSearchKey;
using crypto::KnownTagger;
using crypto::SecretForm;

bool is_alphanumeric(char c) {
  return base::kBase62Alphabet.find(c) != std::string_view::npos;
}

// Every run of letters and digits, as the scan's class pass gives them.
std::vector<KnownHit> search(KnownSearch& search, std::string_view text) {
  std::vector<KnownHit> hits;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin;
    while (end < text.size() && is_alphanumeric(text[end])) ++end;
    const auto found = search.search_run(text, begin, end);
    hits.insert(hits.end(), found.begin(), found.end());
    begin = end + 1;
  }
  return hits;
}

std::string alphanumeric(std::size_t size) {
  return *rc::gen::container<std::string>(size,
                                          rc::gen::elementOf(std::string(base::kBase62Alphabet)));
}

std::string any_text() {
  return *rc::gen::resize(40, rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127)));
}

std::vector<KnownEntry> entries_of(KnownTagger& tagger, const std::vector<std::string>& values) {
  std::vector<KnownEntry> entries;
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    for (const auto& tag : tagger.tags_of(Secret(values[i])).tags) entries.push_back({tag, i});
  }
  return entries;
}

RC_GTEST_PROP(KnownSearch, FindsEachSecretWhereItStandsAndSaysInWhichForm, ()) {
  const KnownSearchKey key = KnownSearchKey::generate();
  KnownTagger tagger(key);
  const std::vector<std::string> values{"SFMC_" + alphanumeric(59), alphanumeric(24),
                                        "SFMC_" + alphanumeric(59)};
  const KnownIndex index(entries_of(tagger, values));
  KnownSearch known(index, key);
  const auto which = *rc::gen::inRange<std::uint32_t>(0, 3);
  const std::string before = any_text();
  const std::string& value = values[which];
  const auto raw = search(known, before + value + any_text());
  RC_ASSERT(raw.size() == 1U);
  RC_ASSERT(raw[0] == (KnownHit{before.size(), value.size(), SecretForm::kRaw, which}));
  const std::string inner = any_text() + value + any_text();
  const auto encoded = search(known, "x: " + base::base64_encode(base::bytes_of(inner)) + "\n");
  RC_ASSERT(encoded.size() == 1U);
  RC_ASSERT(encoded[0].form == SecretForm::kBase64);
  RC_ASSERT(encoded[0].secret == which);
}

RC_GTEST_PROP(KnownSearch, FindsNothingOfAnother, ()) {
  const KnownSearchKey key = KnownSearchKey::generate();
  KnownTagger tagger(key);
  const KnownIndex index(entries_of(tagger, {"SFMC_" + alphanumeric(59)}));
  KnownSearch known(index, key);
  RC_ASSERT(search(known, any_text() + "SFMC_" + alphanumeric(59) + any_text()).empty());
}

// The start of a secret alone, at the very end of a file, is none; nor is one under another key.
TEST(KnownSearch, ACutOffValueOrAnotherKeyIsNoHit) {
  const KnownSearchKey key = KnownSearchKey::generate();
  KnownTagger tagger(key);
  std::string value = "SFMC_";
  for (std::size_t i = 0; i < 59; ++i) value += base::kBase62Alphabet[(7 * i + i * i) % 62];
  const KnownIndex index(entries_of(tagger, {value}));
  KnownSearch known(index, key);
  EXPECT_TRUE(search(known, value.substr(0, 60)).empty());
  EXPECT_TRUE(search(known, value.substr(2)).empty()) << "its prefix is not there";
  EXPECT_EQ(search(known, value).size(), 1U);
  KnownSearch other(index, KnownSearchKey::generate());
  EXPECT_TRUE(search(other, value).empty());
}

TEST(KnownIndex, LetsFewWindowsPass) {
  const KnownSearchKey key = KnownSearchKey::generate();
  KnownTagger tagger(key);
  std::vector<KnownEntry> entries(10'000);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string window = fmt::format("{:024}", i);
    entries[i].tag.window_hash = tagger.window_hash(window.data());
  }
  const KnownIndex index(std::move(entries));
  int passed = 0;
  for (std::size_t i = 0; i < 100'000; ++i) {
    const std::string window = fmt::format("x{:023}", i);
    passed += index.may_hold(tagger.window_hash(window.data())) ? 1 : 0;
  }
  EXPECT_LT(passed, 500);
}

}  // namespace
}  // namespace rekey::discovery
