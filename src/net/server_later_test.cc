#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <optional>

#include "net/server_fixture.h"

namespace rekey::net {
namespace {

// Takes a handler's Later to the test's thread.
class LaterBox {
 public:
  void put(Later later) {
    const std::lock_guard lock(mutex_);
    later_.emplace(std::move(later));
    filled_.notify_all();
  }
  Later take() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(filled_.wait_for(lock, kTestDeadline, [this] { return later_.has_value(); }));
    Later later = *std::move(later_);
    later_.reset();
    return later;
  }

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::optional<Later> later_;
};

HandleFunction later_into(LaterBox& box) {
  return [&box](Exchange& exchange) {
    if (exchange.request().path == "/later") return box.put(exchange.later());
    echo(exchange);
  };
}

Response plain(const std::string& body) {
  return {200, "text/plain", body, {}};
}

TEST(LaterThreaded, IsAnsweredFromAnotherThread) {
  LaterBox box;
  TestServer server(later_into(box));
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(get("/later")));
  box.take().respond(plain("at last"));
  EXPECT_EQ(body_of(client.read_response()), "at last");
  EXPECT_EQ(body_of(client.ask(get("/a"))), "GET /a  ");
}

TEST(LaterThreaded, HoldsBackPipelinedRequestsUntilItIsAnswered) {
  LaterBox box;
  TestServer server(later_into(box));
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(get("/1") + get("/later") + get("/2") + get("/later") + get("/3")));
  EXPECT_EQ(body_of(client.read_response()), "GET /1  ");
  box.take().respond(plain("first"));
  EXPECT_EQ(body_of(client.read_response()), "first");
  EXPECT_EQ(body_of(client.read_response()), "GET /2  ");
  box.take().respond(plain("second"));
  EXPECT_EQ(body_of(client.read_response()), "second");
  EXPECT_EQ(body_of(client.read_response()), "GET /3  ");
}

TEST(LaterThreaded, IsA500WhereItIsDropped) {
  LaterBox box;
  TestServer server(later_into(box));
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(get("/later")));
  { const Later dropped = box.take(); }
  EXPECT_EQ(status_of_response(client.read_response()), "500");
}

TEST(LaterThreaded, IsForgottenWhereTheClientHasGone) {
  LaterBox box;
  TestServer server(later_into(box));
  {
    RawClient client = server.connect();
    ASSERT_TRUE(client.send(get("/later")));
    Later later = box.take();
    client.close();
    later.respond(plain(std::string(1'000'000, 'x')));
  }
  RawClient next = server.connect();
  EXPECT_EQ(body_of(next.ask(get("/a"))), "GET /a  ");
}

TEST(LaterThreaded, OutlivesTheServer) {
  LaterBox box;
  TestServer server(later_into(box));
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(get("/later")));
  Later later = box.take();
  server.destroy();
  later.respond(plain("nobody reads this"));
  EXPECT_EQ(client.read_to_end(), "");
}

}  // namespace
}  // namespace rekey::net
