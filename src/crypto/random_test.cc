#include "crypto/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace rekey::crypto {
namespace {

TEST(RandomTest, GivesAsManyBytesAsAsked) {
  EXPECT_EQ(random_bytes(0).size(), 0u);
  EXPECT_EQ(random_bytes(90).size(), 90u);
}

TEST(RandomTest, NeverRepeatsItself) {
  std::set<std::vector<std::uint8_t>> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_bytes(16));
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(RandomTest, FillsALargeBufferToItsEnd) {
  constexpr std::size_t kSize = (1u << 20) + 64;
  std::vector<std::uint8_t> bytes(kSize);
  fill_random(bytes);
  EXPECT_NE(std::count(bytes.end() - 64, bytes.end(), 0), 64);
}

TEST(RandomTest, UsesEveryByteValue) {
  const auto bytes = random_bytes(1u << 16);
  EXPECT_EQ(std::set<std::uint8_t>(bytes.begin(), bytes.end()).size(), 256u);
}

}  // namespace
}  // namespace rekey::crypto
