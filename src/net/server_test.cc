#include "net/server.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <stdexcept>

#include "net/http1_rejection.h"
#include "net/refused_requests.h"
#include "net/server_fixture.h"
#include "telemetry/names.h"

namespace rekey::net {
namespace {

class RefusedByServerThreaded : public testing::TestWithParam<RefusedRequest> {
 protected:
  static void SetUpTestSuite() {
    ServerOptions options;
    options.limits = small_limits();
    server_ = new TestServer(echo, options);
  }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }
  static TestServer* server_;
};
TestServer* RefusedByServerThreaded::server_ = nullptr;

TEST_P(RefusedByServerThreaded, GetsTheStatusAndTheConnectionCloses) {
  RawClient client = server_->connect();
  ASSERT_TRUE(client.send(GetParam().bytes));
  const RejectionFacts& facts = facts_of(GetParam().rejection);
  const std::string response = client.read_response();
  EXPECT_EQ(status_of_response(response), std::to_string(facts.status));
  EXPECT_EQ(body_of(response), "{\"status\":" + std::to_string(facts.status) + ",\"detail\":\"" +
                                   std::string(facts.detail) + "\"}");
  EXPECT_TRUE(says_close(response));
  // Nothing that followed was taken for a request.
  EXPECT_EQ(client.read_to_end(), "");
}

INSTANTIATE_TEST_SUITE_P(Each, RefusedByServerThreaded, testing::ValuesIn(all_refused_requests()),
                         [](const auto& instance) { return instance.param.name; });

TEST(ServerThreaded, AnswersManyRequestsOnOneConnection) {
  TestServer server;
  RawClient client = server.connect();
  for (int i = 0; i < 3; ++i) {
    const std::string response = client.ask(get("/a?b=c"));
    EXPECT_EQ(status_of_response(response), "200");
    EXPECT_EQ(body_of(response), "GET /a b=c ");
    EXPECT_FALSE(says_close(response));
  }
}

TEST(ServerThreaded, AnswersPipelinedRequestsInOrder) {
  TestServer server;
  RawClient client = server.connect();
  std::string bytes;
  for (int i = 0; i < 500; ++i) bytes += get("/" + std::to_string(i));
  ASSERT_TRUE(client.send(bytes));
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(body_of(client.read_response()), "GET /" + std::to_string(i) + "  ");
  }
}

TEST(ServerThreaded, ClosesWhenTheClientAsksForIt) {
  TestServer server;
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(get("/", "Connection: close\r\n")));
  EXPECT_TRUE(says_close(client.read_response()));
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(ServerThreaded, ClosesHttp10UnlessKeepAliveIsAskedFor) {
  TestServer server;
  RawClient kept = server.connect();
  const std::string response = kept.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(response.find("\r\nConnection: keep-alive\r\n"), std::string::npos);
  EXPECT_TRUE(says_close(kept.ask("GET / HTTP/1.0\r\n\r\n")));
  EXPECT_EQ(kept.read_to_end(), "");
}

TEST(ServerThreaded, AnswersHeadWithoutABody) {
  TestServer server;
  RawClient client = server.connect();
  ASSERT_TRUE(client.send("HEAD /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  const std::string response = client.read_to_end();
  EXPECT_NE(response.find("Content-Length: 9\r\n"), std::string::npos);
  EXPECT_EQ(body_of(response), "");
}

TEST(ServerThreaded, JoinsAChunkedBody) {
  TestServer server;
  RawClient client = server.connect();
  const std::string response =
      client.ask(post_with("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"));
  EXPECT_EQ(body_of(response), "POST /  abcdef");
}

TEST(ServerThreaded, AsksForTheBodyWhenTheClientWaitsForThat) {
  TestServer server;
  RawClient client = server.connect();
  const std::string head = post_with("Expect: 100-continue\r\nContent-Length: 2\r\n");
  EXPECT_EQ(client.ask(head), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(body_of(client.ask("ok")), "POST /  ok");
}

TEST(ServerThreaded, RefusesATooLargeBodyBeforeItIsSent) {
  TestServer server;
  RawClient client = server.connect();
  const std::string response =
      client.ask(post_with("Expect: 100-continue\r\nContent-Length: 99999999\r\n"));
  EXPECT_EQ(status_of_response(response), "413");
}

TEST(ServerThreaded, SendsRepliesThatAreLargerThanEveryBuffer) {
  const std::string large(20'000'000, 'x');
  TestServer server([&](Exchange& exchange) { exchange.respond(200, "text/plain", large, {}); });
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(get("/1") + get("/2")));
  EXPECT_EQ(body_of(client.read_response()), large);
  EXPECT_EQ(body_of(client.read_response()), large);
}

TEST(ServerThreaded, AnswersAHalfClosedClient) {
  TestServer server;
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(get("/a")));
  client.finish_sending();
  EXPECT_EQ(body_of(client.read_to_end()), "GET /a  ");
}

TEST(ServerThreaded, Turns500WhereTheHandlerThrowsOrSaysNothing) {
  TestServer server([](Exchange& exchange) {
    if (exchange.request().path == "/throw") throw std::runtime_error("as planned");
    if (exchange.request().path == "/answer") echo(exchange);
  });
  RawClient client = server.connect();
  EXPECT_EQ(status_of_response(client.ask(get("/throw"))), "500");
  EXPECT_EQ(status_of_response(client.ask(get("/silent"))), "500");
  EXPECT_EQ(status_of_response(client.ask(get("/answer"))), "200");
}

TEST(ServerThreaded, LetsNoHandlerInjectAHeader) {
  TestServer server([](Exchange& exchange) {
    const std::array<HeaderView, 1> headers{{{"Location", "/a\r\nSet-Cookie: b"}}};
    exchange.respond(302, "text/plain", "", headers);
  });
  RawClient client = server.connect();
  const std::string response = client.ask(get("/"));
  EXPECT_EQ(status_of_response(response), "500");
  EXPECT_EQ(response.find("Set-Cookie"), std::string::npos);
}

TEST(ServerThreaded, TellsTheHandlerWhoAsks) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("rekey-net-" + std::to_string(::getpid()));
  ServerOptions options;
  options.local_socket_path = path;
  TestServer server(
      [](Exchange& exchange) {
        const PeerAddress& peer = exchange.request().peer;
        exchange.respond(200, "text/plain", to_text(peer) + " " + std::to_string(peer.local_uid),
                         {});
      },
      options);
  struct stat facts {};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  RawClient local(path);
  EXPECT_EQ(body_of(local.ask(get("/"))), "local " + std::to_string(::getuid()));
  RawClient remote = server.connect();
  EXPECT_EQ(body_of(remote.ask(get("/"))), "127.0.0.1 0");
  server.destroy();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ServerThreaded, ReplacesALocalSocketThatADeadServerLeft) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("rekey-net-left-" + std::to_string(::getpid()));
  {
    const Descriptor left = listen_on_local_socket(path).value();
    const auto second = listen_on_local_socket(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, base::Code::kUnavailable);
  }
  EXPECT_TRUE(listen_on_local_socket(path));
  std::filesystem::remove(path);
}

TEST(ServerThreaded, SaysThatTheAddressIsTaken) {
  TestServer first;
  telemetry::Metrics metrics;
  ServerOptions options;
  options.port = first.port();
  const auto second = Server::start(
      options, [](std::size_t) { return std::make_unique<FunctionHandler>(echo); }, metrics);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Code::kUnavailable);
  EXPECT_NE(second.error().detail.find(std::to_string(first.port())), std::string::npos);
}

TEST(ServerThreaded, StopsTheStartWhereTheOwnerDoes) {
  telemetry::Metrics metrics;
  std::uint16_t bound = 0;
  const auto server = Server::start(
      {}, [](std::size_t) -> std::unique_ptr<Handler> { throw std::logic_error("not asked for"); },
      metrics,
      [&](std::uint16_t port) -> base::Status {
        bound = port;
        return base::fail(base::Code::kConflict, "as planned");
      });
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, base::Code::kConflict);
  EXPECT_FALSE(RawClient(bound).is_connected());
}

TEST(ServerThreaded, GivesConnectionsToAllWorkersInTurn) {
  ServerOptions options;
  options.workers = 2;
  telemetry::Metrics metrics;
  const auto server = Server::start(
                          options,
                          [](std::size_t worker) {
                            return std::make_unique<FunctionHandler>([worker](Exchange& exchange) {
                              exchange.respond(200, "text/plain", std::to_string(worker), {});
                            });
                          },
                          metrics)
                          .value();
  std::string workers;
  for (int i = 0; i < 4; ++i) {
    RawClient client(server->port());
    workers += body_of(client.ask(get("/")));
  }
  EXPECT_TRUE(workers == "0101" || workers == "1010") << workers;
}

TEST(ServerThreaded, TellsConnectionsOverTheLimitAndCloses) {
  ServerOptions options;
  options.limits.connections = 2;
  TestServer server(echo, options);
  RawClient first = server.connect();
  RawClient second = server.connect();
  ASSERT_EQ(status_of_response(first.ask(get("/"))), "200");
  ASSERT_EQ(status_of_response(second.ask(get("/"))), "200");
  RawClient third = server.connect();
  EXPECT_EQ(status_of_response(third.ask(get("/"))), "503");
  EXPECT_EQ(third.read_to_end(), "");
  // A place that comes free is given again.
  first.close();
  third.close();
  EXPECT_TRUE(eventually([&] {
    RawClient next = server.connect();
    return status_of_response(next.ask(get("/"))) == "200";
  }));
}

TEST(ServerThreaded, CountsRequestsAndRefusals) {
  ServerOptions options;
  options.limits.idle_timeout = std::chrono::milliseconds{100};  // and so a short tick
  TestServer server(echo, options);
  server.connect().ask(get("/"));
  server.connect().ask("GET / HTTP/1.1\r\n\r\n");
  auto& answered =
      server.metrics().counter(telemetry::names::kHttpRequestsTotal, "", {{"status", "2xx"}});
  auto& refused = server.metrics().counter(telemetry::names::kHttpRejectedTotal, "",
                                           {{"reason", "missing_host"}});
  EXPECT_TRUE(eventually([&] { return answered.value() == 1 && refused.value() == 1; }));
}

}  // namespace
}  // namespace rekey::net
