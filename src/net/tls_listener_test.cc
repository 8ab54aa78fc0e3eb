#include "net/tls_listener.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <thread>

#include "net/server_fixture.h"
#include "net/tls_test_support.h"

namespace rekey::net {
namespace {

using base::Code;

constexpr base::Duration kLong = kTestDeadline;
constexpr base::Duration kShort = std::chrono::milliseconds{50};

TlsListenerSettings settings_of(const crypto::SelfSigned& made) {
  return {.address = "127.0.0.1",
          .port = 0,
          .certificate_pem = made.certificate_pem,
          .key_pem = base::Secret(made.key_pem.reveal())};
}

class TlsListenerThreaded : public ::testing::Test {
 protected:
  base::Result<TlsConnection> take(base::Duration lifetime = kLong) {
    return listener_.shake_hands(listener_.accept(kLong).value(), lifetime);
  }

  TlsListener listener_ = TlsListener::open(settings_of(make_certificate())).value();
};

TEST_F(TlsListenerThreaded, ReadsWhatAClientSendsAndSaysGoodbyeAfterTheAnswer) {
  for (const int newest : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    std::pair<std::string, bool> got;
    int version = 0;
    std::thread other([&] {
      TlsClient client(listener_.port(), newest);
      if (client.shake_hands() && client.send("hello")) got = client.read_to_end();
      version = client.version();
    });
    std::string heard(5, '\0');
    auto connection = take();
    if (connection) {
      std::size_t count = 0;
      while (count < heard.size()) {
        const auto more = connection->read(std::span(heard).subspan(count));
        if (!more || *more == 0) break;
        count += *more;
      }
      EXPECT_TRUE(connection->write(std::string(100'000, 'a')));
      connection->close();
    }
    other.join();
    ASSERT_TRUE(connection) << connection.error().detail;
    EXPECT_EQ(heard, "hello");
    EXPECT_EQ(got.first.size(), 100'000u);
    EXPECT_TRUE(got.second);
    EXPECT_EQ(version, newest);
  }
}

TEST_F(TlsListenerThreaded, AClientThatEndsIsReadAsAnEnd) {
  std::thread other([&] {
    TlsClient client(listener_.port());
    if (client.shake_hands()) client.close();
  });
  auto connection = take();
  other.join();
  ASSERT_TRUE(connection) << connection.error().detail;
  std::array<char, 16> space{};
  EXPECT_EQ(connection->read(space).value_or(99), 0u);
}

TEST_F(TlsListenerThreaded, WhoSpeaksNoTlsIsRefused) {
  RawClient client(listener_.port());
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  const auto connection = take();
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code, Code::kUnavailable);
  EXPECT_EQ(client.read_to_end().find("HTTP"), std::string::npos);
}

TEST_F(TlsListenerThreaded, TlsBefore12IsRefused) {
  bool is_done = true;
  std::thread other([&] { is_done = TlsClient(listener_.port(), TLS1_1_VERSION).shake_hands(); });
  const auto connection = take();
  other.join();
  EXPECT_FALSE(connection);
  EXPECT_FALSE(is_done);
}

TEST_F(TlsListenerThreaded, WhoStaysSilentIsHungUpOnAtTheDeadline) {
  RawClient client(listener_.port());
  const auto connection = take(kShort);
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code, Code::kTimeout);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(TlsListenerThreaded, WhoStaysSilentAfterTheHandshakeIsHungUpOnToo) {
  std::pair<std::string, bool> got;
  std::thread other([&] {
    TlsClient client(listener_.port());
    client.shake_hands();
    got = client.read_to_end();
  });
  base::Result<std::size_t> count = std::size_t{99};
  {
    auto connection = take(std::chrono::seconds{1});
    std::array<char, 16> space{};
    count = connection ? connection->read(space) : tl::unexpected(connection.error());
  }
  other.join();
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, Code::kTimeout);
  EXPECT_EQ(got.first, "");
}

TEST_F(TlsListenerThreaded, WritingToWhoHasHungUpIsAnErrorAndNotTheEndOfTheProgram) {
  std::thread other([&] {
    TlsClient client(listener_.port());
    client.shake_hands();
  });
  auto connection = take();
  other.join();
  ASSERT_TRUE(connection) << connection.error().detail;
  base::Status status;
  for (int i = 0; i < 100 && status; ++i) status = connection->write(std::string(1 << 16, 'a'));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kUnavailable);
}

TEST_F(TlsListenerThreaded, NobodyCameInTime) {
  EXPECT_FALSE(listener_.accept(base::Duration{1}).has_value());
}

std::optional<Code> refusal_of(const TlsListenerSettings& settings) {
  const auto listener = TlsListener::open(settings);
  if (listener) return std::nullopt;
  return listener.error().code;
}

TEST(TlsListener, CertificateAndKeyThatAreNoneOrNoPairAreRefused) {
  const auto made = make_certificate();
  auto settings = settings_of(made);
  settings.certificate_pem = "no certificate";
  EXPECT_EQ(refusal_of(settings), Code::kInvalidArgument);
  settings = settings_of(made);
  settings.key_pem = base::Secret("no key");
  EXPECT_EQ(refusal_of(settings), Code::kInvalidArgument);
  settings.key_pem = make_certificate().key_pem;
  EXPECT_EQ(refusal_of(settings), Code::kInvalidArgument);
}

TEST(TlsListener, APortThatIsTakenIsUnavailable) {
  const auto made = make_certificate();
  const auto first = TlsListener::open(settings_of(made));
  ASSERT_TRUE(first);
  auto settings = settings_of(made);
  settings.port = first->port();
  EXPECT_EQ(refusal_of(settings), Code::kUnavailable);
}

}  // namespace
}  // namespace rekey::net
