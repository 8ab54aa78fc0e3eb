#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <vector>

#include "net/refused_requests.h"
#include "net/server_fixture.h"

namespace rekey::net {
namespace {

constexpr base::Duration kPatience = kTestDeadline;

TEST(ServerStopThreaded, AnswersWhoWaitsInTheBacklog) {
  std::latch is_busy(1);
  std::latch may_go_on(1);
  TestServer server([&](Exchange& exchange) {
    if (exchange.request().path == "/block") {
      is_busy.count_down();
      may_go_on.wait();
    }
    echo(exchange);
  });
  RawClient blocker = server.connect();
  ASSERT_TRUE(blocker.send(get("/block")));
  is_busy.wait();
  // Nobody accepts these now: the only worker is busy.
  std::vector<RawClient> waiting;
  for (int i = 0; i < 20; ++i) {
    waiting.push_back(server.connect());
    ASSERT_TRUE(waiting.back().send(get("/" + std::to_string(i))));
  }
  auto stopped = std::async(std::launch::async, [&] { server.server().stop(kPatience); });
  may_go_on.count_down();
  EXPECT_EQ(body_of(blocker.read_response()), "GET /block  ");
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(body_of(waiting[static_cast<std::size_t>(i)].read_response()),
              "GET /" + std::to_string(i) + "  ");
  }
  stopped.get();
  EXPECT_FALSE(server.connect().is_connected());
}

TEST(ServerStopThreaded, LosesNoRequestOfClientsThatKeepAsking) {
  ServerOptions options;
  options.workers = 2;
  TestServer server(echo, options);
  std::latch is_under_load(4);
  const auto ask_until_refused = [&]() -> int {
    int lost = 0;
    bool is_counted = false;
    for (;;) {
      RawClient client = server.connect();
      if (!client.is_connected()) return lost;
      std::string response;
      do {
        client.send(get("/a"));
        response = client.read_response();
        if (body_of(response) != "GET /a  ") ++lost;
        if (!std::exchange(is_counted, true)) is_under_load.count_down();
      } while (!response.empty() && !says_close(response));
    }
  };
  std::vector<std::future<int>> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(std::async(std::launch::async, ask_until_refused));
  is_under_load.wait();
  server.server().stop(kPatience);
  for (auto& client : clients) EXPECT_EQ(client.get(), 0);
}

TEST(ServerStopThreaded, ClosesIdleConnections) {
  TestServer server;
  RawClient client = server.connect();
  ASSERT_EQ(status_of_response(client.ask(get("/"))), "200");
  server.server().stop(kPatience);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(ServerStopThreaded, WaitsForAReplyThatIsStillOwed) {
  std::promise<Later> owed;
  TestServer server([&](Exchange& exchange) { owed.set_value(exchange.later()); });
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(get("/")));
  Later later = owed.get_future().get();
  auto stopped = std::async(std::launch::async, [&] { server.server().stop(kPatience); });
  // The listener is closed before anything is waited for.
  ASSERT_TRUE(eventually([&] { return !server.connect().is_connected(); }));
  later.respond({200, "text/plain", "done", {}});
  const std::string response = client.read_response();
  EXPECT_EQ(body_of(response), "done");
  EXPECT_TRUE(says_close(response));
  client.close();
  stopped.get();
}

TEST(ServerStopThreaded, AnswersAllPipelinedRequestsAndSaysCloseWithTheLast) {
  std::promise<Later> owed;
  TestServer server([&](Exchange& exchange) {
    if (exchange.request().path == "/later") return owed.set_value(exchange.later());
    echo(exchange);
  });
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(get("/later") + get("/1") + get("/2")));
  Later later = owed.get_future().get();
  auto stopped = std::async(std::launch::async, [&] { server.server().stop(kPatience); });
  ASSERT_TRUE(eventually([&] { return !server.connect().is_connected(); }));
  later.respond({200, "text/plain", "done", {}});
  client.read_response();
  EXPECT_FALSE(says_close(client.read_response()));
  EXPECT_TRUE(says_close(client.read_response()));
  EXPECT_EQ(client.read_to_end(), "");
  client.close();
  stopped.get();
}

TEST(ServerStopThreaded, EndsWhereAClientOwesTheRestOfARequest) {
  TestServer server;
  RawClient client = server.connect();
  ASSERT_EQ(status_of_response(client.ask(get("/"))), "200");
  ASSERT_TRUE(client.send(post_with("Content-Length: 5\r\n", "hel")));
  server.server().stop(std::chrono::milliseconds{50});
  server.server().stop(kPatience);  // a second time does nothing
  EXPECT_EQ(client.read_to_end(), "");
}

}  // namespace
}  // namespace rekey::net
