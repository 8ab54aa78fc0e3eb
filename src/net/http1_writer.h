// HTTP/1.1 replies as bytes, without I/O and, while they fit the buffer, without allocation.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "net/http.h"
#include "net/http1_rejection.h"

namespace rekey::net {

// Bytes that wait to be sent. Grows where a reply needs it and gives that memory back when all is
// sent; what was sent is wiped, since replies hold tokens.
class OutputBuffer {
 public:
  static constexpr std::size_t kUsualCapacity = 9 * 1024;  // 8 KiB of body and a head

  OutputBuffer();
  ~OutputBuffer();
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;

  [[nodiscard]] std::string_view pending() const noexcept {
    return {bytes_.get() + begin_, end_ - begin_};
  }
  [[nodiscard]] std::size_t room() const noexcept { return capacity_ - end_; }
  void reserve(std::size_t count);
  void append(std::string_view text);
  // Where up to `count` bytes may be written, which commit() then makes pending.
  [[nodiscard]] char* extend(std::size_t count) {
    reserve(count);
    return bytes_.get() + end_;
  }
  void commit(const char* end) noexcept;
  // The first `count` pending bytes are on their way.
  void consume(std::size_t count) noexcept;
  void clear() noexcept;
  // After clear(), and back again: between the two nothing else may be called.
  void give_memory_back() noexcept { bytes_.reset(); }
  void take_memory();

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = kUsualCapacity;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

enum class Persistence { kKeepAlive, kKeepAliveSaid, kClose };

struct Reply {
  int status = 200;
  std::string_view content_type;  // empty: no such header
  std::string_view body;
  std::span<const HeaderView> extra_headers;
};

// How the transport frames a reply: none of it is the handler's choice.
struct ReplyFraming {
  std::string_view date_line;  // "Date: …\r\n"
  Persistence persistence = Persistence::kKeepAlive;
  bool is_head = false;  // the request was HEAD: the length is told and no body sent
};

// False where a header would break out of its line (CR, LF, NUL or another control character), is
// no token, or is one that frames the message: Connection, Content-Length, Transfer-Encoding, Date.
[[nodiscard]] bool is_writable(const Reply& reply) noexcept;

// An upper bound for the size of the reply in bytes.
[[nodiscard]] std::size_t written_size_bound(const Reply& reply) noexcept;

// `reply` must be writable.
void write_reply(OutputBuffer& out, const Reply& reply, const ReplyFraming& framing);

// {"status":400,"detail":"…"} with "Connection: close".
void write_rejection(OutputBuffer& out, Rejection rejection, std::string_view date_line);

}  // namespace rekey::net
