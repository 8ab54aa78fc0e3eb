#include "net/server_connection.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/secret.h"
#include "net/later_state.h"
#include "net/server_worker.h"

namespace rekey::net {
namespace {

using Outcome = RequestParser::Outcome;

// Replies of pipelined requests are sent together up to here; more waits until the client has read.
constexpr std::size_t kHighWater = 8 * 1024;
// After the last reply the client's remaining bytes are read and dropped, for this long and no more
// than this many, so that a reset does not overtake the reply (RFC 9112 section 9.6).
constexpr base::Duration kLinger = std::chrono::seconds{2};
constexpr std::size_t kLingerBytes = 256 * 1024;
// A client between two requests may have one on its way when the server is told to stop.
constexpr base::Duration kDrainGrace = std::chrono::milliseconds{250};

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr Reply kInternalError{
    500, "application/json", R"({"status":500,"detail":"The server made a mistake."})", {}};

}  // namespace

Connection::Connection(Worker& worker) : worker_(worker), parser_(worker.limits()) {}

void Connection::open(Descriptor socket, const PeerAddress& peer,
                      std::optional<Rejection> rejection) {
  phase_ = Phase::kServing;
  wait_ = Wait::kNothing;
  outcome_ = Outcome::kNeedMore;
  closes_ = lingers_ = false;
  parser_.take_memory();
  output_.take_memory();
  parser_.set_peer(peer);
  socket_ = std::move(socket);
  interest_ = Interest::kReading;
  if (!worker_.loop().add(socket_, interest_, *this)) {
    socket_ = Descriptor();
    return forget();
  }
  if (rejection) reject(*rejection);
  run();
}

void Connection::on_ready(Readiness readiness) {
  if (interest_ == Interest::kWriting) return on_writable();
  if (phase_ != Phase::kAwaitingReply) return on_readable();
  // What the client sends meanwhile stays in the socket; one that is gone needs no reply.
  if (readiness.is_broken) return close();
  want(Interest::kNothing);
}

void Connection::want(Interest interest) {
  if (interest == interest_) return;
  interest_ = interest;
  worker_.loop().change(socket_, interest, *this);
}

void Connection::await_input() {
  switch (parser_.stage()) {
    case RequestParser::Stage::kHead:
      wait_for(Wait::kHead);
      break;
    case RequestParser::Stage::kBody:
      wait_for(Wait::kBody);
      break;
    default:
      wait_for(phase_ == Phase::kLingering ? Wait::kLinger : Wait::kRequest);
      break;
  }
  want(Interest::kReading);
}

// The count of bytes now at the front of the parser's space; 0 where the client has no more to
// say, or the connection is broken; -1 where there is nothing now.
ssize_t Connection::receive() {
  const std::span<char> space = parser_.space();
  const ssize_t count = ::recv(socket_.get(), space.data(), space.size(), MSG_DONTWAIT);
  if (count >= 0) return count;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? -1 : 0;
}

void Connection::on_readable() {
  const ssize_t count = receive();
  if (count < 0) return;
  if (count == 0) return close();
  const auto size = static_cast<std::size_t>(count);
  if (phase_ == Phase::kLingering) return on_lingering(size);
  outcome_ = parser_.commit(size);
  run();
}

void Connection::on_lingering(std::size_t count) {
  base::wipe(parser_.space().data(), count);
  linger_budget_ -= std::min(count, linger_budget_);
  if (linger_budget_ == 0) close();
}

void Connection::on_writable() {
  if (!flush()) return;
  if (phase_ != Phase::kAwaitingReply) return run();
  wait_for(Wait::kNothing);
  want(Interest::kReading);
}

// Answers what has been received, as far as the client takes the replies.
void Connection::run() {
  for (;;) {
    while (outcome_ == Outcome::kReady && !closes_ && output_.pending().size() < kHighWater) {
      handle_request();
      if (phase_ == Phase::kAwaitingReply) {
        wait_for(Wait::kNothing);
        static_cast<void>(flush());
        return;
      }
      outcome_ = parser_.next();
    }
    if (outcome_ == Outcome::kRejected && !closes_) reject(parser_.rejection());
    if (!closes_ && parser_.take_expects_continue()) output_.append(kContinue);
    if (!flush()) return;
    if (closes_) return finish();
    if (outcome_ != Outcome::kReady) return await_input();
  }
}

void Connection::handle_request() {
  wait_ = Wait::kNothing;  // so that the next request's deadlines start anew
  answer_ = Answer::kOwed;
  try {
    worker_.handler().handle(*this);
  } catch (...) {
    // A handler's failure ends here: its client gets the 500 that it is owed.
  }
  if (answer_ == Answer::kOwed) write(kInternalError);
}

void Connection::respond(int status, std::string_view content_type, std::string_view body,
                         std::span<const HeaderView> extra_headers) {
  REKEY_ASSERT(answer_ == Answer::kOwed);
  write({status, content_type, body, extra_headers});
}

Later Connection::later() {
  REKEY_ASSERT(answer_ == Answer::kOwed);
  answer_ = Answer::kLater;
  phase_ = Phase::kAwaitingReply;
  return make_later(std::make_shared<Later::State>(worker_.mailbox(), *this, generation_));
}

void Connection::deliver(std::uint64_t generation, Response response) {
  if (generation == generation_ && phase_ == Phase::kAwaitingReply) {
    std::vector<HeaderView> headers;
    headers.reserve(response.headers.size());
    for (const auto& [name, value] : response.headers) headers.push_back({name, value});
    phase_ = Phase::kServing;
    write({response.status, response.content_type, response.body, headers});
    outcome_ = parser_.next();
    if (interest_ != Interest::kWriting) run();
  }
  base::wipe(response.body.data(), response.body.size());
}

void Connection::write(const Reply& reply) {
  if (!is_writable(reply)) return write(kInternalError);
  answer_ = Answer::kGiven;
  const bool is_last = !parser_.wants_keep_alive() || (worker_.is_draining() && !has_more_input());
  if (is_last) {
    closes_ = true;
    lingers_ = worker_.is_draining() || has_more_input();
  }
  const std::size_t size = written_size_bound(reply);
  if (size > output_.room() && interest_ != Interest::kWriting) static_cast<void>(send_some());
  const Persistence persistence = closes_               ? Persistence::kClose
                                  : parser_.is_http10() ? Persistence::kKeepAliveSaid
                                                        : Persistence::kKeepAlive;
  write_reply(output_, reply,
              {worker_.clock().date_line(), persistence, request().method == Method::kHead});
  worker_.counters().count_reply(reply.status);
}

void Connection::reject(Rejection rejection) {
  worker_.counters().count_rejection(rejection);
  write_rejection(output_, rejection, worker_.clock().date_line());
  closes_ = lingers_ = true;
}

// True when nothing is left to send; otherwise the rest is on its way, or the connection closed.
bool Connection::flush() {
  if (!send_some()) {
    close();
    return false;
  }
  if (output_.pending().empty()) return true;
  wait_for(Wait::kWrite);
  want(Interest::kWriting);
  return false;
}

// As much as the socket takes now. False where the connection is broken.
bool Connection::send_some() {
  while (!output_.pending().empty()) {
    const std::string_view pending = output_.pending();
    const ssize_t sent =
        ::send(socket_.get(), pending.data(), pending.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      output_.consume(static_cast<std::size_t>(sent));
      if (wait_ == Wait::kWrite) wait_ = Wait::kNothing;  // it moves: the deadline starts anew
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return true;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

void Connection::finish() {
  if (!lingers_) return close();
  phase_ = Phase::kLingering;
  ::shutdown(socket_.get(), SHUT_WR);
  parser_.clear();
  linger_budget_ = kLingerBytes;
  await_input();
}

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  worker_.loop().remove(socket_);
  socket_ = Descriptor();
  forget();
}

void Connection::forget() {
  phase_ = Phase::kClosed;
  wait_for(Wait::kNothing);
  parser_.clear();
  output_.clear();
  ++generation_;
  worker_.release(*this);
}

void Connection::on_tick() {
  if (deadline_ <= worker_.clock().now()) expire();
}

void Connection::expire() {
  deadline_ = ServerClock::Point::max();
  switch (wait_) {
    case Wait::kRequest:
    case Wait::kHead:
    case Wait::kBody:
      return expire_read();
    case Wait::kWrite:
      return expire_write();
    case Wait::kLinger:
      return close();
    case Wait::kNothing:
      return;
  }
}

// What arrived in the last moment still counts.
void Connection::expire_read() {
  const Wait waited_for = std::exchange(wait_, Wait::kNothing);
  const ssize_t count = receive();
  if (count > 0) outcome_ = parser_.commit(static_cast<std::size_t>(count));
  if (outcome_ == Outcome::kNeedMore) {
    if (waited_for == Wait::kHead) reject(Rejection::kHeaderTimeout);
    if (waited_for == Wait::kBody) reject(Rejection::kBodyTimeout);
    if (waited_for == Wait::kRequest && count <= 0) return close();
  }
  run();
}

// A reader that is slow takes from the kernel's buffer long before there is room for more in it.
void Connection::expire_write() {
  if (unsent_bytes() < unsent_at_deadline_) {
    wait_ = Wait::kNothing;
    return wait_for(Wait::kWrite);
  }
  worker_.counters().count_rejection(Rejection::kWriteTimeout);
  close();
}

base::Duration Connection::idle_for() const noexcept {
  if (phase_ != Phase::kServing || wait_ != Wait::kRequest) return base::Duration{0};
  const auto left = std::chrono::ceil<base::Duration>(deadline_ - worker_.clock().now());
  return std::max(worker_.limits().idle_timeout - left, base::Duration{0});
}

void Connection::give_memory_back() noexcept {
  REKEY_ASSERT(phase_ == Phase::kClosed);
  parser_.give_memory_back();
  output_.give_memory_back();
}

void Connection::begin_drain() {
  if (phase_ == Phase::kServing && wait_ == Wait::kRequest) {
    deadline_ = worker_.deadline_in(kDrainGrace);
  }
}

// Starts the deadline of what is waited for now, unless it runs already.
void Connection::wait_for(Wait what) {
  if (what == wait_ && what != Wait::kNothing) return;
  wait_ = what;
  const Limits& limits = worker_.limits();
  switch (what) {
    case Wait::kNothing:
      deadline_ = ServerClock::Point::max();
      return;
    case Wait::kRequest:
      deadline_ = worker_.deadline_in(worker_.is_draining() ? kDrainGrace : limits.idle_timeout);
      return;
    case Wait::kHead:
      deadline_ = worker_.deadline_in(limits.header_timeout);
      return;
    case Wait::kBody:
      deadline_ = worker_.deadline_in(limits.body_timeout);
      return;
    case Wait::kWrite:
      unsent_at_deadline_ = unsent_bytes();
      deadline_ = worker_.deadline_in(limits.write_timeout);
      return;
    case Wait::kLinger:
      deadline_ = worker_.deadline_in(kLinger);
      return;
  }
}

int Connection::unsent_bytes() const noexcept {
  int count = 0;
  return ::ioctl(socket_.get(), SIOCOUTQ, &count) == 0 ? count : 0;
}

bool Connection::has_more_input() {
  if (parser_.has_more()) return true;
  int readable = 0;
  return ::ioctl(socket_.get(), FIONREAD, &readable) == 0 && readable > 0;
}

}  // namespace rekey::net
