// Counts every allocation of the test program, by thread.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "net/refused_requests.h"
#include "net/server_fixture.h"

namespace {

thread_local std::size_t allocations_of_this_thread = 0;

void* counted_allocation(std::size_t size) {
  ++allocations_of_this_thread;
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

namespace rekey::net {
namespace {

TEST(ServerAllocationThreaded, ReadsAndRepliesWithoutAllocatingInTheSteadyState) {
  std::atomic<std::size_t> allocations = 0;
  const std::string body(8 * 1024, 'x');
  TestServer server([&](Exchange& exchange) {
    allocations = allocations_of_this_thread;
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
