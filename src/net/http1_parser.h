// The strict HTTP/1.1 request parser (RFC 9112): bytes in, requests out, no I/O.
//
// It owns the input buffer, so that a socket reads straight into it and every view of a request
// points into it; nothing is copied and, for requests that fit the buffer, nothing is allocated.
// What two parsers could read in two ways is refused: facts_of(Rejection) lists it. Bytes of a
// request are wiped when it is done with: they hold secrets. One thread at a time.
//
//   parser.space() <- bytes; outcome = parser.commit(count);
//   while (outcome == kReady) { use parser.request(); outcome = parser.next(); }
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "net/http.h"
#include "net/http1_rejection.h"
#include "net/server.h"

namespace rekey::net {

class RequestParser {
 public:
  enum class Outcome { kNeedMore, kReady, kRejected };
  enum class Stage { kBetweenRequests, kHead, kBody, kReady, kRejected };

  explicit RequestParser(const Limits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Where the next bytes go; never empty while the outcome is kNeedMore.
  [[nodiscard]] std::span<char> space() noexcept;
  // `count` bytes were written to the front of space().
  [[nodiscard]] Outcome commit(std::size_t count);

  // After kReady, until next() or clear().
  [[nodiscard]] const Request& request() const noexcept { return request_; }
  // Whether the client lets the connection live on (RFC 9112 section 9.3).
  [[nodiscard]] bool wants_keep_alive() const noexcept;
  [[nodiscard]] bool is_http10() const noexcept { return is_http10_; }
  // True where bytes after the request have been received already.
  [[nodiscard]] bool has_more() const noexcept { return end_ > request_end_; }
  // Wipes the request and looks at what follows it.
  [[nodiscard]] Outcome next();

  // After kRejected; only clear() leads on.
  [[nodiscard]] Rejection rejection() const noexcept { return rejection_; }

  [[nodiscard]] Stage stage() const noexcept;
  // True once for a request whose client waits for "100 Continue" before it sends the body.
  [[nodiscard]] bool take_expects_continue() noexcept;

  void set_peer(const PeerAddress& peer) noexcept { request_.peer = peer; }
  // Forgets and wipes everything received.
  void clear() noexcept;
  // After clear(), and back again: between the two nothing else may be called.
  void give_memory_back() noexcept { buffer_.reset(); }
  void take_memory();

 private:
  enum class Phase { kHead, kBody, kChunked, kReady, kRejected };
  enum class ChunkPhase { kSize, kSizeLf, kData, kDataCr, kDataLf, kEndCr, kEndLf };

  // A body that does not fit the input buffer, or was sent in chunks.
  struct LargeBody {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
    std::size_t capacity = 0;
    void reserve(std::size_t wanted);
    void append(const char* data, std::size_t count);
    void clear() noexcept;
  };

  Outcome reject(Rejection rejection) noexcept;
  // The same for the steps that say whether to go on: always false.
  bool refuse(Rejection rejection) noexcept { return reject(rejection), false; }
  [[nodiscard]] Outcome advance();
  Outcome advance_head();
  Outcome advance_body();
  Outcome advance_chunks();
  [[nodiscard]] Outcome finish(std::string_view body, std::size_t request_end) noexcept;
  [[nodiscard]] bool find_head_end();
  [[nodiscard]] bool parse_head();
  [[nodiscard]] bool parse_request_line(std::string_view line);
  [[nodiscard]] bool parse_target(std::string_view target);
  [[nodiscard]] bool parse_field(std::string_view line);
  [[nodiscard]] bool note_field(const HeaderView& field);
  [[nodiscard]] bool note_host(std::string_view value);
  [[nodiscard]] bool note_content_length(std::string_view value);
  [[nodiscard]] bool note_transfer_encoding(std::string_view value);
  [[nodiscard]] bool check_framing();
  [[nodiscard]] bool take_chunk_syntax(char c);
  [[nodiscard]] bool note_connection(std::string_view value);
  void move_to_front() noexcept;
  void reset_request() noexcept;

  const Limits limits_;
  const std::size_t capacity_;
  std::unique_ptr<char[]> buffer_;  // capacity_ and the padding that Request::body promises

  // Offsets into buffer_: begin_ <= head_end_ <= request_end_ <= end_.
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t line_ = 0;  // start of the first line whose end is not known yet
  std::size_t scan_ = 0;  // where the search for that end goes on
  std::size_t head_end_ = 0;
  std::size_t request_end_ = 0;

  Phase phase_ = Phase::kHead;
  Rejection rejection_ = Rejection::kRequestLine;
  bool is_http10_ = false;
  bool has_host_ = false;
  bool has_length_ = false;
  bool is_chunked_ = false;
  bool says_close_ = false;
  bool says_keep_alive_ = false;
  bool expects_continue_ = false;
  std::uint64_t content_length_ = 0;

  ChunkPhase chunk_phase_ = ChunkPhase::kSize;
  std::size_t chunk_left_ = 0;
  int chunk_digits_ = 0;

  LargeBody large_;
  std::vector<HeaderView> headers_;  // as many as the limits allow; the first are in use
  std::size_t header_count_ = 0;
  Request request_;
};

}  // namespace rekey::net
