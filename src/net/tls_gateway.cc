#include "net/tls_gateway.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <span>
#include <thread>
#include <utility>

#include "base/assert.h"
#include "net/connect_request.h"
#include "net/http.h"
#include "net/server_listener.h"
#include "net/tls_connection.h"
#include "net/tls_relay.h"
#include "telemetry/names.h"

namespace rekey::net {
namespace {

using base::Code;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::uint16_t kHttpsPort = 443;
// The first byte of a TLS record that begins a handshake (RFC 8446 section 5.1).
constexpr char kHandshakeRecord = 0x16;
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kEstablished = "HTTP/1.1 200 Connection established\r\n\r\n";
constexpr std::chrono::milliseconds kLook{250};  // for ended threads, and for the end

// How many bytes come next; they stay there. kTimeout, or kUnavailable where the other side has
// ended.
base::Result<std::size_t> peek(const Descriptor& socket, std::span<char> space,
                               SteadyTime deadline) {
  for (;;) {
    const ssize_t count = ::recv(socket.get(), space.data(), space.size(), MSG_PEEK | MSG_DONTWAIT);
    if (count > 0) return static_cast<std::size_t>(count);
    if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
      return base::fail(Code::kUnavailable, "The other side has ended.");
    }
    if (!wait_for(socket.get(), POLLIN, deadline)) {
      return base::fail(Code::kTimeout, "The head of the request did not arrive in time.");
    }
  }
}

// The head of a request with the empty line at its end, and not a byte of what follows. kTimeout,
// kLimitReached, or kUnavailable where the other side has ended.
base::Result<std::string> read_head(const Descriptor& socket, std::size_t most_bytes,
                                    SteadyTime deadline) {
  std::string head;
  std::array<char, 2048> space;
  while (head.size() < most_bytes) {
    const std::size_t room = std::min(space.size(), most_bytes - head.size());
    REKEY_TRY(const std::size_t count, peek(socket, std::span(space).first(room), deadline));
    const std::size_t had = head.size();
    head.append(space.data(), count);
    // The end may lie across two pieces.
    const std::size_t from = had < kHeadEnd.size() ? 0 : had - kHeadEnd.size() + 1;
    const std::size_t end = head.find(kHeadEnd, from);
    const bool is_whole = end != std::string::npos;
    if (is_whole) head.resize(end + kHeadEnd.size());
    const ssize_t taken = ::recv(socket.get(), space.data(), head.size() - had, MSG_DONTWAIT);
    if (taken != static_cast<ssize_t>(head.size() - had)) {
      return base::fail(Code::kUnavailable, "The connection broke.");
    }
    if (is_whole) return head;
  }
  return base::fail(Code::kLimitReached, "The head of the request is larger than the limit.");
}

// Short enough for the socket's own buffer, which is empty.
bool send_all(const Descriptor& socket, std::string_view text) {
  return ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(text.size());
}

int status_of(Code code) {
  if (code == Code::kTimeout) return 408;
  return code == Code::kLimitReached ? 431 : 400;
}

void refuse(const Descriptor& socket, int status, std::string_view text) {
  static_cast<void>(
      send_all(socket, fmt::format("HTTP/1.1 {} {}\r\nContent-Type: text/plain; charset=utf-8\r\n"
                                   "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
                                   status, reason_phrase(status), text.size(), text)));
  close_gently(socket);
}

}  // namespace

struct TlsGateway::State {
  // One connection and its thread.
  struct Session {
    explicit Session(Descriptor given) : socket(std::move(given)) {}
    std::mutex mutex;             // of the three below, which only this session's thread changes
    Descriptor socket;            // none once it has ended
    Descriptor inside;            // what the server has the other end of; none before and after
    bool is_handed_over = false;  // to the server
    std::thread thread;
    std::atomic<bool> has_ended{false};
  };

  State(TlsGatewaySettings given, TlsIdentity own, Descriptor listening, AdoptingServer& before,
        telemetry::Counter& counter)
      : settings(std::move(given)),
        identity(std::move(own)),
        listener(std::move(listening)),
        port(port_of(listener)),
        server(before),
        turned_away(counter) {}

  void accept_all();
  void take(Accepted accepted);
  void drop_ended();
  void run(Session& session, const PeerAddress& peer) noexcept;
  void serve(Session& session, const PeerAddress& peer);
  void hang_up_on_all();
  [[nodiscard]] bool opens_tunnel(const Descriptor& socket, SteadyTime deadline) const;

  const TlsGatewaySettings settings;
  TlsIdentity identity;
  Descriptor listener;
  const std::uint16_t port;
  AdoptingServer& server;
  telemetry::Counter& turned_away;
  std::atomic<bool> is_stopping{false};
  std::list<Session> sessions;  // the acceptor's alone until it has ended
  std::thread acceptor;
  std::mutex ending;
  std::condition_variable one_has_ended;
};

void TlsGateway::State::accept_all() {
  while (!is_stopping) {
    drop_ended();
    if (!wait_for(listener.get(), POLLIN, std::chrono::steady_clock::now() + kLook)) continue;
    auto accepted = accept_from(listener.get());
    if (accepted) {
      take(*std::move(accepted));
    } else if (accepted.error() == AcceptFailure::kNoResources) {
      ::poll(nullptr, 0, static_cast<int>(kLook.count()));  // until some come free
    }
  }
}

void TlsGateway::State::drop_ended() {
  for (auto session = sessions.begin(); session != sessions.end();) {
    if (!session->has_ended) {
      ++session;
      continue;
    }
    session->thread.join();
    session = sessions.erase(session);
  }
}

void TlsGateway::State::take(Accepted accepted) {
  if (sessions.size() >= settings.connections) {
    turned_away.increment();
    return;
  }
  try {
    std::list<Session> one;
    Session& session = one.emplace_back(std::move(accepted.socket));
    session.thread = std::thread([this, &session, peer = accepted.peer] { run(session, peer); });
    sessions.splice(sessions.end(), one);
  } catch (const std::exception&) {
    turned_away.increment();  // no thread, or no memory, can be had now
  }
}

// On the connection's own thread, at which exceptions end: they are this connection's alone.
void TlsGateway::State::run(Session& session, const PeerAddress& peer) noexcept {
  try {
    serve(session, peer);
  } catch (const std::exception&) {
    // Its sockets close below, as for any other end.
  }
  {
    const std::lock_guard lock(session.mutex);
    session.socket = Descriptor();
    session.inside = Descriptor();
  }
  const std::lock_guard lock(ending);
  session.has_ended = true;
  one_has_ended.notify_all();
}

// As run.
void TlsGateway::State::serve(Session& session, const PeerAddress& peer) {
  const auto deadline = std::chrono::steady_clock::now() + settings.head_timeout;
  char first = 0;
  if (!peek(session.socket, {&first, 1}, deadline)) return;
  if (first != kHandshakeRecord && !opens_tunnel(session.socket, deadline)) return;
  // A second descriptor of the socket, so that whoever stops can end it whatever TLS is at.
  Descriptor socket(::fcntl(session.socket.get(), F_DUPFD_CLOEXEC, 0));
  std::array<int, 2> pair{-1, -1};
  if (socket.get() < 0 ||
      ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return;
  }
  Descriptor inside(pair[0]);
  Descriptor handed(pair[1]);
  auto outside = identity.shake_hands(std::move(socket), settings.handshake_timeout);
  if (!outside) {
    // So that the alert which says why arrives.
    if (outside.error().code != Code::kTimeout) close_gently(session.socket);
    return;
  }
  {
    const std::lock_guard lock(session.mutex);
    if (is_stopping) return;
    server.adopt(std::move(handed), peer);
    session.inside = std::move(inside);
    session.is_handed_over = true;
  }
  relay(*outside, session.inside, settings.write_timeout);
}

// Once the acceptor has ended.
void TlsGateway::State::hang_up_on_all() {
  for (Session& session : sessions) {
    const std::lock_guard lock(session.mutex);
    ::shutdown(session.socket.get(), SHUT_RDWR);
    ::shutdown(session.inside.get(), SHUT_RDWR);
  }
}

// Whether TLS follows on that socket; whoever it does not follow for is told why.
bool TlsGateway::State::opens_tunnel(const Descriptor& socket, SteadyTime deadline) const {
  const auto head = read_head(socket, settings.head_bytes, deadline);
  const auto target = head ? parse_connect(*head) : tl::unexpected(head.error());
  if (!target) {
    refuse(socket, status_of(target.error().code),
           fmt::format("{}\n{}\n", target.error().detail, settings.what_is_here));
    return false;
  }
  if (target->port != kHttpsPort || !settings.serves(target->host)) {
    refuse(socket, 403, fmt::format("This proxy leads nowhere else.\n{}\n", settings.what_is_here));
    return false;
  }
  return send_all(socket, kEstablished);
}

TlsGateway::TlsGateway(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

TlsGateway::~TlsGateway() {
  stop_accepting();
  stop();
}

base::Result<std::unique_ptr<TlsGateway>> TlsGateway::start(TlsGatewaySettings settings,
                                                            AdoptingServer& server,
                                                            telemetry::Metrics& metrics) {
  REKEY_ASSERT(settings.serves);
  REKEY_TRY(auto identity, TlsIdentity::make(settings.certificate_pem, settings.key_pem));
  REKEY_TRY(auto listener, listen_on_tcp(settings.address, settings.port));
  auto& turned_away = metrics.counter(
      telemetry::names::kGatewayTurnedAwayTotal,
      "Connections to a sandbox's host names that were closed because all places were taken.");
  auto state = std::make_unique<State>(std::move(settings), std::move(identity),
                                       std::move(listener), server, turned_away);
  State* const serving = state.get();
  state->acceptor = std::thread([serving] { serving->accept_all(); });
  return std::unique_ptr<TlsGateway>(new TlsGateway(std::move(state)));
}

std::uint16_t TlsGateway::port() const noexcept {
  return state_->port;
}

void TlsGateway::stop_accepting() {
  if (state_->is_stopping.exchange(true)) return;
  ::shutdown(state_->listener.get(), SHUT_RDWR);  // wakes the acceptor
  state_->acceptor.join();
  state_->listener = Descriptor();
  for (State::Session& session : state_->sessions) {
    const std::lock_guard lock(session.mutex);
    if (!session.is_handed_over) ::shutdown(session.socket.get(), SHUT_RDWR);
  }
}

void TlsGateway::stop() {
  {
    std::unique_lock lock(state_->ending);
    state_->one_has_ended.wait_for(lock, state_->settings.write_timeout, [this] {
      return std::all_of(state_->sessions.begin(), state_->sessions.end(),
                         [](const State::Session& session) { return session.has_ended.load(); });
    });
  }
  state_->hang_up_on_all();
  for (State::Session& session : state_->sessions) session.thread.join();
  state_->sessions.clear();
}

}  // namespace rekey::net
