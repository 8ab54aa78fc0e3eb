#include "net/server_connection.h"

#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/secret.h"
#include "net/later_state.h"
#include "net/server_worker.h"

namespace rekey::net {
namespace {

using boost::system::error_code;
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

Connection::Connection(Worker& worker)
    : worker_(worker), socket_(worker.context()), parser_(worker.limits()) {}

void Connection::open(Descriptor socket, const PeerAddress& peer,
                      std::optional<Rejection> rejection) {
  phase_ = Phase::kServing;
  wait_ = Wait::kNothing;
  outcome_ = Outcome::kNeedMore;
  has_expired_ = closes_ = lingers_ = false;
  parser_.set_peer(peer);
  const boost::asio::generic::stream_protocol protocol =
      peer.is_local_socket ? boost::asio::generic::stream_protocol(AF_UNIX, 0)
                           : boost::asio::generic::stream_protocol(AF_INET6, IPPROTO_TCP);
  error_code error;
  socket_.assign(protocol, socket.get(), error);
  if (error) return close();
  socket.release();
  if (rejection) reject(*rejection);
  run();
}

void Connection::arm_read() {
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
  is_reading_ = true;
  const std::span<char> space = parser_.space();
  // This, not a wait for readability: Asio then receives at the event itself, without a system call
  // to arm the next one.
  socket_.async_read_some(boost::asio::buffer(space.data(), space.size()),
                          [this](const error_code& error, std::size_t count) {
                            is_reading_ = false;
                            on_read(static_cast<bool>(error), count);
                          });
}

void Connection::arm_write() {
  wait_for(Wait::kWrite);
  is_writing_ = true;
  socket_.async_wait(Socket::wait_write, [this](const error_code& error) {
    is_writing_ = false;
    on_writable(static_cast<bool>(error));
  });
}

void Connection::on_read(bool failed, std::size_t count) {
  if (phase_ == Phase::kClosed) {
    base::wipe(parser_.space().data(), count);
    return release_when_quiet();
  }
  if (phase_ == Phase::kLingering) return on_linger_read(failed, count);
  if (has_expired_) return on_expired_read(count);
  if (failed) return close();
  outcome_ = parser_.commit(count);
  run();
}

// The read was cancelled at a deadline. What arrived in the last moment still counts.
void Connection::on_expired_read(std::size_t count) {
  has_expired_ = false;
  const Wait waited_for = std::exchange(wait_, Wait::kNothing);
  if (count == 0) {
    const std::span<char> space = parser_.space();
    const ssize_t received =
        ::recv(socket_.native_handle(), space.data(), space.size(), MSG_DONTWAIT);
    if (received > 0) count = static_cast<std::size_t>(received);
  }
  if (count > 0) outcome_ = parser_.commit(count);
  if (outcome_ == Outcome::kNeedMore) {
    if (waited_for == Wait::kHead) reject(Rejection::kHeaderTimeout);
    if (waited_for == Wait::kBody) reject(Rejection::kBodyTimeout);
    if (waited_for == Wait::kRequest && count == 0) return close();
  }
  run();
}

void Connection::on_linger_read(bool failed, std::size_t count) {
  base::wipe(parser_.space().data(), count);
  linger_budget_ -= std::min(count, linger_budget_);
  if (failed || linger_budget_ == 0) return close();
  arm_read();
}

void Connection::on_writable(bool failed) {
  if (phase_ == Phase::kClosed) return release_when_quiet();
  if (failed) return close();
  if (!flush()) return;
  if (phase_ == Phase::kAwaitingReply) return wait_for(Wait::kNothing);
  run();
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
    if (outcome_ != Outcome::kReady) return arm_read();
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
    if (!is_writing_) run();
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
  if (size > output_.room() && !is_writing_) static_cast<void>(send_some());
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
  if (is_writing_) return false;
  if (!send_some()) {
    close();
    return false;
  }
  if (output_.pending().empty()) return true;
  arm_write();
  return false;
}

// As much as the socket takes now. False where the connection is broken.
bool Connection::send_some() {
  while (!output_.pending().empty()) {
    const std::string_view pending = output_.pending();
    const ssize_t sent = ::send(socket_.native_handle(), pending.data(), pending.size(),
                                MSG_NOSIGNAL | MSG_DONTWAIT);
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
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  parser_.clear();
  linger_budget_ = kLingerBytes;
  arm_read();
}

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  wait_for(Wait::kNothing);
  error_code ignored;
  socket_.close(ignored);
  release_when_quiet();
}

// Asio still calls the handlers of a closed socket; until then this object is not free.
void Connection::release_when_quiet() {
  if (is_reading_ || is_writing_) return;
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
    case Wait::kBody: {
      // The buffer belongs to the read until that has been cancelled: on_expired_read goes on.
      has_expired_ = true;
      error_code ignored;
      socket_.cancel(ignored);
      return;
    }
    case Wait::kWrite:
      worker_.counters().count_rejection(Rejection::kWriteTimeout);
      return close();
    case Wait::kLinger:
      return close();
    case Wait::kNothing:
      return;
  }
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
      deadline_ = worker_.deadline_in(limits.write_timeout);
      return;
    case Wait::kLinger:
      deadline_ = worker_.deadline_in(kLinger);
      return;
  }
}

bool Connection::has_more_input() {
  if (parser_.has_more()) return true;
  int readable = 0;
  return ::ioctl(socket_.native_handle(), FIONREAD, &readable) == 0 && readable > 0;
}

}  // namespace rekey::net
