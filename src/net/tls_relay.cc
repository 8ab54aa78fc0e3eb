#include "net/tls_relay.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/secret.h"

namespace rekey::net {
namespace {

using SteadyClock = std::chrono::steady_clock;

// What one TLS record holds at most (RFC 8446 section 5.1).
constexpr std::size_t kPieceBytes = 16 * 1024;
constexpr std::chrono::seconds kLinger{2};
constexpr std::int64_t kLongestPoll = 60'000;  // in milliseconds; then the deadline is looked at
constexpr std::size_t kMostLingerBytes = 1024 * 1024;

// Bytes on their way in one direction. They hold secrets.
class Piece {
 public:
  Piece() = default;
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;
  ~Piece() { base::wipe(bytes_.data(), bytes_.size()); }
  [[nodiscard]] bool is_empty() const noexcept { return begin_ == end_; }
  [[nodiscard]] std::string_view left() const noexcept {
    return {bytes_.data() + begin_, end_ - begin_};
  }
  [[nodiscard]] std::span<char> space() noexcept { return bytes_; }
  void fill(std::size_t count) noexcept { begin_ = 0, end_ = count; }
  void take(std::size_t count) noexcept { begin_ += count; }

 private:
  std::array<char, kPieceBytes> bytes_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

bool would_block() noexcept {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

class Relay {
 public:
  Relay(TlsConnection& outside, const Descriptor& inside, base::Duration write_timeout)
      : outside_(outside), inside_(inside), write_timeout_(write_timeout) {}

  void run() {
    while (!is_over_) {
      const bool was_held_up = is_held_up();
      const bool came_in = move_inwards();
      const bool went_out = move_outwards();
      // Whatever comes in meanwhile: who takes nothing does not live from what it sends.
      if (went_out || !was_held_up) deadline_ = SteadyClock::now() + write_timeout_;
      if (SteadyClock::now() >= deadline_) return;
      if (!came_in && !went_out && !is_over_) wait();
    }
    outside_.close();
    close_gently(outside_.socket());
  }

 private:
  // Whether anything was moved.
  bool move_inwards() {
    bool is_moved = false;
    if (inwards_.is_empty()) {
      const auto count = outside_.read_now(inwards_.space());
      reading_waits_for_ = outside_.waits_for();
      if (count && !*count) return false;
      reading_waits_for_ = POLLIN;
      if (!count || **count == 0) {
        is_over_ = true;
        return false;
      }
      inwards_.fill(**count);
      is_moved = true;
    }
    const std::string_view left = inwards_.left();
    const ssize_t sent = ::send(inside_.get(), left.data(), left.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      inwards_.take(static_cast<std::size_t>(sent));
    } else if (!would_block()) {
      // Nobody reads any more; what they said last is still to be passed on.
      inwards_.fill(0);
    }
    return is_moved || sent > 0;
  }

  bool move_outwards() {
    bool is_moved = false;
    if (outwards_.is_empty()) {
      const std::span<char> space = outwards_.space();
      const ssize_t count = ::recv(inside_.get(), space.data(), space.size(), 0);
      if (count < 0 && would_block()) return false;
      if (count <= 0) {
        is_over_ = true;
        return false;
      }
      outwards_.fill(static_cast<std::size_t>(count));
      is_moved = true;
    }
    const auto is_written = outside_.write_now(outwards_.left());
    writing_waits_for_ = outside_.waits_for();
    if (!is_written) is_over_ = true;
    if (!is_written || !*is_written) return is_moved;
    outwards_.take(outwards_.left().size());
    return true;
  }

  // Whether something waits for the other side to take it.
  [[nodiscard]] bool is_held_up() const noexcept {
    return !outwards_.is_empty() || reading_waits_for_ == POLLOUT;
  }

  // Until something can be moved, or the deadline.
  void wait() {
    const auto wanted = [](bool first, int for_first, bool second, int for_second) {
      return static_cast<short>((first ? for_first : 0) | (second ? for_second : 0));
    };
    std::array<pollfd, 2> entries{{
        {outside_.socket().get(),
         wanted(inwards_.is_empty(), reading_waits_for_, !outwards_.is_empty(), writing_waits_for_),
         0},
        {inside_.get(), wanted(outwards_.is_empty(), POLLIN, !inwards_.is_empty(), POLLOUT), 0},
    }};
    for (pollfd& entry : entries) {
      if (entry.events == 0) entry.fd = -1;  // an end would be told again and again
    }
    int timeout = -1;
    if (is_held_up()) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline_ - SteadyClock::now());
      timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, kLongestPoll));
    }
    ::poll(entries.data(), entries.size(), timeout);
    // A part of a record that was taken counts as well.
    if (is_held_up() && (entries[0].revents & POLLOUT) != 0) {
      deadline_ = SteadyClock::now() + write_timeout_;
    }
  }

  TlsConnection& outside_;
  const Descriptor& inside_;
  const base::Duration write_timeout_;
  Piece inwards_;
  Piece outwards_;
  short reading_waits_for_ = POLLIN;
  short writing_waits_for_ = POLLOUT;
  SteadyClock::time_point deadline_;
  bool is_over_ = false;
};

}  // namespace

void relay(TlsConnection& outside, const Descriptor& inside, base::Duration write_timeout) {
  Relay(outside, inside, write_timeout).run();
}

void close_gently(const Descriptor& socket) {
  ::shutdown(socket.get(), SHUT_WR);
  const auto deadline = SteadyClock::now() + kLinger;
  std::array<char, kPieceBytes> dropped{};
  for (std::size_t total = 0; total < kMostLingerBytes;) {
    const ssize_t count = ::recv(socket.get(), dropped.data(), dropped.size(), MSG_DONTWAIT);
    if (count == 0 || (count < 0 && !would_block())) return;
    if (count < 0 && !wait_for(socket.get(), POLLIN, deadline)) return;
    if (count > 0) total += static_cast<std::size_t>(count);
  }
}

}  // namespace rekey::net
