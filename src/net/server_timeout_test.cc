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

}  // namespace
}  // namespace rekey::net
