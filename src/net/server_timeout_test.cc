#include <gtest/gtest.h>

#include "net/refused_requests.h"
#include "net/server_fixture.h"
#include "telemetry/names.h"

namespace rekey::net {
namespace {

ServerOptions impatient(base::Duration Limits::*timeout) {
  ServerOptions options;
  options.limits.*timeout = std::chrono::milliseconds{100};
  return options;
}

TEST(ServerTimeoutThreaded, CutsOffAClientThatDoesNotFinishItsHeaders) {
  TestServer server(echo, impatient(&Limits::header_timeout));
  RawClient client = server.connect();
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHo"));
  EXPECT_EQ(status_of_response(client.read_response()), "408");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(ServerTimeoutThreaded, CutsOffAClientThatDripsItsHeaders) {
  TestServer server(echo, impatient(&Limits::header_timeout));
  RawClient client = server.connect();
  ASSERT_TRUE(client.send("GET /"));
  while (!client.is_readable_within(std::chrono::milliseconds{10})) client.send("a");
  EXPECT_EQ(status_of_response(client.read_response()), "408");
}

TEST(ServerTimeoutThreaded, CutsOffAClientThatDoesNotFinishItsBody) {
  TestServer server(echo, impatient(&Limits::body_timeout));
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(post_with("Content-Length: 5\r\n", "hel")));
  EXPECT_EQ(status_of_response(client.read_response()), "408");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(ServerTimeoutThreaded, CutsOffAClientThatDripsALargeBodyInChunks) {
  TestServer server(echo, impatient(&Limits::body_timeout));
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(post_with("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n")));
  while (!client.is_readable_within(std::chrono::milliseconds{10})) client.send("1\r\na\r\n");
  EXPECT_EQ(status_of_response(client.read_response()), "408");
}

TEST(ServerTimeoutThreaded, ClosesAnIdleConnectionSilently) {
  TestServer server(echo, impatient(&Limits::idle_timeout));
  RawClient silent = server.connect();
  EXPECT_EQ(silent.read_to_end(), "");
  RawClient client = server.connect();
  EXPECT_EQ(status_of_response(client.ask(get("/"))), "200");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(ServerTimeoutThreaded, ClosesOnAClientThatTakesNothing) {
  const std::string large(50'000'000, 'x');
  TestServer server([&](Exchange& exchange) { exchange.respond(200, "text/plain", large, {}); },
                    impatient(&Limits::write_timeout));
  RawClient client = server.connect();
  ASSERT_TRUE(client.send(get("/")));
  auto& cut_off = server.metrics().counter(telemetry::names::kHttpRejectedTotal, "",
                                           {{"reason", "write_timeout"}});
  EXPECT_TRUE(eventually([&] { return cut_off.value() == 1; }));
  EXPECT_LT(client.read_to_end().size(), large.size());
}

// The kernel tells of room only when most of its buffer is free, which takes a slow reader longer
// than the timeout. On the local socket every piece that was read counts at once; TCP tells of it
// in steps as large as the reader's buffer.
TEST(ServerTimeoutThreaded, LetsAClientReadSlowly) {
  constexpr auto kPause = std::chrono::milliseconds{50};
  constexpr std::size_t kPiece = 4096;
  const std::string large(4'000'000, 'x');
  ServerOptions options;
  options.limits.write_timeout = std::chrono::seconds{1};
  options.local_socket_path = ::testing::TempDir() + "slow-" + std::to_string(::getpid());
  TestServer server(
      [&](Exchange& exchange) {
        exchange.respond(200, "text/plain", exchange.request().path == "/large" ? large : "x", {});
      },
      options);
  RawClient slow(options.local_socket_path);
  RawClient other = server.connect();
  ASSERT_TRUE(slow.send(get("/large", "Connection: close\r\n")));
  std::size_t skipped = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (auto next = begin; next < begin + std::chrono::seconds{3}; next += kPause) {
    ASSERT_TRUE(slow.skip(kPiece));
    skipped += kPiece;
    while (std::chrono::steady_clock::now() < next + kPause) other.ask(get("/"));
  }
  EXPECT_GT(slow.read_to_end().size(), large.size() - skipped);
}

TEST(ServerLimitsThreaded, StrangersCannotFillTheLocalSocket) {
  ServerOptions options;
  options.limits.connections = 2;
  options.local_socket_path = ::testing::TempDir() + "strangers-" + std::to_string(::getpid());
  TestServer server(echo, options);
  std::vector<RawClient> strangers;
  for (int i = 0; i < 100; ++i) strangers.push_back(server.connect());
  EXPECT_TRUE(eventually([&] { return strangers.back().is_readable_within({}); })) << "refused";
  RawClient local(options.local_socket_path);
  EXPECT_EQ(status_of_response(local.ask(get("/"))), "200");
}

TEST(ServerLimitsThreaded, WhoHasBeenIdleForLongestMakesRoom) {
  ServerOptions options;
  options.limits.connections = 2;
  options.limits.crowded_idle_timeout = std::chrono::milliseconds{50};
  TestServer server(echo, options);
  RawClient first = server.connect();
  EXPECT_EQ(status_of_response(first.ask(get("/"))), "200");
  RawClient second = server.connect();
  EXPECT_EQ(status_of_response(second.ask(get("/"))), "200");
  EXPECT_TRUE(eventually([&] {
    RawClient third = server.connect();
    return status_of_response(third.ask(get("/"))) == "200";
  }));
  EXPECT_EQ(first.read_to_end(), "");
}

TEST(ServerLimitsThreaded, ServesACrowdAgainAfterItsMemoryWasGivenBack) {
  TestServer server;
  for (int round = 0; round < 3; ++round) {
    std::vector<RawClient> crowd;
    for (int i = 0; i < 200; ++i) crowd.push_back(server.connect());
    for (RawClient& client : crowd) EXPECT_EQ(status_of_response(client.ask(get("/"))), "200");
    crowd.clear();
    const std::string none_open = std::string(telemetry::names::kHttpConnections) + " 0\n";
    EXPECT_TRUE(
        eventually([&] { return server.metrics().text().find(none_open) != std::string::npos; }));
  }
}

}  // namespace
}  // namespace rekey::net
