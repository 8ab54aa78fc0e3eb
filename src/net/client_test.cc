#include "net/client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <future>

#include "net/server_fixture.h"

namespace rekey::net {
namespace {

std::string url_of(std::uint16_t port, const std::string& path = "/") {
  return "http://127.0.0.1:" + std::to_string(port) + path;
}

ClientRequest post_to(const std::string& url, std::string_view body) {
  ClientRequest request;
  request.method = Method::kPost;
  request.url = url;
  request.body = base::Secret(body);
  return request;
}

// Every header of the request, a line each, then the body.
void show_request(Exchange& exchange) {
  std::string text;
  for (const auto& [name, value] : exchange.request().headers) {
    text.append(name).append("=").append(value).append("\n");
  }
  text += exchange.request().body;
  exchange.respond({201, "text/plain", text, {{"X-Answer", "42"}}});
}

TEST(ClientThreaded, SendsEveryMethodWithItsBody) {
  TestServer server;
  Client client("rekey-test");
  for (const Method method : {Method::kGet, Method::kPost, Method::kPut, Method::kPatch,
                              Method::kDelete, Method::kOptions}) {
    ClientRequest request = post_to(url_of(server.port(), "/a?b"), "c");
    request.method = method;
    const auto response = client.send(request);
    ASSERT_TRUE(response) << response.error().detail;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body.reveal(), std::string(name_of(method)) + " /a b c");
  }
}

TEST(ClientThreaded, UnderstandsAnswersWithoutABody) {
  TestServer server;
  Client client("rekey-test");
  ClientRequest request;
  request.method = Method::kHead;
  request.url = url_of(server.port());
  EXPECT_TRUE(client.send(request).value().body.is_empty());
  request.method = Method::kPost;
  EXPECT_EQ(client.send(request).value().body.reveal(), "POST /  ");
}

TEST(ClientThreaded, SendsTheHeadersItWasGivenAndNoneThatNobodyAskedFor) {
  TestServer server(show_request);
  ClientRequest request = post_to(url_of(server.port()), std::string(2'000, 'b'));
  request.headers = {{"X-One", "1"}, {"X-Empty", ""}};
  request.bearer_token = "some.token";
  const auto response = Client("rekey-test").send(request).value();
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.content_type, "text/plain");
  const std::pair<std::string, std::string> answer{"x-answer", "42"};
  EXPECT_NE(std::find(response.headers.begin(), response.headers.end(), answer),
            response.headers.end());
  const std::string text(response.body.reveal());
  for (const std::string line : {"X-One=1\n", "X-Empty=\n", "Authorization=Bearer some.token\n",
                                 "User-Agent=rekey-test\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
  for (const std::string name : {"Expect=", "Content-Type=", "Cookie="}) {
    EXPECT_EQ(text.find(name), std::string::npos) << name;
  }
}

TEST(ClientThreaded, RefusesHeadersThatWouldBecomeTwo) {
  Client client("rekey-test");
  ClientRequest request = post_to("http://127.0.0.1:1/", "");
  request.bearer_token = "a\r\nX-Evil: 1";
  EXPECT_EQ(client.send(request).error().code, base::Code::kInvalidArgument);
  request.bearer_token.clear();
  request.headers = {{"X-A", "1\n2"}};
  EXPECT_EQ(client.send(request).error().code, base::Code::kInvalidArgument);
  request.headers = {{"X-A: 1\r\nX-B", "2"}};
  EXPECT_EQ(client.send(request).error().code, base::Code::kInvalidArgument);
}

TEST(ClientThreaded, RefusesUrlsOfOtherKinds) {
  Client client("rekey-test");
  for (const std::string url : {"", "file:///etc/hostname", "ftp://127.0.0.1/", "127.0.0.1:80",
                                "http://", "http://h/a b", "http://h/\r\nX-A: 1"}) {
    const auto response = client.send(post_to(url, ""));
    ASSERT_FALSE(response) << url;
    EXPECT_EQ(response.error().code, base::Code::kInvalidArgument) << url;
  }
}

TEST(ClientThreaded, FollowsNoRedirect) {
  TestServer server([](Exchange& exchange) {
    exchange.respond({302, "text/plain", "", {{"Location", "/elsewhere"}}});
  });
  EXPECT_EQ(Client("rekey-test").send(post_to(url_of(server.port()), "")).value().status, 302);
}

TEST(ClientThreaded, UsesNoProxyForItsOwnMachine) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  TestServer server;
  const auto response = Client("rekey-test").send(post_to(url_of(server.port()), ""));
  ::unsetenv("http_proxy");
  EXPECT_TRUE(response);
}

TEST(ClientThreaded, SpeaksOverALocalSocket) {
  ServerOptions options;
  options.local_socket_path =
      std::filesystem::temp_directory_path() / ("rekey-client-" + std::to_string(::getpid()));
  TestServer server(
      [](Exchange& exchange) {
        exchange.respond({200, "text/plain", to_text(exchange.request().peer), {}});
      },
      options);
  ClientRequest request = post_to("http://localhost/", "");
  request.local_socket_path = options.local_socket_path;
  EXPECT_EQ(Client("rekey-test").send(request).value().body.reveal(), "local");
}

TEST(ClientThreaded, KeepsItsConnection) {
  TestServer server;
  Client client("rekey-test");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(client.send(post_to(url_of(server.port()), "")));
  EXPECT_NE(server.metrics().text().find("rekey_http_connections 1"), std::string::npos);
}

TEST(ClientThreaded, SaysThatNothingWasSentWhereNobodyListens) {
  std::uint16_t port = 0;
  {
    const Descriptor listener = listen_on_tcp("127.0.0.1", 0).value();
    port = port_of(listener);
  }
  const auto response = Client("rekey-test").send(post_to(url_of(port), ""));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::Code::kUnavailable);
}

TEST(ClientThreaded, SaysThatTheOutcomeIsUnknownWhereNoAnswerComes) {
  std::promise<Later> owed;
  TestServer server([&](Exchange& exchange) { owed.set_value(exchange.later()); });
  ClientRequest request = post_to(url_of(server.port()), "");
  request.timeout = std::chrono::milliseconds{200};
  const auto response = Client("rekey-test").send(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::Code::kTimeout);
  owed.get_future().get().respond({});
}

// Accepts one connection, answers that many requests, and hangs up on the next one.
void answer_then_hang_up(int listener, int answers) {
  pollfd entry{listener, POLLIN, 0};
  ASSERT_EQ(::poll(&entry, 1, 20'000), 1);
  const Descriptor socket(::accept(listener, nullptr, nullptr));
  std::array<char, 4096> bytes{};
  while (::recv(socket.get(), bytes.data(), bytes.size(), 0) > 0 && answers-- > 0) {
    const std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    ASSERT_EQ(::send(socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(answer.size()));
  }
}

// What came over a connection that waits in the backlog, if one does.
std::string bytes_in_backlog(int listener) {
  const Descriptor socket(::accept(listener, nullptr, nullptr));
  std::array<char, 4096> bytes{};
  const ssize_t count = ::recv(socket.get(), bytes.data(), bytes.size(), 0);
  return {bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

TEST(ClientThreaded, SendsNoRequestASecondTimeWhenAKeptConnectionBreaks) {
  const Descriptor listener = listen_on_tcp("127.0.0.1", 0).value();
  auto peer = std::async(std::launch::async, answer_then_hang_up, listener.get(), 1);
  {
    Client client("rekey-test");
    ClientRequest request = post_to(url_of(port_of(listener)), "once");
    request.timeout = std::chrono::seconds{5};
    ASSERT_TRUE(client.send(request));
    const auto second = client.send(request);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, base::Code::kTimeout);
  }
  peer.get();
  EXPECT_EQ(bytes_in_backlog(listener.get()), "");
}

TEST(ClientThreaded, SaysThatTheOutcomeIsUnknownWhereTheServerHangsUp) {
  const Descriptor listener = listen_on_tcp("127.0.0.1", 0).value();
  auto peer = std::async(std::launch::async, answer_then_hang_up, listener.get(), 0);
  const auto response = Client("rekey-test").send(post_to(url_of(port_of(listener)), ""));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::Code::kTimeout);
  peer.get();
}

TEST(ClientThreaded, TakesAsMuchAsItsLimitAndNoMore) {
  const std::string limit(16 * 1024 * 1024, 'x');
  TestServer server([&](Exchange& exchange) {
    const bool is_over = exchange.request().path == "/over";
    exchange.respond({200, "text/plain", is_over ? limit + "x" : limit, {}});
  });
  Client client("rekey-test");
  EXPECT_EQ(client.send(post_to(url_of(server.port()), "")).value().body.size_bytes(),
            limit.size());
  const auto response = client.send(post_to(url_of(server.port(), "/over"), ""));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::Code::kLimitReached);
}

}  // namespace
}  // namespace rekey::net
