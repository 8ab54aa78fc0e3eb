#include "intake/intake_page.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "base/assert.h"
#include "crypto/self_signed.h"
#include "net/http1_parser.h"
#include "net/tls_listener.h"

namespace rekey::intake {
namespace {

using base::Code;
using base::fail;

constexpr base::Duration kConnectionLasts = std::chrono::seconds{10};
constexpr base::Duration kLook = std::chrono::milliseconds{100};
constexpr base::Duration kClockSkew = std::chrono::hours{1};
constexpr std::uint16_t kHttpsPort = 443;

net::Limits page_limits() {
  net::Limits limits;
  limits.body_bytes = kMaxBodyBytes;
  return limits;
}

std::string origin_of(const std::string& host, std::uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  const auto name = is_ipv6 ? fmt::format("[{}]", host) : host;
  return port == kHttpsPort ? fmt::format("https://{}", name)
                            : fmt::format("https://{}:{}", name, port);
}

std::string bytes_of(const net::Response& response, bool has_body) {
  auto text =
      fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n", response.status,
                  net::reason_phrase(response.status), response.content_type, response.body.size());
  for (const auto& [name, value] : response.headers) {
    text += fmt::format("{}: {}\r\n", name, value);
  }
  text += "Connection: close\r\n\r\n";
  if (has_body) text += response.body;
  return text;
}

// "2026-11-25 14:05 UTC".
std::string clock_time(base::Instant at) {
  const auto text = base::format_instant(at);
  return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 5));
}

net::Response rejected(net::Rejection rejection) {
  const auto& facts = net::facts_of(rejection);
  return {.status = facts.status,
          .content_type = "text/plain; charset=utf-8",
          .body = fmt::format("{}\n", facts.detail),
          .headers = {}};
}

struct Worker {
  std::thread thread;
  net::Descriptor socket;  // a second descriptor of the connection, to end its reading by
  std::atomic<bool> is_done = false;
};

}  // namespace

struct IntakePage::State {
  const platform::Clock& clock;
  net::TlsListener listener;
  IntakeDesk desk;
  IntakeInvitation invitation;
  std::mutex mutex;  // over desk
  std::condition_variable changed;
  std::atomic<bool> stops = false;
  std::thread acceptor;

  State(const platform::Clock& the_clock, net::TlsListener the_listener, DeskSettings settings)
      : clock(the_clock), listener(std::move(the_listener)), desk(std::move(settings)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    stops = true;
    if (acceptor.joinable()) acceptor.join();
  }

  void serve();
  void answer(net::Descriptor socket);
  [[nodiscard]] net::Response handle(const net::Request& request);
};

net::Response IntakePage::State::handle(const net::Request& request) {
  const std::lock_guard lock(mutex);
  auto response = desk.handle(request, clock.monotonic());
  changed.notify_all();
  return response;
}

// A connection carries one request: a person's browser makes two or three in all.
void IntakePage::State::answer(net::Descriptor socket) {
  auto connection = listener.shake_hands(std::move(socket), kConnectionLasts);
  if (!connection) return;
  net::RequestParser parser(page_limits());
  auto outcome = net::RequestParser::Outcome::kNeedMore;
  while (outcome == net::RequestParser::Outcome::kNeedMore) {
    const auto count = connection->read(parser.space());
    if (!count || *count == 0) return;
    outcome = parser.commit(*count);
    if (parser.take_expects_continue() &&
        !connection->write("HTTP/1.1 100 Continue\r\n\r\n").has_value()) {
      return;
    }
  }
  const bool is_ready = outcome == net::RequestParser::Outcome::kReady;
  const auto response = is_ready ? handle(parser.request()) : rejected(parser.rejection());
  const bool has_body = !is_ready || parser.request().method != net::Method::kHead;
  if (connection->write(bytes_of(response, has_body))) connection->close();
}

void IntakePage::State::serve() {
  std::list<Worker> workers;
  const auto forget_done = [&workers] {
    workers.remove_if([](Worker& worker) {
      if (!worker.is_done) return false;
      worker.thread.join();
      return true;
    });
  };
  while (!stops) {
    forget_done();
    auto socket = listener.accept(kLook);
    // Who comes while the room is full is hung up on: their browser tries again.
    if (!socket || workers.size() >= kMostConnections) continue;
    auto& worker = workers.emplace_back();
    worker.socket = net::Descriptor(::fcntl(socket->get(), F_DUPFD_CLOEXEC, 0));
    worker.thread = std::thread([this, &worker, taken = std::move(*socket)]() mutable {
      answer(std::move(taken));
      ::shutdown(worker.socket.get(), SHUT_RDWR);  // the other descriptor of it is still open
      worker.is_done = true;
    });
  }
  // Browsers keep connections open that they do not use. Only reading ends: the reply to the value
  // that ended the waiting is still written.
  for (const auto& worker : workers) ::shutdown(worker.socket.get(), SHUT_RD);
  for (auto& worker : workers) worker.thread.join();
}

IntakePage::IntakePage(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
IntakePage::IntakePage(IntakePage&&) noexcept = default;
IntakePage::~IntakePage() = default;

base::Result<IntakePage> IntakePage::start(IntakePageSettings settings,
                                           const platform::Clock& clock) {
  const bool is_self_signed = settings.certificate_pem.empty() && settings.key_pem.is_empty();
  if (is_self_signed) {
    const auto now = clock.now();
    REKEY_TRY(auto made,
              crypto::make_self_signed({.host = settings.host,
                                        .not_before = now - kClockSkew,
                                        .not_after = now + settings.lasts + kClockSkew}));
    settings.certificate_pem = std::move(made.certificate_pem);
    settings.key_pem = std::move(made.key_pem);
  }
  REKEY_TRY(auto fingerprint, crypto::certificate_fingerprint(settings.certificate_pem));
  REKEY_TRY(auto listener,
            net::TlsListener::open({.address = settings.listen_address,
                                    .port = settings.port,
                                    .certificate_pem = std::move(settings.certificate_pem),
                                    .key_pem = std::move(settings.key_pem)}));
  const auto origin = origin_of(settings.host, listener.port());
  auto until = clock_time(clock.now() + settings.lasts);
  auto state = std::make_unique<State>(clock, std::move(listener),
                                       DeskSettings{.origin = origin,
                                                    .address = std::move(settings.address),
                                                    .rules = std::move(settings.rules),
                                                    .card = std::move(settings.card),
                                                    .until = until,
                                                    .ends_at = clock.monotonic() + settings.lasts,
                                                    .accept = std::move(settings.accept)});
  state->invitation = {state->desk.link(), std::move(fingerprint), is_self_signed,
                       std::move(until)};
  State* const serving = state.get();
  state->acceptor = std::thread([serving] { serving->serve(); });
  return IntakePage(std::move(state));
}

const IntakeInvitation& IntakePage::invitation() const noexcept {
  return state_->invitation;
}

base::Result<std::string> IntakePage::wait(base::Duration until) {
  std::unique_lock lock(state_->mutex);
  for (;;) {
    const auto now = state_->clock.monotonic();
    switch (state_->desk.standing(now)) {
      case IntakeDesk::Standing::kAccepted:
        return state_->desk.sealed();
      case IntakeDesk::Standing::kExpired:
        return fail(Code::kExpired, "the intake link's time is over and no value came");
      case IntakeDesk::Standing::kRefused:
        return fail(Code::kRefused, "too many values were refused on the intake page");
      case IntakeDesk::Standing::kOpen:
        break;
    }
    if (state_->stops) return fail(Code::kUnavailable, "the intake page was stopped");
    if (now >= until) return fail(Code::kTimeout, "no value has come yet; the link is still open");
    // The clock may be one that somebody sets: it is looked at again and again.
    state_->changed.wait_for(lock, kLook);
  }
}

void IntakePage::stop() noexcept {
  state_->stops = true;
  state_->changed.notify_all();
}

}  // namespace rekey::intake
