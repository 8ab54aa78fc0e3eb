// Counts what the hot path allocates. The replacement operators count and otherwise do what the
// standard ones do.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "authority/front_test_support.h"

namespace {
std::atomic<bool> is_counting{false};
std::atomic<int> allocations{0};

void* counted_allocation(std::size_t size) {
  if (is_counting.load(std::memory_order_relaxed)) ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) {
  return counted_allocation(size);
}
void* operator new[](std::size_t size) {
  return counted_allocation(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace rekey::authority {
namespace {

int allocations_of(TestFront& front, FakeExchange& exchange, int requests) {
  for (int i = 0; i < 100; ++i) front.ask(exchange);
  allocations = 0;
  is_counting = true;
  for (int i = 0; i < requests; ++i) front.ask(exchange);
  is_counting = false;
  return allocations;
}

TEST(TokenEndpointAllocation, IsNoneInTenThousandTokensFromJson) {
  TestFront front;
  FakeExchange exchange(
      net::Method::kPost, "/v2/token",
      front.body_with(front.value.reveal(), R"(,"scope":"email_send","account_id":500000003)"),
      {{"Host", "127.0.0.1"}, {"Content-Type", "application/json"}, {"User-Agent", "tests/1"}});
  EXPECT_EQ(allocations_of(front, exchange, 10'000), 0);
  EXPECT_EQ(exchange.status, 200);
  EXPECT_EQ(exchange.replies, 10'100);
}

TEST(TokenEndpointAllocation, IsNoneInTenThousandTokensFromAForm) {
  TestFront front;
  FakeExchange exchange(net::Method::kPost, "/v2/token",
                        "grant_type=client_credentials&client_id=" + std::string(kTestClient) +
                            "&client_secret=" + std::string(front.value.reveal()),
                        {{"Content-Type", "application/x-www-form-urlencoded"}});
  EXPECT_EQ(allocations_of(front, exchange, 10'000), 0);
  EXPECT_EQ(exchange.status, 200);
}

}  // namespace
}  // namespace rekey::authority
