#include "crypto/sealed_stream.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "crypto/key_line.h"

namespace rekey::crypto {
namespace {

using base::Secret;

std::vector<std::string> seal_all(const Secret& key, std::string_view associated,
                                  const std::vector<std::string>& pieces) {
  StreamSealer sealer(key, associated);
  std::vector<std::string> sealed;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    sealed.push_back(sealer.seal(pieces[i], i + 1 == pieces.size()));
  }
  return sealed;
}

// Whether every piece opens, the last as the last.
bool opens(const Secret& key, std::string_view associated, const std::vector<std::string>& sealed) {
  StreamOpener opener(key, associated);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    if (!opener.open(sealed[i], i + 1 == sealed.size())) return false;
  }
  return true;
}

RC_GTEST_PROP(SealedStreamTest, OpensToWhatWasSealed, (const std::vector<std::string>& pieces)) {
  RC_PRE(!pieces.empty());
  const auto key = random_key();
  const auto sealed = seal_all(key, "a head", pieces);
  StreamOpener opener(key, "a head");
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto opened = opener.open(sealed[i], i + 1 == pieces.size());
    RC_ASSERT(opened.has_value());
    RC_ASSERT(opened->reveal() == pieces[i]);
  }
}

class StreamOfThree : public ::testing::Test {
 protected:
  const Secret key_ = random_key();
  const std::vector<std::string> sealed_ = seal_all(key_, "a head", {"one", "two", "three"});
};

TEST_F(StreamOfThree, NoByteCanChange) {
  for (std::size_t piece = 0; piece < sealed_.size(); ++piece) {
    for (std::size_t i = 0; i < sealed_[piece].size(); ++i) {
      auto changed = sealed_;
      changed[piece][i] = static_cast<char>(changed[piece][i] ^ 1);
      EXPECT_FALSE(opens(key_, "a head", changed)) << piece << ", " << i;
    }
  }
  EXPECT_TRUE(opens(key_, "a head", sealed_));
}

TEST_F(StreamOfThree, NoPieceCanBeCutOffLeftOutOrMoved) {
  EXPECT_FALSE(opens(key_, "a head", {sealed_[0], sealed_[1]}));
  EXPECT_FALSE(opens(key_, "a head", {sealed_[0], sealed_[2]}));
  EXPECT_FALSE(opens(key_, "a head", {sealed_[1], sealed_[0], sealed_[2]}));
  EXPECT_FALSE(opens(key_, "a head", {sealed_[0], sealed_[1], sealed_[2], sealed_[2]}));
  EXPECT_FALSE(opens(key_, "a head", {""}));
}

TEST_F(StreamOfThree, OpensUnderItsKeyAndHeadAlone) {
  EXPECT_FALSE(opens(random_key(), "a head", sealed_));
  EXPECT_FALSE(opens(key_, "another head", sealed_));
}

}  // namespace
}  // namespace rekey::crypto
