#include "net/http1_parser.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstring>

#include "net/refused_requests.h"

namespace rekey::net {
namespace {

using Outcome = RequestParser::Outcome;

// What a parser made of one request, as copies.
struct Seen {
  std::string method;
  std::string target;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool keeps_alive = false;
  friend bool operator==(const Seen&, const Seen&) = default;
};

struct Reading {
  std::vector<Seen> requests;
  std::optional<Rejection> rejection;
  friend bool operator==(const Reading&, const Reading&) = default;
};

Seen seen_of(const RequestParser& parser) {
  const Request& request = parser.request();
  Seen seen{std::string(name_of(request.method)),
            std::string(request.target),
            std::string(request.body),
            {},
            parser.wants_keep_alive()};
  for (const auto& [name, value] : request.headers) seen.headers.emplace_back(name, value);
  return seen;
}

// Feeds the bytes in pieces of the given sizes, over and over.
Reading read_in_pieces(std::string_view bytes, const std::vector<std::size_t>& sizes) {
  RequestParser parser(small_limits());
  Reading reading;
  for (std::size_t turn = 0; !bytes.empty(); ++turn) {
    const std::span<char> space = parser.space();
    const std::size_t count = std::min({bytes.size(), space.size(), sizes[turn % sizes.size()]});
    std::memcpy(space.data(), bytes.data(), count);
    bytes.remove_prefix(count);
    Outcome outcome = parser.commit(count);
    while (outcome == Outcome::kReady) {
      reading.requests.push_back(seen_of(parser));
      outcome = parser.next();
    }
    if (outcome == Outcome::kRejected) {
      reading.rejection = parser.rejection();
      return reading;
    }
  }
  return reading;
}

Reading read_whole(std::string_view bytes) {
  return read_in_pieces(bytes, {bytes.size()});
}

class RefusedFraming : public testing::TestWithParam<RefusedRequest> {};

TEST_P(RefusedFraming, IsNamedAndYieldsNoRequest) {
  const Reading expected{{}, GetParam().rejection};
  EXPECT_EQ(read_whole(GetParam().bytes), expected);
}

TEST_P(RefusedFraming, IsTheSameWhenItComesByteByByte) {
  const Reading expected{{}, GetParam().rejection};
  EXPECT_EQ(read_in_pieces(GetParam().bytes, {1}), expected);
}

TEST_P(RefusedFraming, IsSeenBehindAPipelinedRequestToo) {
  const Reading reading = read_whole("GET /first HTTP/1.1\r\nHost: h\r\n\r\n" + GetParam().bytes);
  ASSERT_EQ(reading.requests.size(), 1U);
  EXPECT_EQ(reading.requests[0].target, "/first");
  EXPECT_EQ(reading.rejection, GetParam().rejection);
}

INSTANTIATE_TEST_SUITE_P(Each, RefusedFraming, testing::ValuesIn(all_refused_requests()),
                         [](const auto& instance) { return instance.param.name; });

const std::vector<std::string>& good_requests() {
  static const std::vector<std::string> requests{
      "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET /a?b=c HTTP/1.1\r\nhost:h:80\r\nX-Empty:\r\nX-Blanks: \t a \t b \t \r\n\r\n",
      "HEAD /a HTTP/1.0\r\n\r\n",
      "GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
      "POST /v2/token HTTP/1.1\r\nHost: [::1]:8420\r\nContent-Type: application/json\r\n"
      "Content-Length: 13\r\n\r\n{\"a\":\"b c d\"}",
      "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: x, close\r\n\r\n",
      "PATCH /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n00A\r\n 1234\r\n890\r\n0\r\n\r\n",
      "POST /x HTTP/1.1\r\nHost: h\r\nTRANSFER-ENCODING: Chunked\r\n\r\n0\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
      "M-SEARCH /x HTTP/1.1\r\nHost: h\r\nX-Text: caf\xc3\xa9\r\n\r\n",
      "POST /big HTTP/1.1\r\nHost: h\r\nContent-Length: 2048\r\n\r\n" + std::string(2048, 'b'),
  };
  return requests;
}

TEST(RequestParser, ReadsARequestsParts) {
  const std::string bytes =
      "POST /v2/token?x=1 HTTP/1.1\r\nHost: h\r\nX-A:  b \r\nContent-Length: 2\r\n\r\n{}";
  RequestParser parser(small_limits());
  std::memcpy(parser.space().data(), bytes.data(), bytes.size());
  ASSERT_EQ(parser.commit(bytes.size()), Outcome::kReady);
  const Request& request = parser.request();
  EXPECT_EQ(request.method, Method::kPost);
  EXPECT_EQ(request.target, "/v2/token?x=1");
  EXPECT_EQ(request.path, "/v2/token");
  EXPECT_EQ(request.query, "x=1");
  EXPECT_EQ(request.header("x-a"), "b");
  EXPECT_EQ(request.body, "{}");
  EXPECT_TRUE(parser.wants_keep_alive());
}

TEST(RequestParser, TakesThePathOutOfAnAbsoluteTarget) {
  const auto path_of = [](const std::string& target) {
    const std::string bytes = "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
    RequestParser parser(small_limits());
    std::memcpy(parser.space().data(), bytes.data(), bytes.size());
    EXPECT_EQ(parser.commit(bytes.size()), Outcome::kReady);
    return std::string(parser.request().path) + "|" + std::string(parser.request().query);
  };
  EXPECT_EQ(path_of("http://h/a?b"), "/a|b");
  EXPECT_EQ(path_of("HTTPS://h:443/a"), "/a|");
  EXPECT_EQ(path_of("http://[::1]:80"), "/|");
  EXPECT_EQ(path_of("http://h?b"), "/|b");
}

TEST(RequestParser, LeavesSlashesAndUrlsInsideThePathAlone) {
  const Reading reading = read_whole(
      "POST /https://mc1.auth.marketingcloudapis.com//v2/token HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_EQ(reading.requests.size(), 1U);
  EXPECT_EQ(reading.requests[0].target, "/https://mc1.auth.marketingcloudapis.com//v2/token");
}

TEST(RequestParser, JoinsChunks) {
  const Reading reading = read_whole(good_requests()[6]);
  ASSERT_EQ(reading.requests.size(), 1U);
  EXPECT_EQ(reading.requests[0].body, "hello 1234\r\n890");
}

TEST(RequestParser, TakesABodyAsLargeAsTheLimitInChunksOfOneByte) {
  std::string bytes = post_with("Transfer-Encoding: chunked\r\n");
  for (int i = 0; i < 2048; ++i) bytes += "1\r\nc\r\n";
  const Reading reading = read_whole(bytes + "0\r\n\r\n");
  ASSERT_EQ(reading.requests.size(), 1U);
  EXPECT_EQ(reading.requests[0].body, std::string(2048, 'c'));
}

TEST(RequestParser, KnowsWhenTheConnectionLivesOn) {
  std::vector<bool> keeps_alive;
  for (const std::string& bytes : good_requests()) {
    keeps_alive.push_back(read_whole(bytes).requests.at(0).keeps_alive);
  }
  EXPECT_EQ(keeps_alive, (std::vector<bool>{true, true, false, true, true, false, true, true, true,
                                            true, true}));
}

TEST(RequestParser, LooksForNoFaultBeyondTheLargestHead) {
  const std::string bytes = "GET / HTTP/1.1\r\nX-A: " + std::string(1500, 'a') + "\n\r\n";
  EXPECT_EQ(read_whole(bytes).rejection, Rejection::kHeadTooLarge);
  EXPECT_EQ(read_in_pieces(bytes, {1}).rejection, Rejection::kHeadTooLarge);
}

TEST(RequestParser, SaysOnceThatTheClientWaitsForContinue) {
  const std::string head = post_with("Expect: 100-Continue\r\nContent-Length: 2\r\n");
  RequestParser parser(small_limits());
  std::memcpy(parser.space().data(), head.data(), head.size());
  ASSERT_EQ(parser.commit(head.size()), Outcome::kNeedMore);
  EXPECT_TRUE(parser.take_expects_continue());
  EXPECT_FALSE(parser.take_expects_continue());
  std::memcpy(parser.space().data(), "ok", 2);
  ASSERT_EQ(parser.commit(2), Outcome::kReady);
  EXPECT_EQ(parser.request().body, "ok");
}

TEST(RequestParser, DoesNotAskForABodyThatIsThereAlready) {
  const std::string bytes = post_with("Expect: 100-continue\r\nContent-Length: 2\r\n", "ok");
  RequestParser parser(small_limits());
  std::memcpy(parser.space().data(), bytes.data(), bytes.size());
  ASSERT_EQ(parser.commit(bytes.size()), Outcome::kReady);
  EXPECT_FALSE(parser.take_expects_continue());
}

TEST(RequestParser, WipesARequestWhenItIsDoneWith) {
  const std::string bytes = post_with("Content-Length: 6\r\n", "secret");
  RequestParser parser(small_limits());
  std::memcpy(parser.space().data(), bytes.data(), bytes.size());
  ASSERT_EQ(parser.commit(bytes.size()), Outcome::kReady);
  const std::string_view body = parser.request().body;
  ASSERT_EQ(body, "secret");
  ASSERT_EQ(parser.next(), Outcome::kNeedMore);
  // The buffer outlives the request: looking at it is allowed.
  EXPECT_EQ(body, std::string_view("\0\0\0\0\0\0", 6));
}

TEST(RequestParser, KeepsReadableBytesBehindEveryBody) {
  for (const std::string& bytes : good_requests()) {
    RequestParser parser(small_limits());
    std::string_view rest = bytes;
    Outcome outcome = Outcome::kNeedMore;
    while (outcome == Outcome::kNeedMore) {
      const std::size_t count = std::min(rest.size(), parser.space().size());
      std::memcpy(parser.space().data(), rest.data(), count);
      rest.remove_prefix(count);
      outcome = parser.commit(count);
    }
    ASSERT_EQ(outcome, Outcome::kReady);
    const std::string_view body = parser.request().body;
    // The address sanitizer is the judge of this copy.
    std::array<char, 64> behind{};
    std::memcpy(behind.data(), body.data() + body.size(), behind.size());
    EXPECT_EQ(behind.size(), 64U);
  }
}

RC_GTEST_PROP(RequestParserProperty, ReadsTheSameHoweverTheBytesAreCut, ()) {
  const auto picks = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::size_t>>(
      rc::gen::inRange<std::size_t>(0, good_requests().size())));
  const auto sizes = *rc::gen::nonEmpty(
      rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 700)));
  std::string bytes;
  for (const std::size_t pick : picks) bytes += good_requests()[pick];
  const Reading reading = read_in_pieces(bytes, sizes);
  RC_ASSERT(!reading.rejection);
  RC_ASSERT(reading.requests.size() == picks.size());
  for (std::size_t i = 0; i < picks.size(); ++i) {
    RC_ASSERT(reading.requests[i] == read_whole(good_requests()[picks[i]]).requests.at(0));
  }
}

// The first request, as Boost.Beast reads it; nothing where it refuses or waits for more.
std::optional<Seen> read_with_beast(const std::string& bytes) {
  namespace http = boost::beast::http;
  http::request_parser<http::string_body> parser;
  parser.eager(true);
  parser.header_limit(1U << 20U);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(bytes), error);
  if (error || !parser.is_done()) return {};
  const auto& message = parser.get();
  Seen seen{std::string(message.method_string()),
            std::string(message.target()),
            message.body(),
            {},
            message.keep_alive()};
  for (const auto& field : message) {
    seen.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  return seen;
}

TEST(RequestParser, ReadsGoodRequestsAsBeastDoes) {
  for (const std::string& bytes : good_requests()) {
    const auto by_beast = read_with_beast(bytes);
    ASSERT_TRUE(by_beast) << bytes;
    const Seen ours = read_whole(bytes).requests.at(0);
    EXPECT_EQ(ours.target, by_beast->target);
    EXPECT_EQ(ours.body, by_beast->body);
    EXPECT_EQ(ours.headers, by_beast->headers);
    EXPECT_EQ(ours.keeps_alive, by_beast->keeps_alive);
  }
}

TEST(RequestParser, IsStricterThanBeastWhereBeastMisreads) {
  // Each of these is accepted by Beast 345, the last with the body taken for the next request.
  EXPECT_TRUE(read_with_beast("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_TRUE(read_with_beast(post_with("Host: h\r\n")));
  EXPECT_TRUE(read_with_beast(post_with("X-A: 1\r\n 2\r\n")));
  EXPECT_TRUE(read_with_beast(post_with("Transfer-Encoding: gzip\r\n")));
}

// Bytes that matter to a parser, so that random edits hit its edges.
std::string edited(std::string bytes) {
  const auto edits = *rc::gen::inRange(1, 4);
  for (int i = 0; i < edits && !bytes.empty(); ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    const auto piece = *rc::gen::element<std::string>(
        "\r", "\n", "\r\n", " ", "\t", ":", ",", ";", "/", "?", "0", "5", "a", "Z", "\x7f", "\xff",
        "chunked", "Content-Length: 3\r\n", "Host: x\r\n", "Transfer-Encoding: chunked\r\n",
        "HTTP/1.0", "http://a/", "close", "\"");
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        bytes.insert(at, piece);
        break;
      case 1:
        bytes.replace(at, 1, piece);
        break;
      default:
        bytes.erase(at, *rc::gen::inRange<std::size_t>(1, 9));
        break;
    }
  }
  return bytes;
}

RC_GTEST_PROP(RequestParserProperty, AcceptsNothingThatBeastRefusesOrReadsInAnotherWay, ()) {
  std::string bytes =
      edited(good_requests()[*rc::gen::inRange<std::size_t>(0, good_requests().size())]);
  const Reading ours = read_whole(bytes);
  if (ours.requests.empty()) return;
  const auto by_beast = read_with_beast(bytes);
  RC_ASSERT(by_beast);
  RC_ASSERT(ours.requests[0].target == by_beast->target);
  RC_ASSERT(ours.requests[0].body == by_beast->body);
  RC_ASSERT(ours.requests[0].headers == by_beast->headers);
}

}  // namespace
}  // namespace rekey::net
