// Counts what the hot path allocates.
#include <gtest/gtest.h>

#include "authority/oauth_test_support.h"
#include "base/counted_new_test_support.h"

namespace rekey::authority {
namespace {

std::size_t allocations_of(TestFront& front, FakeExchange& exchange, int requests) {
  for (int i = 0; i < 100; ++i) front.ask(exchange);
  const std::size_t before = base::allocations_of_this_thread;
  for (int i = 0; i < requests; ++i) front.ask(exchange);
  return base::allocations_of_this_thread - before;
}

TEST(TokenEndpointAllocation, IsNoneInTenThousandTokensFromJson) {
  if (!base::kCountsAllocations) GTEST_SKIP() << "the thread sanitizer cannot count";
  TestFront front;
  FakeExchange exchange(
      net::Method::kPost, "/v2/token",
      front.body_with(front.value.reveal(), R"(,"scope":"email_send","account_id":500000003)"),
      {{"Host", "127.0.0.1"}, {"Content-Type", "application/json"}, {"User-Agent", "tests/1"}});
  EXPECT_EQ(allocations_of(front, exchange, 10'000), 0u);
  EXPECT_EQ(exchange.status, 200);
  EXPECT_EQ(exchange.replies, 10'100);
}

TEST(TokenEndpointAllocation, IsNoneInTenThousandTokensFromAForm) {
  if (!base::kCountsAllocations) GTEST_SKIP() << "the thread sanitizer cannot count";
  TestFront front;
  FakeExchange exchange(net::Method::kPost, "/v2/token",
                        "grant_type=client_credentials&client_id=" + std::string(kTestClient) +
                            "&client_secret=" + std::string(front.value.reveal()),
                        {{"Content-Type", "application/x-www-form-urlencoded"}});
  EXPECT_EQ(allocations_of(front, exchange, 10'000), 0u);
  EXPECT_EQ(exchange.status, 200);
}

TEST(TokenEndpointAllocation, IsNoneInTenThousandJwtsWithBasicAuthentication) {
  if (!base::kCountsAllocations) GTEST_SKIP() << "the thread sanitizer cannot count";
  TestFront front;
  front.declare({{"https://api.example.com", crypto::JwsAlgorithm::kEs256, {}, {}}});
  const std::string header = basic_header(kTestClient, front.value.reveal());
  FakeExchange exchange(
      net::Method::kPost, "/oauth2/token",
      "grant_type=client_credentials&scope=email_send&resource=https://api.example.com",
      {kFormType, {"Authorization", header}, {"User-Agent", "tests/1"}});
  EXPECT_EQ(allocations_of(front, exchange, 10'000), 0u);
  EXPECT_EQ(exchange.status, 200);
}

}  // namespace
}  // namespace rekey::authority
