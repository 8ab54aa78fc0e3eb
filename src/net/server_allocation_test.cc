// Counts every allocation of the test program, by thread.
#include <gtest/gtest.h>

#include <atomic>

#include "base/counted_new_test_support.h"
#include "net/refused_requests.h"
#include "net/server_fixture.h"

namespace rekey::net {
namespace {

TEST(ServerAllocationThreaded, ReadsAndRepliesWithoutAllocatingInTheSteadyState) {
  std::atomic<std::size_t> allocations = 0;
  const std::string body(8 * 1024, 'x');
  TestServer server([&](Exchange& exchange) {
    allocations = base::allocations_of_this_thread;
    const std::array<HeaderView, 1> headers{{{"Cache-Control", "no-store"}}};
    exchange.respond(200, "application/json", body, headers);
  });
  RawClient client = server.connect();
  const std::string request =
      post_with("Content-Type: application/json\r\nContent-Length: 13\r\n", R"({"a":"b c d"})");
  const auto allocations_after = [&](int requests) {
    for (int i = 0; i < requests; ++i) {
      EXPECT_EQ(status_of_response(client.ask(request)), "200");
    }
    return allocations.load();
  };
  const std::size_t before = allocations_after(10);
  EXPECT_GT(before, 0U);
  EXPECT_EQ(allocations_after(1000), before);
}

}  // namespace
}  // namespace rekey::net
