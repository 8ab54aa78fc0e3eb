#include "net/http_date.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace rekey::net {
namespace {

constexpr std::string_view kSample = "Sun, 06 Nov 1994 08:49:37 GMT";

TEST(HttpDate, IsTheFormOfTheStandardsOwnExample) {
  const auto at = *base::parse_instant("1994-11-06T08:49:37Z");
  EXPECT_EQ(format_http_date(at), kSample);
  EXPECT_EQ(parse_http_date(kSample), at);
}

RC_GTEST_PROP(HttpDate, ReadsWhatItWrites, ()) {
  const auto seconds = *rc::gen::inRange<std::int64_t>(0, 253'402'300'799);
  const auto at = base::from_millis(seconds * 1000);
  RC_ASSERT(parse_http_date(format_http_date(at)) == at);
}

RC_GTEST_PROP(HttpDate, AnyOtherTextIsNone, (const std::string& text)) {
  RC_ASSERT(!parse_http_date(text));
}

TEST(HttpDate, ADayThatIsNoneIsNoDate) {
  for (const char* text : {"Sun, 31 Feb 1994 08:49:37 GMT", "Mon, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
                           "Sun, 06 Nov 1994 08:49:60 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, +6 Nov 1994 08:49:37 GMT",
                           "Sunday, 06-Nov-94 08:49:37 GM", "Sun, 06 Nov 1994 08:49-37 GMT", ""}) {
    EXPECT_FALSE(parse_http_date(text)) << text;
  }
}

}  // namespace
}  // namespace rekey::net
