#include "net/http1_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/assert.h"
#include "base/secret.h"
#include "base/text.h"
#include "net/http1_syntax.h"

namespace rekey::net {
namespace {

// Status line, Date, Connection, the names of Content-Type and Content-Length, two numbers, line
// ends.
constexpr std::size_t kFixedHeadBound = 256;

bool is_framing_header(std::string_view name) noexcept {
  for (const std::string_view framing :
       {"connection", "content-length", "transfer-encoding", "date"}) {
    if (base::equal_ignoring_case(name, framing)) return true;
  }
  return false;
}

// Each of these gives the place behind what it wrote; the caller has made room.
char* put(char* out, std::string_view text) noexcept {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}
char* put_number(char* out, std::size_t number) noexcept {
  constexpr std::size_t kDigits = 20;
  return std::to_chars(out, out + kDigits, number).ptr;
}
char* put_field(char* out, std::string_view name, std::string_view value) noexcept {
  out = put(out, name);
  out = put(out, ": ");
  out = put(out, value);
  return put(out, "\r\n");
}

// RFC 9110 sections 8.6 and 15.3.5: these have no body and tell no length.
bool has_no_content(int status) noexcept {
  return status == 204 || status == 304;
}

}  // namespace

OutputBuffer::OutputBuffer() : bytes_(std::make_unique<char[]>(kUsualCapacity)) {}

void OutputBuffer::take_memory() {
  if (!bytes_) bytes_ = std::make_unique<char[]>(kUsualCapacity);
}

OutputBuffer::~OutputBuffer() {
  clear();
}

void OutputBuffer::reserve(std::size_t count) {
  if (count <= room()) return;
  const std::size_t used = end_ - begin_;
  if (used + count <= capacity_) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, used);
    base::wipe(bytes_.get() + used, begin_);
  } else {
    auto larger = std::make_unique<char[]>(used + count);
    std::memcpy(larger.get(), bytes_.get() + begin_, used);
    base::wipe(bytes_.get(), end_);
    bytes_ = std::move(larger);
    capacity_ = used + count;
  }
  begin_ = 0;
  end_ = used;
}

void OutputBuffer::append(std::string_view text) {
  reserve(text.size());
  if (text.empty()) return;
  std::memcpy(bytes_.get() + end_, text.data(), text.size());
  end_ += text.size();
}

void OutputBuffer::commit(const char* end) noexcept {
  const std::size_t written = static_cast<std::size_t>(end - bytes_.get());
  REKEY_ASSERT(written >= end_ && written <= capacity_);
  end_ = written;
}

void OutputBuffer::consume(std::size_t count) noexcept {
  REKEY_ASSERT(count <= end_ - begin_);
  base::wipe(bytes_.get() + begin_, count);
  begin_ += count;
  if (begin_ == end_) clear();
}

void OutputBuffer::clear() noexcept {
  base::wipe(bytes_.get() + begin_, end_ - begin_);
  begin_ = end_ = 0;
  if (capacity_ == kUsualCapacity) return;
  bytes_ = std::make_unique<char[]>(kUsualCapacity);
  capacity_ = kUsualCapacity;
}

bool is_writable(const Reply& reply) noexcept {
  if (reply.status < 200 || reply.status > 599) return false;
  if (!kFieldValueCharacters.has_all(reply.content_type)) return false;
  for (const HeaderView& header : reply.extra_headers) {
    if (header.name.empty() || !kTokenCharacters.has_all(header.name)) return false;
    if (!kFieldValueCharacters.has_all(header.value)) return false;
    if (is_framing_header(header.name)) return false;
  }
  return true;
}

std::size_t written_size_bound(const Reply& reply) noexcept {
  std::size_t bound = kFixedHeadBound + reply.content_type.size() + reply.body.size();
  for (const HeaderView& header : reply.extra_headers) {
    bound += header.name.size() + header.value.size() + 4;
  }
  return bound;
}

void write_reply(OutputBuffer& out, const Reply& reply, const ReplyFraming& framing) {
  char* const begin = out.extend(written_size_bound(reply));
  char* end = put(begin, "HTTP/1.1 ");
  end = put_number(end, static_cast<std::size_t>(reply.status));
  end = put(end, " ");
  end = put(end, reason_phrase(reply.status));
  end = put(end, "\r\n");
  end = put(end, framing.date_line);
  if (!reply.content_type.empty()) end = put_field(end, "Content-Type", reply.content_type);
  if (!has_no_content(reply.status)) {
    end = put(end, "Content-Length: ");
    end = put_number(end, reply.body.size());
    end = put(end, "\r\n");
  }
  if (framing.persistence == Persistence::kClose) end = put(end, "Connection: close\r\n");
  if (framing.persistence == Persistence::kKeepAliveSaid)
    end = put(end, "Connection: keep-alive\r\n");
  for (const HeaderView& header : reply.extra_headers)
    end = put_field(end, header.name, header.value);
  end = put(end, "\r\n");
  if (!framing.is_head && !has_no_content(reply.status)) end = put(end, reply.body);
  out.commit(end);
}

void write_rejection(OutputBuffer& out, Rejection rejection, std::string_view date_line) {
  const RejectionFacts& facts = facts_of(rejection);
  std::array<char, 256> body{};
  char* end = body.data();
  const auto add = [&end](std::string_view text) {
    end = std::copy(text.begin(), text.end(), end);
  };
  add(R"({"status":)");
  end = std::to_chars(end, body.data() + body.size(), facts.status).ptr;
  add(R"(,"detail":")");
  add(facts.detail);
  add(R"("})");
  const Reply reply{facts.status,
                    "application/json",
                    {body.data(), static_cast<std::size_t>(end - body.data())},
                    {}};
  write_reply(out, reply, {date_line, Persistence::kClose, false});
}

}  // namespace rekey::net
