#include "net/tls_relay.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

#include "base/secret.h"

namespace rekey::net {
namespace {

// What one TLS record holds at most (RFC 8446 section 5.1).
constexpr std::size_t kPieceBytes = 16 * 1024;
constexpr std::chrono::seconds kLinger{2};
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
      const bool came_in = move_inwards();
      const bool went_out = move_outwards();
      if (!came_in && !went_out && !is_over_ && !wait()) return;
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
      if (count && !*count) return false;
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
    if (!is_written) is_over_ = true;
    if (!is_written || !*is_written) return is_moved;
    outwards_.take(outwards_.left().size());
    return true;
  }

  // False where nobody took anything in time.
  bool wait() {
    const auto wanted = [](bool reads, bool writes) {
      return static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
    };
    std::array<pollfd, 2> entries{{
        {outside_.socket().get(), wanted(inwards_.is_empty(), !outwards_.is_empty()), 0},
        {inside_.get(), wanted(outwards_.is_empty(), !inwards_.is_empty()), 0},
    }};
    for (pollfd& entry : entries) {
      if (entry.events == 0) entry.fd = -1;  // an end would be told again and again
    }
    const int timeout =
        outwards_.is_empty()
            ? -1
            : static_cast<int>(
                  std::chrono::ceil<std::chrono::milliseconds>(write_timeout_).count());
    const int ready = ::poll(entries.data(), entries.size(), timeout);
    return ready > 0 || (ready < 0 && errno == EINTR);
  }

  TlsConnection& outside_;
  const Descriptor& inside_;
  const base::Duration write_timeout_;
  Piece inwards_;
  Piece outwards_;
  bool is_over_ = false;
};

}  // namespace

void relay(TlsConnection& outside, const Descriptor& inside, base::Duration write_timeout) {
  Relay(outside, inside, write_timeout).run();
}

void close_gently(const Descriptor& socket) {
  ::shutdown(socket.get(), SHUT_WR);
  const auto deadline = std::chrono::steady_clock::now() + kLinger;
  std::array<char, kPieceBytes> dropped{};
  for (std::size_t total = 0; total < kMostLingerBytes;) {
    const ssize_t count = ::recv(socket.get(), dropped.data(), dropped.size(), MSG_DONTWAIT);
    if (count == 0 || (count < 0 && !would_block())) return;
    if (count < 0 && !wait_for(socket.get(), POLLIN, deadline)) return;
    if (count > 0) total += static_cast<std::size_t>(count);
  }
}

}  // namespace rekey::net
