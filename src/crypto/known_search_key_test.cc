#include "crypto/known_search_key.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace rekey::crypto {
namespace {

TEST(KnownSearchKey, ReadsBackWhatItWrites) {
  const auto key = KnownSearchKey::generate();
  const auto line = key.format();
  EXPECT_TRUE(line.reveal().starts_with("rekey-search-key-1 "));
  const auto read = KnownSearchKey::parse(line.reveal());
  ASSERT_TRUE(read.has_value()) << read.error().detail;
  EXPECT_EQ(read->id(), key.id());
  EXPECT_TRUE(read->format() == line);
  EXPECT_TRUE(key.clone().for_tags() == read->for_tags());
  EXPECT_FALSE(KnownSearchKey::generate().id() == key.id());
}

TEST(KnownSearchKey, FollowsFromTheRootKeyAndIsAnother) {
  const auto root = RootKey::generate();
  const auto key = KnownSearchKey::derive(root);
  EXPECT_EQ(key.id(), KnownSearchKey::derive(root).id());
  EXPECT_NE(key.id(), KnownSearchKey::derive(RootKey::generate()).id());
  EXPECT_NE(key.id(), root.id());
  EXPECT_FALSE(key.for_tags() == key.for_windows(kKeySize));
}

TEST(KnownSearchKey, RefusesARootKeyAndADamagedOneAndNeverEchoesThem) {
  const auto root = RootKey::generate().format();
  const auto key = KnownSearchKey::generate().format();
  std::string cut(key.reveal().substr(0, key.reveal().size() - 2));
  for (const std::string_view text : {std::string_view(), root.reveal(), std::string_view(cut)}) {
    const auto read = KnownSearchKey::parse(text);
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().code, base::Code::kInvalidArgument);
    EXPECT_EQ(read.error().detail.find(key.reveal().substr(20, 8)), std::string::npos);
  }
}

}  // namespace
}  // namespace rekey::crypto
