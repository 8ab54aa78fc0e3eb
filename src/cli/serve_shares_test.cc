#include "cli/serve_shares.h"

#include <gtest/gtest.h>

#include "net/tls_gateway.h"

namespace rekey::cli {
namespace {

constexpr std::size_t kWanted = 4096;

TEST(ServeShares, WithManyDescriptorsBothHaveAllThatTheyTake) {
  const auto shares = share_open_files(1'000'000, true, kWanted);
  ASSERT_TRUE(shares);
  EXPECT_EQ(shares->server, kWanted);
  EXPECT_EQ(shares->hosts, 256u);
}

TEST(ServeShares, AllTogetherNeverTakeMoreThanTheLimit) {
  std::size_t refused = 0;
  for (std::size_t limit = 0; limit < 8'000; ++limit) {
    const auto shares = share_open_files(limit, true, kWanted);
    if (!shares) {
      ++refused;
      continue;
    }
    EXPECT_GE(shares->server, 16u) << limit;
    EXPECT_GE(shares->hosts, 16u) << limit;
    // 256 are for everything else.
    EXPECT_LE(shares->server + shares->hosts * net::kDescriptorsPerTunnel + 256, limit);
  }
  EXPECT_EQ(refused, 336u);
}

TEST(ServeShares, TooFewForHostNamesIsRefusedWithWhatToDo) {
  const auto shares = share_open_files(335, true, kWanted);
  ASSERT_FALSE(shares);
  EXPECT_EQ(shares.error().code, base::Code::kRefused);
  EXPECT_NE(shares.error().detail.find("LimitNOFILE"), std::string::npos) << shares.error().detail;
}

TEST(ServeShares, WithoutHostNamesTheServerHasThemAll) {
  EXPECT_EQ(share_open_files(1'024, false, kWanted)->server, 768u);
  EXPECT_EQ(share_open_files(1'024, false, kWanted)->hosts, 0u);
  EXPECT_EQ(share_open_files(0, false, kWanted)->server, 16u);
}

}  // namespace
}  // namespace rekey::cli
