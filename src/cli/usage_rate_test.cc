#include "cli/usage_rate.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace rekey::cli {
namespace {

std::string row(std::string_view first, std::string_view last, int count) {
  return fmt::format(R"({{"first_seen":"{}","last_seen":"{}","count":{}}})", first, last, count);
}
std::optional<std::string> warning_of(const std::string& rows) {
  return token_rate_warning(net::parse_json(R"({"usage":[)" + rows + "]}").value());
}

TEST(TokenRate, WarnsOfWhoAsksMoreOftenThanIsAdvised) {
  const auto often = warning_of(row("2026-11-25T10:00:00Z", "2026-11-25T10:02:00Z", 4));
  ASSERT_TRUE(often);
  EXPECT_TRUE(
      often->starts_with("1 of these callers asks for a token more often than once in 20m "
                         "(the most often: every 40s, on average)."))
      << *often;
  const auto two = warning_of(row("2026-11-25T10:00:00Z", "2026-11-25T10:02:00Z", 4) + "," +
                              row("2026-11-25T10:00:00Z", "2026-11-25T10:00:00Z", 9) + "," +
                              row("2026-11-25T10:00:00Z", "2026-11-25T12:00:00Z", 4));
  ASSERT_TRUE(two);
  EXPECT_TRUE(two->starts_with("2 of these callers ask for")) << *two;
  EXPECT_NE(two->find("every 0s"), std::string::npos) << *two;
}

TEST(TokenRate, IsQuietAboutWhoAsksAsAdvisedOrTooSeldomToTell) {
  EXPECT_FALSE(warning_of(""));
  EXPECT_FALSE(warning_of(row("2026-11-25T10:00:00Z", "2026-11-25T10:40:00Z", 3)));
  EXPECT_FALSE(warning_of(row("2026-11-25T10:00:00Z", "2026-11-25T10:00:01Z", 2)));
  EXPECT_FALSE(warning_of(R"({"count":5})"));
  EXPECT_FALSE(token_rate_warning(net::parse_json("{}").value()));
}

}  // namespace
}  // namespace rekey::cli
