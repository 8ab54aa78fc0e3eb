#include "crypto/known_tag_codec.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace rekey::crypto {
namespace {

TaggedSecret tags_of(const std::string& value) {
  return KnownTagger(KnownSearchKey::generate()).tags_of(base::Secret(value));
}

std::string any_value() {
  return *rc::gen::resize(
      200, rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange<char>('!', '~'))));
}

RC_GTEST_PROP(KnownTagCodec, ReadsBackWhatItWrites, ()) {
  const TaggedSecret tagged = tags_of(any_value());
  const auto read = decode_tags(encode_tags(tagged));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == tagged);
}

TEST(KnownTagCodec, ACutOrLengthenedTextIsDamaged) {
  auto bytes = encode_tags(tags_of(std::string(64, 'x')));
  EXPECT_EQ(bytes.size(), 3U + 21 * 33);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto read = decode_tags(std::span(bytes).first(size));
    ASSERT_FALSE(read.has_value()) << size;
    EXPECT_EQ(read.error().code, base::Code::kCorrupt);
  }
  bytes.push_back(0);
  EXPECT_FALSE(decode_tags(bytes).has_value());
}

TEST(KnownTagCodec, AWindowOutsideOfItsTextOrAnUnknownFormIsDamaged) {
  TaggedSecret tagged = tags_of(std::string(64, 'x'));
  tagged.tags[3].window_at = tagged.tags[3].size_bytes - 1;
  EXPECT_EQ(decode_tags(encode_tags(tagged)).error().code, base::Code::kCorrupt);
  tagged = tags_of(std::string(64, 'x'));
  tagged.tags[3].form = static_cast<SecretForm>(77);
  EXPECT_EQ(decode_tags(encode_tags(tagged)).error().code, base::Code::kCorrupt);
}

TEST(KnownTagCodec, ANewerVersionIsNotGuessedAt) {
  auto bytes = encode_tags(tags_of(std::string(64, 'x')));
  bytes[0] = 2;
  EXPECT_EQ(decode_tags(bytes).error().code, base::Code::kUnsupported);
}

}  // namespace
}  // namespace rekey::crypto
