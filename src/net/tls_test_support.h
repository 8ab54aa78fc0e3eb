// For tests: OpenSSL's own client, and certificates for servers.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <array>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/self_signed.h"

namespace rekey::net {

inline crypto::SelfSigned make_certificate() {
  const auto now = base::from_millis(1'790'000'000'000);
  return crypto::make_self_signed(
             {.host = "localhost", .not_before = now, .not_after = now + base::Days{1}})
      .value();
}

// Trusts anybody.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, int newest = TLS1_3_VERSION)
      : wire_(BIO_new_connect(fmt::format("127.0.0.1:{}", port).c_str())) {
    ::signal(SIGPIPE, SIG_IGN);  // who is hung up on while it writes
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), newest);
    if (newest < TLS1_2_VERSION) SSL_CTX_set_cipher_list(context_.get(), "ALL:@SECLEVEL=0");
    tls_.reset(SSL_new(context_.get()));
    SSL_set_bio(tls_.get(), wire_, wire_);
  }
  // Before the handshake: sends that as it is, and gives what comes for an answer, to the end of a
  // head.
  std::string ask_plainly(std::string_view text) {
    std::string answer;
    std::array<char, 1> one{};
    if (BIO_write(wire_, text.data(), static_cast<int>(text.size())) <= 0) return answer;
    while (!answer.ends_with("\r\n\r\n") && BIO_read(wire_, one.data(), 1) == 1) answer += one[0];
    return answer;
  }
  bool shake_hands() { return SSL_connect(tls_.get()) == 1; }
  bool send(std::string_view text) {
    return SSL_write(tls_.get(), text.data(), static_cast<int>(text.size())) > 0;
  }
  // Whether the other side ends, or breaks off, within this time; what it sent is left unread.
  bool is_ended_within(std::chrono::milliseconds time) const {
    pollfd entry{static_cast<int>(BIO_get_fd(wire_, nullptr)), POLLRDHUP, 0};
    return ::poll(&entry, 1, static_cast<int>(time.count())) == 1;
  }
  // Until the other side ends; whether it said goodbye first.
  std::pair<std::string, bool> read_to_end() {
    std::string text;
    std::array<char, 4096> space{};
    for (;;) {
      const int count = SSL_read(tls_.get(), space.data(), static_cast<int>(space.size()));
      if (count <= 0) return {text, SSL_get_error(tls_.get(), count) == SSL_ERROR_ZERO_RETURN};
      text.append(space.data(), static_cast<std::size_t>(count));
    }
  }
  int version() const { return SSL_version(tls_.get()); }
  void close() { SSL_shutdown(tls_.get()); }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{SSL_CTX_new(TLS_client_method()),
                                                             SSL_CTX_free};
  BIO* const wire_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
};

}  // namespace rekey::net
