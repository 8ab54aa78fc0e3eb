#include "net/tls_connection.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <limits>

#include "base/assert.h"

namespace rekey::net {
namespace {

using base::Code;
using base::fail;
using SteadyTime = std::chrono::steady_clock::time_point;

template <auto Free>
struct OpensslFree {
  template <typename T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, OpensslFree<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, OpensslFree<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, OpensslFree<EVP_PKEY_free>>;
using TlsContext = std::unique_ptr<SSL_CTX, OpensslFree<SSL_CTX_free>>;
using TlsState = std::unique_ptr<SSL, OpensslFree<SSL_free>>;

Bio reading(std::string_view text) {
  REKEY_ASSERT(text.size() <= std::numeric_limits<int>::max());
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// A key that is encrypted must not make OpenSSL ask on the terminal.
int no_password(char*, int, int, void*) {
  return 0;
}

base::Status use_chain(SSL_CTX* context, std::string_view pem) {
  const Bio bio = reading(pem);
  const Certificate own(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
  if (own == nullptr || SSL_CTX_use_certificate(context, own.get()) != 1) {
    ERR_clear_error();
    return fail(Code::kInvalidArgument, "the certificate file holds no certificate in PEM form");
  }
  while (X509* const issuer = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) {
    REKEY_ASSERT(SSL_CTX_add0_chain_cert(context, issuer) == 1);
  }
  ERR_clear_error();
  return {};
}

base::Status use_key(SSL_CTX* context, const base::Secret& pem) {
  const Bio bio = reading(pem.reveal());
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  const bool is_key = key != nullptr;
  const bool fits = is_key && SSL_CTX_use_PrivateKey(context, key.get()) == 1 &&
                    SSL_CTX_check_private_key(context) == 1;
  ERR_clear_error();
  if (!is_key) {
    return fail(Code::kInvalidArgument,
                "the key file holds no private key in PEM form, or one that needs a password");
  }
  if (!fits) return fail(Code::kInvalidArgument, "the private key is not the certificate's");
  return {};
}

// OpenSSL writes without MSG_NOSIGNAL: who hangs up must not end the program.
void block_broken_pipe_signal() noexcept {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

bool wait_for(int socket, short events, SteadyTime deadline) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd entry{socket, events, 0};
    const auto most = std::min<std::int64_t>(left.count() + 1, std::numeric_limits<int>::max());
    if (::poll(&entry, 1, static_cast<int>(most)) > 0) return true;
  }
}

struct TlsConnection::State {
  Descriptor socket;
  TlsState tls;
  SteadyTime deadline;
  short waits_for = POLLIN;

  // An SSL_ call, once: above 0 on success, 0 where the other side has ended, nothing where it has
  // to wait for `waits_for`.
  template <typename Call>
  base::Result<std::optional<int>> attempt(Call call) {
    ERR_clear_error();
    const int result = call();
    if (result > 0) return result;
    const int error = SSL_get_error(tls.get(), result);
    ERR_clear_error();
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      return fail(Code::kUnavailable, "the connection broke, or what came is not TLS");
    }
    waits_for = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    return std::nullopt;
  }

  // The same until it is done.
  template <typename Call>
  base::Result<int> until_done(Call call) {
    for (;;) {
      REKEY_TRY(const std::optional<int> result, attempt(call));
      if (result) return *result;
      if (!wait_for(socket.get(), waits_for, deadline)) {
        return fail(Code::kTimeout, "the connection was too slow");
      }
    }
  }
};

TlsConnection::TlsConnection(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
TlsConnection::TlsConnection(TlsConnection&&) noexcept = default;
TlsConnection::~TlsConnection() = default;

base::Result<std::size_t> TlsConnection::read(std::span<char> space) {
  REKEY_ASSERT(!space.empty());
  const auto most = static_cast<int>(std::min<std::size_t>(space.size(), 1 << 16));
  REKEY_TRY(const int count, state_->until_done([this, space, most] {
    return SSL_read(state_->tls.get(), space.data(), most);
  }));
  return static_cast<std::size_t>(count);
}

base::Status TlsConnection::write(std::string_view bytes) {
  if (bytes.empty()) return {};
  REKEY_ASSERT(bytes.size() <= std::numeric_limits<int>::max());
  // Without partial writes, which are off, one call writes all.
  REKEY_TRY(const int count, state_->until_done([this, bytes] {
    return SSL_write(state_->tls.get(), bytes.data(), static_cast<int>(bytes.size()));
  }));
  if (count == 0) return fail(Code::kUnavailable, "the other side has ended the connection");
  return {};
}

base::Result<std::optional<std::size_t>> TlsConnection::read_now(std::span<char> space) {
  REKEY_ASSERT(!space.empty());
  const auto most = static_cast<int>(std::min<std::size_t>(space.size(), 1 << 16));
  REKEY_TRY(const std::optional<int> count, state_->attempt([this, space, most] {
    return SSL_read(state_->tls.get(), space.data(), most);
  }));
  if (!count) return std::nullopt;
  return static_cast<std::size_t>(*count);
}

base::Result<bool> TlsConnection::write_now(std::string_view bytes) {
  REKEY_ASSERT(!bytes.empty() && bytes.size() <= std::numeric_limits<int>::max());
  REKEY_TRY(const std::optional<int> count, state_->attempt([this, bytes] {
    return SSL_write(state_->tls.get(), bytes.data(), static_cast<int>(bytes.size()));
  }));
  if (!count) return false;
  if (*count == 0) return fail(Code::kUnavailable, "the other side has ended the connection");
  return true;
}

short TlsConnection::waits_for() const noexcept {
  return state_->waits_for;
}

const Descriptor& TlsConnection::socket() const noexcept {
  return state_->socket;
}

void TlsConnection::close() noexcept {
  SSL_shutdown(state_->tls.get());
  ERR_clear_error();
}

struct TlsIdentity::State {
  TlsContext context;
};

TlsIdentity::TlsIdentity(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
TlsIdentity::TlsIdentity(TlsIdentity&&) noexcept = default;
TlsIdentity::~TlsIdentity() = default;

base::Status check_pair(std::string_view certificate_pem, const base::Secret& key_pem) {
  const TlsContext context(SSL_CTX_new(TLS_server_method()));
  REKEY_ASSERT(context != nullptr);
  REKEY_CHECK(use_chain(context.get(), certificate_pem));
  return use_key(context.get(), key_pem);
}

base::Result<TlsIdentity> TlsIdentity::make(std::string_view certificate_pem,
                                            const base::Secret& key_pem) {
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  REKEY_ASSERT(context != nullptr);
  REKEY_ASSERT(SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  // Forward secrecy and authenticated encryption under TLS 1.2 too (RFC 9325 section 4.2).
  REKEY_ASSERT(SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20") == 1);
  REKEY_CHECK(use_chain(context.get(), certificate_pem));
  REKEY_CHECK(use_key(context.get(), key_pem));
  return TlsIdentity(std::unique_ptr<State>(new State{std::move(context)}));
}

base::Result<TlsConnection> TlsIdentity::shake_hands(Descriptor socket, base::Duration lifetime) {
  block_broken_pipe_signal();
  TlsState tls(SSL_new(state_->context.get()));
  if (tls == nullptr || SSL_set_fd(tls.get(), socket.get()) != 1) {
    ERR_clear_error();
    return fail(Code::kUnavailable, "there is no memory for another connection");
  }
  auto state = std::unique_ptr<TlsConnection::State>(new TlsConnection::State{
      std::move(socket), std::move(tls), std::chrono::steady_clock::now() + lifetime});
  SSL* const raw = state->tls.get();
  REKEY_TRY(const int done, state->until_done([raw] { return SSL_accept(raw); }));
  if (done == 0) return fail(Code::kUnavailable, "the other side ended the connection");
  return TlsConnection(std::move(state));
}

}  // namespace rekey::net
