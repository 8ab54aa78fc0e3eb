#include "net/http1_writer.h"

#include <gtest/gtest.h>

#include <string>

#include "net/server_clock.h"

namespace rekey::net {
namespace {

constexpr std::string_view kDate = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

std::string written(const Reply& reply, const ReplyFraming& framing) {
  OutputBuffer out;
  write_reply(out, reply, framing);
  EXPECT_LE(out.pending().size(), written_size_bound(reply));
  return std::string(out.pending());
}

TEST(WriteReply, WritesHeadAndBody) {
  const std::array<HeaderView, 1> extra{{{"Cache-Control", "no-store"}}};
  EXPECT_EQ(written({200, "text/plain", "hello", extra}, {kDate, Persistence::kKeepAlive, false}),
            "HTTP/1.1 200 OK\r\n" + std::string(kDate) +
                "Content-Type: text/plain\r\nContent-Length: 5\r\nCache-Control: no-store\r\n\r\n"
                "hello");
}

TEST(WriteReply, TellsTheLengthAndSendsNoBodyToHead) {
  EXPECT_EQ(written({200, "", "hello", {}}, {kDate, Persistence::kClose, true}),
            "HTTP/1.1 200 OK\r\n" + std::string(kDate) +
                "Content-Length: 5\r\nConnection: close\r\n\r\n");
}

TEST(WriteReply, GivesNoContentNeitherLengthNorBody) {
  EXPECT_EQ(written({204, "", "ignored", {}}, {kDate, Persistence::kKeepAliveSaid, false}),
            "HTTP/1.1 204 No Content\r\n" + std::string(kDate) + "Connection: keep-alive\r\n\r\n");
}

TEST(IsWritable, RefusesWhatWouldBreakOutOfAHeader) {
  using std::string_literals::operator""s;
  const auto accepts = [](const std::string& name, const std::string& value) {
    const std::array<HeaderView, 1> extra{{{name, value}}};
    return is_writable({200, "text/plain", "", extra});
  };
  EXPECT_TRUE(accepts("X-A", "b c"));
  EXPECT_FALSE(accepts("X-A", "b\r\nX-B: c"));
  EXPECT_FALSE(accepts("X-A", "b\nc"));
  EXPECT_FALSE(accepts("X-A", "b\rc"));
  EXPECT_FALSE(accepts("X-A", "b\0c"s));
  EXPECT_FALSE(accepts("X-A\r\nX-B", "c"));
  EXPECT_FALSE(accepts("X A", "c"));
  EXPECT_FALSE(accepts("", "c"));
  EXPECT_FALSE(is_writable({200, "text/plain\r\nX-A: b", "", {}}));
}

TEST(IsWritable, RefusesHeadersThatFrameTheMessage) {
  for (const std::string_view name :
       {"Content-Length", "transfer-encoding", "Connection", "Date"}) {
    const std::array<HeaderView, 1> extra{{{name, "1"}}};
    EXPECT_FALSE(is_writable({200, "", "", extra})) << name;
  }
}

TEST(IsWritable, RefusesAStatusThatIsNoFinalOne) {
  EXPECT_FALSE(is_writable({100, "", "", {}}));
  EXPECT_FALSE(is_writable({600, "", "", {}}));
}

TEST(WriteRejection, IsOneJsonObjectForEveryReason) {
  for (std::size_t i = 0; i < kRejectionCount; ++i) {
    const auto rejection = static_cast<Rejection>(i);
    OutputBuffer out;
    write_rejection(out, rejection, kDate);
    const std::string text(out.pending());
    const std::string body = "{\"status\":" + std::to_string(facts_of(rejection).status) +
                             ",\"detail\":\"" + std::string(facts_of(rejection).detail) + "\"}";
    EXPECT_NE(text.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_EQ(text.substr(text.find("\r\n\r\n") + 4), body);
    EXPECT_EQ(facts_of(rejection).detail.find_first_of("\"\\"), std::string_view::npos);
    EXPECT_FALSE(facts_of(rejection).label.empty());
  }
}

TEST(OutputBuffer, KeepsWhatIsNotSentYetWhenItGrows) {
  OutputBuffer out;
  const std::string first(OutputBuffer::kUsualCapacity - 10, 'a');
  out.append(first);
  out.consume(first.size() - 4);
  out.append(std::string(100, 'b'));
  EXPECT_EQ(out.pending(), "aaaa" + std::string(100, 'b'));
  const std::string large(3 * OutputBuffer::kUsualCapacity, 'c');
  out.append(large);
  EXPECT_EQ(out.pending(), "aaaa" + std::string(100, 'b') + large);
  out.consume(out.pending().size());
  EXPECT_EQ(out.room(), OutputBuffer::kUsualCapacity);
}

TEST(OutputBuffer, WipesWhatWasSent) {
  OutputBuffer out;
  out.append("token");
  const std::string_view place = out.pending();
  out.consume(5);
  EXPECT_EQ(place, std::string_view("\0\0\0\0\0", 5));
}

TEST(ServerClock, WritesTheDateAsHttpWantsIt) {
  const ServerClock clock;
  const std::string line(clock.date_line());
  ASSERT_EQ(line.size(), kDate.size());
  EXPECT_EQ(line.substr(0, 6), "Date: ");
  EXPECT_EQ(line.substr(line.size() - 6), " GMT\r\n");
}

}  // namespace
}  // namespace rekey::net
