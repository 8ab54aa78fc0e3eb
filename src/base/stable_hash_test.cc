#include "base/stable_hash.h"

#include <gtest/gtest.h>

namespace rekey::base {
namespace {

// The vectors of its authors: a machine that counted otherwise would begin rotations on other days.
TEST(StableHash, IsWhatItsAuthorsPublished) {
  EXPECT_EQ(stable_hash(""), 0xcbf29ce484222325ULL);
  EXPECT_EQ(stable_hash("a"), 0xaf63dc4c8601ec8cULL);
  EXPECT_EQ(stable_hash("foobar"), 0x85944171f73967e8ULL);
}

}  // namespace
}  // namespace rekey::base
