#include "net/tls_gateway.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "net/server_fixture.h"
#include "net/tls_test_support.h"

namespace rekey::net {
namespace {

using base::Code;

constexpr std::string_view kHost = "mc1.rest.example.com";
constexpr std::string_view kHere = "Here is mc1.rest.example.com alone.";
constexpr base::Duration kShort = std::chrono::milliseconds{300};

std::string connect_to(std::string_view target, std::string_view headers = "") {
  return fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n{1}\r\n", target, headers);
}

// Closes after the answer, so that a client may read to the end.
std::string request(std::string_view body = "") {
  return fmt::format(
      "POST /a?b HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}", kHost,
      body.size(), body);
}

TlsGatewaySettings settings_of(const crypto::SelfSigned& made) {
  TlsGatewaySettings settings;
  settings.certificate_pem = made.certificate_pem;
  settings.key_pem = made.key_pem.clone();
  settings.serves = [](std::string_view host) { return host == kHost; };
  settings.what_is_here = kHere;
  return settings;
}

class TlsGatewayThreaded : public ::testing::Test {
 protected:
  TlsGatewayThreaded() { begin(settings_of(make_certificate())); }
  ~TlsGatewayThreaded() override { stop(); }

  void begin(TlsGatewaySettings settings, HandleFunction handle = echo) {
    stop();
    ServerOptions options;
    options.limits.body_bytes = 4 * 1024 * 1024;
    server_ = AdoptingServer::start(
                  options, [&](std::size_t) { return std::make_unique<FunctionHandler>(handle); },
                  metrics_)
                  .value();
    gateway_ = TlsGateway::start(std::move(settings), *server_, metrics_).value();
  }
  void stop() {
    if (!gateway_) return;
    gateway_->stop_accepting();
    server_->stop(std::chrono::seconds{5});
    gateway_.reset();
    server_.reset();
  }
  std::uint16_t port() const { return gateway_->port(); }

  telemetry::Metrics metrics_;
  std::unique_ptr<AdoptingServer> server_;
  std::unique_ptr<TlsGateway> gateway_;
};

TEST_F(TlsGatewayThreaded, ARequestOverTlsReachesTheServer) {
  for (const int newest : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(port(), newest);
    ASSERT_TRUE(client.shake_hands());
    ASSERT_TRUE(client.send(request("c")));
    const auto [text, has_said_goodbye] = client.read_to_end();
    EXPECT_EQ(body_of(text), "POST /a b c");
    EXPECT_TRUE(has_said_goodbye);
  }
}

TEST_F(TlsGatewayThreaded, ARequestThroughATunnelReachesTheServer) {
  TlsClient client(port());
  EXPECT_EQ(status_of_response(client.ask_plainly(connect_to(fmt::format("{}:443", kHost)))),
            "200");
  ASSERT_TRUE(client.shake_hands());
  ASSERT_TRUE(client.send(request("c")));
  EXPECT_EQ(body_of(client.read_to_end().first), "POST /a b c");
}

TEST_F(TlsGatewayThreaded, LargeBodiesPassInBothDirections) {
  TlsClient client(port());
  ASSERT_TRUE(client.shake_hands());
  const std::string body(3'000'000, 'a');
  ASSERT_TRUE(client.send(request(body)));
  EXPECT_EQ(body_of(client.read_to_end().first), "POST /a b " + body);
}

TEST_F(TlsGatewayThreaded, AnAnswerThatComesBeforeTheBodyWasTakenIsNotLost) {
  TlsClient client(port());
  ASSERT_TRUE(client.shake_hands());
  std::string text =
      fmt::format("POST / HTTP/1.1\r\nHost: {}\r\nContent-Length: 9000000\r\n\r\n", kHost);
  text += std::string(200'000, 'a');
  ASSERT_TRUE(client.send(text));
  EXPECT_EQ(status_of_response(client.read_to_end().first), "413");
}

TEST_F(TlsGatewayThreaded, TheServerIsToldWhoIsAtTheOtherEnd) {
  begin(settings_of(make_certificate()), [](Exchange& exchange) {
    exchange.respond(200, "text/plain", to_text(exchange.request().peer), {});
  });
  TlsClient client(port());
  ASSERT_TRUE(client.shake_hands());
  ASSERT_TRUE(client.send(request()));
  EXPECT_EQ(body_of(client.read_to_end().first), "127.0.0.1");
}

TEST_F(TlsGatewayThreaded, TunnelsLeadToNoOtherHostAndNoOtherPort) {
  for (const char* target :
       {"www.example.com:443", "mc1.rest.example.com:80", "mc1.rest.example.com.evil.example:443",
        "127.0.0.1:443", "[::1]:443", "localhost:8420"}) {
    RawClient client(port());
    ASSERT_TRUE(client.send(connect_to(target)));
    const std::string response = client.read_to_end();
    EXPECT_EQ(status_of_response(response), "403") << target;
    EXPECT_NE(body_of(response).find(kHere), std::string::npos);
  }
}

TEST_F(TlsGatewayThreaded, AHostIsTheSameInAnyLetterCase) {
  RawClient client(port());
  ASSERT_TRUE(client.send(connect_to("MC1.Rest.Example.COM:443")));
  EXPECT_EQ(status_of_response(client.read_response()), "200");
}

TEST_F(TlsGatewayThreaded, WhoSpeaksPlainHttpIsToldWhatThePortIs) {
  RawClient client(port());
  ASSERT_TRUE(client.send(get("/")));
  const std::string response = client.read_to_end();
  EXPECT_EQ(status_of_response(response), "400");
  EXPECT_NE(body_of(response).find(kHere), std::string::npos) << response;
}

TEST_F(TlsGatewayThreaded, AConnectWithABodyIsRefused) {
  RawClient client(port());
  ASSERT_TRUE(
      client.send(connect_to(fmt::format("{}:443", kHost), "Content-Length: 5\r\n") + "hello"));
  const std::string response = client.read_to_end();
  EXPECT_EQ(status_of_response(response), "400");
  EXPECT_NE(body_of(response).find("no body"), std::string::npos);
}

TEST_F(TlsGatewayThreaded, AHeadThatIsTooLongIsRefused) {
  RawClient client(port());
  ASSERT_TRUE(client.send(connect_to("a:443", "A: " + std::string(20'000, 'a') + "\r\n")));
  EXPECT_EQ(status_of_response(client.read_to_end()), "431");
}

TEST_F(TlsGatewayThreaded, AHeadMayComeInPiecesThatCutItsEnd) {
  RawClient client(port());
  const std::string head = connect_to(fmt::format("{}:443", kHost));
  for (const char c : head) ASSERT_TRUE(client.send(std::string_view(&c, 1)));
  EXPECT_EQ(status_of_response(client.read_response()), "200");
}

TEST_F(TlsGatewayThreaded, WhatIsNoProtocolAtAllEndsAndHurtsNobody) {
  for (const std::string& garbage :
       {std::string("\0\r\n\r\n", 5), std::string("\xff\xfe\r\n\r\n"),
        std::string("SSH-2.0-x\r\n\r\n"), std::string("\x16garbage that is no handshake\r\n"),
        std::string("\x16\x03\x01\xff\xff", 5) + std::string(70'000, 'a')}) {
    RawClient client(port());
    static_cast<void>(client.send(garbage));
    client.finish_sending();
    client.read_to_end();
  }
  TlsClient client(port());
  ASSERT_TRUE(client.shake_hands());
  ASSERT_TRUE(client.send(request("c")));
  EXPECT_EQ(body_of(client.read_to_end().first), "POST /a b c");
}

TEST_F(TlsGatewayThreaded, WhoStaysSilentIsHungUpOn) {
  auto settings = settings_of(make_certificate());
  settings.head_timeout = kShort;
  settings.handshake_timeout = kShort;
  begin(std::move(settings));
  EXPECT_EQ(RawClient(port()).read_to_end(), "");
  RawClient half_a_head(port());
  ASSERT_TRUE(half_a_head.send("CONNECT mc1."));
  EXPECT_EQ(status_of_response(half_a_head.read_to_end()), "408");
  RawClient half_a_handshake(port());
  ASSERT_TRUE(half_a_handshake.send(std::string("\x16\x03\x01", 3)));
  EXPECT_EQ(half_a_handshake.read_to_end(), "");
  RawClient silent_tunnel(port());
  ASSERT_TRUE(silent_tunnel.send(connect_to(fmt::format("{}:443", kHost))));
  EXPECT_EQ(status_of_response(silent_tunnel.read_to_end()), "200");
}

TEST_F(TlsGatewayThreaded, WhoComesWhenAllPlacesAreTakenIsHungUpOn) {
  auto settings = settings_of(make_certificate());
  settings.connections = 1;
  begin(std::move(settings));
  TlsClient first(port());
  ASSERT_TRUE(first.shake_hands());
  EXPECT_EQ(RawClient(port()).read_to_end(), "");
  EXPECT_NE(metrics_.text().find("\nrekey_gateway_turned_away_total 1\n"), std::string::npos);
  ASSERT_TRUE(first.send(request("c")));
  EXPECT_EQ(body_of(first.read_to_end().first), "POST /a b c");
  first.close();
  EXPECT_TRUE(eventually([&] {
    TlsClient next(port());
    return next.shake_hands();
  }));
}

TEST_F(TlsGatewayThreaded, AStopWaitsForNobodyWhoHasNotShakenHands) {
  RawClient silent(port());
  RawClient half(port());
  ASSERT_TRUE(half.send(std::string("\x16\x03\x01", 3)));
  RawClient tunnel(port());
  ASSERT_TRUE(tunnel.send(connect_to(fmt::format("{}:443", kHost))));
  ASSERT_EQ(status_of_response(tunnel.read_response()), "200");
  stop();
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_EQ(half.read_to_end(), "");
  EXPECT_EQ(tunnel.read_to_end(), "");
}

TEST_F(TlsGatewayThreaded, AStopLetsOpenConnectionsSayGoodbye) {
  std::atomic<bool> is_handled{false};
  begin(settings_of(make_certificate()), [&](Exchange& exchange) {
    echo(exchange);
    is_handled = true;
  });
  TlsClient client(port());
  ASSERT_TRUE(client.shake_hands());
  ASSERT_TRUE(client.send(fmt::format("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", kHost)));
  ASSERT_TRUE(eventually([&] { return is_handled.load(); }));
  std::pair<std::string, bool> read;
  std::thread reader([&] { read = client.read_to_end(); });
  stop();
  reader.join();
  EXPECT_EQ(status_of_response(read.first), "200");
  EXPECT_TRUE(read.second);
}

TEST_F(TlsGatewayThreaded, AStopWaitsForNoServerThatGoesOn) {
  std::atomic<bool> is_handled{false};
  auto settings = settings_of(make_certificate());
  settings.write_timeout = kShort;
  begin(std::move(settings), [&](Exchange& exchange) {
    echo(exchange);
    is_handled = true;
  });
  TlsClient client(port());
  ASSERT_TRUE(client.shake_hands());
  ASSERT_TRUE(client.send(fmt::format("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", kHost)));
  ASSERT_TRUE(eventually([&] { return is_handled.load(); }));
  gateway_->stop_accepting();
  gateway_->stop();
  EXPECT_TRUE(client.is_ended_within(kTestDeadline));
}

// A client that takes nothing of an answer which no buffer holds, and goes on sending.
class TlsGatewayStuckThreaded : public TlsGatewayThreaded {
 protected:
  TlsGatewayStuckThreaded() {
    auto settings = settings_of(make_certificate());
    settings.write_timeout = kPatience;
    begin(std::move(settings), [this](Exchange& exchange) {
      exchange.respond(200, "text/plain", std::string(32 * 1024 * 1024, 'a'), {});
      is_handled_ = true;
    });
  }
  [[nodiscard]] std::unique_ptr<TlsClient> asking() const {
    auto client = std::make_unique<TlsClient>(port());
    EXPECT_TRUE(client->shake_hands());
    EXPECT_TRUE(client->send(request()));
    EXPECT_TRUE(eventually([this] { return is_handled_.load(); }));
    return client;
  }
  // Sends a byte far more often than `kPatience`, but so seldom that until the deadline they fill
  // no buffer; whether it is hung up on.
  static bool is_hung_up_on(TlsClient& client) {
    const auto end = std::chrono::steady_clock::now() + kTestDeadline;
    while (!client.is_ended_within(kTrickle)) {
      if (!client.send("a")) return true;
      if (std::chrono::steady_clock::now() > end) return false;
    }
    return true;
  }

  static constexpr std::chrono::seconds kPatience{2};
  static constexpr std::chrono::milliseconds kTrickle{100};
  std::atomic<bool> is_handled_{false};
};

TEST_F(TlsGatewayStuckThreaded, WhoTakesNothingIsHungUpOnWhateverItSends) {
  const auto client = asking();
  EXPECT_TRUE(is_hung_up_on(*client));
}

TEST_F(TlsGatewayStuckThreaded, AStopWaitsForNobodyWhoTakesNothing) {
  const auto client = asking();
  std::atomic<bool> is_ended{false};
  std::thread sender([&] { is_ended = is_hung_up_on(*client); });
  stop();
  sender.join();
  EXPECT_TRUE(is_ended);
}

TEST(TlsGateway, CertificateAndKeyThatAreNoPairAndAPortThatIsTakenAreRefused) {
  telemetry::Metrics metrics;
  const auto server =
      AdoptingServer::start(
          {}, [](std::size_t) { return std::make_unique<FunctionHandler>(echo); }, metrics)
          .value();
  auto settings = settings_of(make_certificate());
  settings.key_pem = make_certificate().key_pem;
  auto refused = TlsGateway::start(std::move(settings), *server, metrics);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);

  const auto first = TlsGateway::start(settings_of(make_certificate()), *server, metrics).value();
  settings = settings_of(make_certificate());
  settings.port = first->port();
  refused = TlsGateway::start(std::move(settings), *server, metrics);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace rekey::net
