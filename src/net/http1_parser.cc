#include "net/http1_parser.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "base/secret.h"
#include "base/text.h"
#include "net/http1_syntax.h"

namespace rekey::net {
namespace {

// What simdjson may read past the end of a body.
constexpr std::size_t kPadding = 64;
// Room for small bodies behind the largest head.
constexpr std::size_t kBodyRoom = 4 * 1024;
constexpr std::size_t kFirstLargeBody = 4 * 1024;
// No digit beyond these can be part of a number that fits 64 bits.
constexpr std::size_t kLengthDigits = 19;
constexpr int kChunkDigits = 8;

Method method_of(std::string_view name) noexcept {
  for (const Method method : {Method::kPost, Method::kGet, Method::kHead, Method::kPut,
                              Method::kPatch, Method::kDelete, Method::kOptions}) {
    if (name == name_of(method)) return method;
  }
  return Method::kOther;
}

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = base::to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The text after "http://" or "https://"; empty where there is no such scheme.
std::string_view after_http_scheme(std::string_view target) noexcept {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (base::equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
      return target.substr(scheme.size());
    }
  }
  return {};
}

}  // namespace

void RequestParser::LargeBody::reserve(std::size_t wanted) {
  if (wanted <= capacity) return;
  auto larger = std::make_unique<char[]>(wanted + kPadding);
  if (size > 0) {
    std::memcpy(larger.get(), bytes.get(), size);
    base::wipe(bytes.get(), size);
  }
  bytes = std::move(larger);
  capacity = wanted;
}

void RequestParser::LargeBody::append(const char* data, std::size_t count) {
  if (size + count > capacity) reserve(std::max({size + count, 2 * capacity, kFirstLargeBody}));
  std::memcpy(bytes.get() + size, data, count);
  size += count;
}

void RequestParser::LargeBody::clear() noexcept {
  if (!bytes) return;
  base::wipe(bytes.get(), capacity);
  bytes.reset();
  size = 0;
  capacity = 0;
}

RequestParser::RequestParser(const Limits& limits)
    : limits_(limits),
      capacity_(limits.header_bytes + kBodyRoom),
      buffer_(std::make_unique<char[]>(capacity_ + kPadding)) {
  headers_.resize(limits_.headers);
}

void RequestParser::take_memory() {
  if (!buffer_) buffer_ = std::make_unique<char[]>(capacity_ + kPadding);
}

RequestParser::~RequestParser() {
  clear();
}

std::span<char> RequestParser::space() noexcept {
  if (phase_ == Phase::kBody && large_.bytes) {
    const auto length = static_cast<std::size_t>(content_length_);
    return {large_.bytes.get() + large_.size, length - large_.size};
  }
  return {buffer_.get() + end_, capacity_ - end_};
}

RequestParser::Outcome RequestParser::commit(std::size_t count) {
  REKEY_ASSERT(count <= space().size());
  if (phase_ == Phase::kBody && large_.bytes) {
    large_.size += count;
  } else {
    end_ += count;
  }
  return advance();
}

bool RequestParser::wants_keep_alive() const noexcept {
  return !says_close_ && (!is_http10_ || says_keep_alive_);
}

RequestParser::Outcome RequestParser::next() {
  REKEY_ASSERT(phase_ == Phase::kReady);
  base::wipe(buffer_.get() + begin_, request_end_ - begin_);
  begin_ = request_end_;
  if (begin_ == end_) begin_ = end_ = 0;
  reset_request();
  return begin_ == end_ ? Outcome::kNeedMore : advance();
}

RequestParser::Stage RequestParser::stage() const noexcept {
  switch (phase_) {
    case Phase::kHead:
      return begin_ == end_ ? Stage::kBetweenRequests : Stage::kHead;
    case Phase::kBody:
    case Phase::kChunked:
      return Stage::kBody;
    case Phase::kReady:
      return Stage::kReady;
    case Phase::kRejected:
      break;
  }
  return Stage::kRejected;
}

bool RequestParser::take_expects_continue() noexcept {
  const bool waits = expects_continue_ && stage() == Stage::kBody;
  if (waits) expects_continue_ = false;
  return waits;
}

void RequestParser::clear() noexcept {
  base::wipe(buffer_.get(), end_);
  begin_ = end_ = 0;
  reset_request();
}

void RequestParser::reset_request() noexcept {
  large_.clear();
  header_count_ = 0;
  request_.headers = {};
  phase_ = Phase::kHead;
  line_ = scan_ = head_end_ = request_end_ = begin_;
  is_http10_ = has_host_ = has_length_ = is_chunked_ = false;
  says_close_ = says_keep_alive_ = expects_continue_ = false;
  content_length_ = 0;
  chunk_phase_ = ChunkPhase::kSize;
  chunk_left_ = 0;
  chunk_digits_ = 0;
}

RequestParser::Outcome RequestParser::reject(Rejection rejection) noexcept {
  phase_ = Phase::kRejected;
  rejection_ = rejection;
  return Outcome::kRejected;
}

RequestParser::Outcome RequestParser::advance() {
  switch (phase_) {
    case Phase::kHead:
      return advance_head();
    case Phase::kBody:
      return advance_body();
    case Phase::kChunked:
      return advance_chunks();
    case Phase::kReady:
      return Outcome::kReady;
    case Phase::kRejected:
      break;
  }
  return Outcome::kRejected;
}

RequestParser::Outcome RequestParser::advance_head() {
  // Whoever speaks TLS or another protocol here learns it at once, not at the end of a timeout.
  if (end_ > begin_ && !kTokenCharacters.has(buffer_[begin_])) {
    return reject(Rejection::kRequestLine);
  }
  const bool is_complete = find_head_end();
  if (phase_ == Phase::kRejected) return Outcome::kRejected;
  if (!is_complete) {
    if (end_ - begin_ > limits_.header_bytes) return reject(Rejection::kHeadTooLarge);
    move_to_front();
    return Outcome::kNeedMore;
  }

  if (!parse_head()) return Outcome::kRejected;
  const bool fits = !is_chunked_ && content_length_ <= capacity_ - head_end_;
  if (!fits && begin_ > 0) {
    // The rest needs the room that finished requests still take; views move with the bytes.
    move_to_front();
    if (!parse_head()) return Outcome::kRejected;
  }
  phase_ = is_chunked_ ? Phase::kChunked : Phase::kBody;
  if (phase_ == Phase::kBody && content_length_ > capacity_ - head_end_) {
    large_.reserve(static_cast<std::size_t>(content_length_));
    large_.append(buffer_.get() + head_end_, end_ - head_end_);
    base::wipe(buffer_.get() + head_end_, end_ - head_end_);
    end_ = head_end_;
  }
  return advance();
}

RequestParser::Outcome RequestParser::advance_body() {
  const auto length = static_cast<std::size_t>(content_length_);
  if (large_.bytes) {
    if (large_.size < length) return Outcome::kNeedMore;
    return finish({large_.bytes.get(), length}, head_end_);
  }
  if (end_ - head_end_ < length) return Outcome::kNeedMore;
  return finish({buffer_.get() + head_end_, length}, head_end_ + length);
}

// Chunks are taken from behind the head as they come and joined in large_ (RFC 9112 section 7.1).
RequestParser::Outcome RequestParser::advance_chunks() {
  std::size_t at = head_end_;
  while (at < end_) {
    if (chunk_phase_ == ChunkPhase::kData) {
      const std::size_t count = std::min(chunk_left_, end_ - at);
      large_.append(buffer_.get() + at, count);
      at += count;
      chunk_left_ -= count;
      if (chunk_left_ == 0) chunk_phase_ = ChunkPhase::kDataCr;
      continue;
    }
    const bool was_last = chunk_phase_ == ChunkPhase::kEndLf;
    if (!take_chunk_syntax(buffer_[at++])) return Outcome::kRejected;
    if (was_last) {
      // The padding that the body promises must exist for an empty one too.
      large_.reserve(1);
      return finish({large_.bytes.get(), large_.size}, at);
    }
  }
  base::wipe(buffer_.get() + head_end_, end_ - head_end_);
  end_ = head_end_;
  return Outcome::kNeedMore;
}

bool RequestParser::take_chunk_syntax(char c) {
  const auto expect = [&](char wanted, ChunkPhase then, Rejection otherwise) {
    if (c != wanted) return refuse(otherwise);
    chunk_phase_ = then;
    return true;
  };
  switch (chunk_phase_) {
    case ChunkPhase::kSize:
      if (const int digit = hex_value(c); digit >= 0) {
        if (++chunk_digits_ > kChunkDigits) return refuse(Rejection::kChunkSize);
        chunk_left_ = chunk_left_ * 16 + static_cast<std::size_t>(digit);
        return true;
      }
      if (chunk_digits_ == 0) return refuse(Rejection::kChunkSize);
      if (c == ';' || c == ' ' || c == '\t') return refuse(Rejection::kChunkExtension);
      return expect('\r', ChunkPhase::kSizeLf, Rejection::kChunkSize);
    case ChunkPhase::kSizeLf:
      if (large_.size + chunk_left_ > limits_.body_bytes) {
        return refuse(Rejection::kBodyTooLarge);
      }
      chunk_digits_ = 0;
      return expect('\n', chunk_left_ == 0 ? ChunkPhase::kEndCr : ChunkPhase::kData,
                    Rejection::kChunkSize);
    case ChunkPhase::kDataCr:
      return expect('\r', ChunkPhase::kDataLf, Rejection::kChunkSize);
    case ChunkPhase::kDataLf:
      return expect('\n', ChunkPhase::kSize, Rejection::kChunkSize);
    case ChunkPhase::kEndCr:
      return expect('\r', ChunkPhase::kEndLf, Rejection::kTrailers);
    case ChunkPhase::kEndLf:
      return expect('\n', ChunkPhase::kSize, Rejection::kTrailers);
    case ChunkPhase::kData:
      break;
  }
  return true;
}

RequestParser::Outcome RequestParser::finish(std::string_view body,
                                             std::size_t request_end) noexcept {
  request_.body = body;
  request_end_ = request_end;
  phase_ = Phase::kReady;
  return Outcome::kReady;
}

// Looks for the empty line, as far as a head may be long; refuses a line that ends in LF alone.
bool RequestParser::find_head_end() {
  const std::size_t limit = std::min(end_, begin_ + limits_.header_bytes);
  while (scan_ < limit) {
    const void* found = std::memchr(buffer_.get() + scan_, '\n', limit - scan_);
    if (found == nullptr) {
      scan_ = limit;
      return false;
    }
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.get());
    if (at == line_ || buffer_[at - 1] != '\r') {
      return refuse(Rejection::kLineEnd);
    }
    const bool is_empty = at - line_ == 1;
    line_ = scan_ = at + 1;
    if (is_empty) {
      head_end_ = at + 1;
      return true;
    }
  }
  return false;
}

// Everything from begin_ to head_end_; may be done again after the bytes have moved.
bool RequestParser::parse_head() {
  header_count_ = 0;
  has_host_ = has_length_ = is_chunked_ = false;
  std::string_view rest(buffer_.get() + begin_, head_end_ - begin_ - 2);
  const auto take_line = [&rest] {
    const std::string_view line = rest.substr(0, rest.find('\n') - 1);
    rest.remove_prefix(line.size() + 2);
    return line;
  };
  if (!parse_request_line(take_line())) return false;
  while (!rest.empty()) {
    if (!parse_field(take_line())) return false;
  }
  request_.headers = std::span(headers_).first(header_count_);
  return check_framing();
}

bool RequestParser::parse_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == 0 || first == last ||
      !kTokenCharacters.has_all(line.substr(0, first))) {
    return refuse(Rejection::kRequestLine);
  }
  const std::string_view version = line.substr(last + 1);
  is_http10_ = version == "HTTP/1.0";
  if (!is_http10_ && version != "HTTP/1.1") {
    const bool names_http = version.size() >= 6 && version.substr(0, 5) == "HTTP/" &&
                            kTokenCharacters.has_all(version.substr(5));
    return refuse(names_http ? Rejection::kVersion : Rejection::kRequestLine);
  }
  request_.method = method_of(line.substr(0, first));
  return parse_target(line.substr(first + 1, last - first - 1));
}

// origin-form, absolute-form for http(s), or "*" for OPTIONS (RFC 9112 section 3.2). Slashes are
// left as they are: a path may itself begin with "/https://".
bool RequestParser::parse_target(std::string_view target) {
  if (target.empty() || !kTargetCharacters.has_all(target)) {
    return refuse(Rejection::kTarget);
  }
  std::string_view from_path = target;
  if (target.front() != '/') {
    const std::string_view authority_on = after_http_scheme(target);
    const std::string_view authority = authority_on.substr(0, authority_on.find_first_of("/?"));
    const bool is_asterisk = target == "*" && request_.method == Method::kOptions;
    if (!is_asterisk && (authority.empty() || !kHostCharacters.has_all(authority))) {
      return refuse(Rejection::kTarget);
    }
    if (!is_asterisk) from_path = authority_on.substr(authority.size());
  }
  const std::size_t mark = from_path.find('?');
  request_.target = target;
  request_.path = from_path.substr(0, mark);
  if (request_.path.empty()) request_.path = "/";
  request_.query = mark == std::string_view::npos ? std::string_view{} : from_path.substr(mark + 1);
  return true;
}

bool RequestParser::parse_field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return refuse(Rejection::kFold);
  if (header_count_ == headers_.size()) return refuse(Rejection::kTooManyHeaders);
  std::size_t colon = 0;
  while (colon < line.size() && kTokenCharacters.has(line[colon])) ++colon;
  if (colon == 0 || colon == line.size() || line[colon] != ':') {
    return refuse(Rejection::kHeaderName);
  }
  const HeaderView field{line.substr(0, colon), trim_blanks(line.substr(colon + 1))};
  if (!kFieldValueCharacters.has_all(field.value)) {
    const bool is_line_end = field.value.find('\r') != std::string_view::npos;
    return refuse(is_line_end ? Rejection::kLineEnd : Rejection::kHeaderValue);
  }
  headers_[header_count_++] = field;
  return note_field(field);
}

// The fields that frame the message; every other belongs to the handler.
bool RequestParser::note_field(const HeaderView& field) {
  const auto is = [&field](std::string_view name) {
    return base::equal_ignoring_case(field.name, name);
  };
  switch (field.name.size()) {
    case 4:
      return is("Host") ? note_host(field.value) : true;
    case 6:
      if (!is("Expect")) return true;
      if (!base::equal_ignoring_case(field.value, "100-continue")) {
        return refuse(Rejection::kExpectation);
      }
      expects_continue_ = !is_http10_;
      return true;
    case 10:
      return is("Connection") ? note_connection(field.value) : true;
    case 14:
      return is("Content-Length") ? note_content_length(field.value) : true;
    case 17:
      return is("Transfer-Encoding") ? note_transfer_encoding(field.value) : true;
    default:
      return true;
  }
}

bool RequestParser::note_host(std::string_view value) {
  if (has_host_) return refuse(Rejection::kDuplicateHost);
  has_host_ = true;
  if (!kHostCharacters.has_all(value)) return refuse(Rejection::kHostValue);
  return true;
}

bool RequestParser::note_content_length(std::string_view value) {
  if (has_length_) return refuse(Rejection::kRepeatedContentLength);
  has_length_ = true;
  content_length_ = 0;
  if (value.empty() || value.size() > kLengthDigits) {
    return refuse(Rejection::kContentLength);
  }
  for (const char c : value) {
    if (c < '0' || c > '9') return refuse(Rejection::kContentLength);
    content_length_ = content_length_ * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return true;
}

bool RequestParser::note_transfer_encoding(std::string_view value) {
  if (is_chunked_ || !base::equal_ignoring_case(value, "chunked")) {
    return refuse(Rejection::kTransferEncoding);
  }
  is_chunked_ = true;
  return true;
}

bool RequestParser::note_connection(std::string_view value) {
  for (;;) {
    const std::size_t comma = value.find(',');
    const std::string_view option = trim_blanks(value.substr(0, comma));
    if (option.empty() || !kTokenCharacters.has_all(option)) {
      return refuse(Rejection::kHeaderValue);
    }
    if (base::equal_ignoring_case(option, "close")) says_close_ = true;
    if (base::equal_ignoring_case(option, "keep-alive")) says_keep_alive_ = true;
    if (comma == std::string_view::npos) return true;
    value.remove_prefix(comma + 1);
  }
}

bool RequestParser::check_framing() {
  if (!has_host_ && !is_http10_) return refuse(Rejection::kMissingHost);
  if (is_chunked_ && has_length_) return refuse(Rejection::kLengthAndChunked);
  if (is_chunked_ && is_http10_) return refuse(Rejection::kChunkedInHttp10);
  if (content_length_ > limits_.body_bytes) return refuse(Rejection::kBodyTooLarge);
  return true;
}

void RequestParser::move_to_front() noexcept {
  if (begin_ == 0) return;
  std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  base::wipe(buffer_.get() + end_ - begin_, begin_);
  line_ -= begin_;
  scan_ -= begin_;
  head_end_ -= std::min(begin_, head_end_);
  end_ -= begin_;
  begin_ = 0;
}

}  // namespace rekey::net
