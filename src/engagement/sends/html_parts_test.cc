#include "engagement/sends/html_parts.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace rekey::engagement::sends {
namespace {

std::string with_numbers(std::string_view html, std::vector<std::string>& urls) {
  return replace_links(html, [&](std::string_view url) -> std::optional<std::string> {
    if (!url.starts_with("http")) return std::nullopt;
    urls.emplace_back(url);
    return "T" + std::to_string(urls.size());
  });
}

TEST(Links, AreReplacedWhereverAnAnchorHasThem) {
  std::vector<std::string> urls;
  EXPECT_EQ(with_numbers("<p><a href=\"http://a/?x=1&amp;y=2\">a</a> <A class='x' HREF='http://b'>"
                         "b</A><a href=http://c >c</a><area href = \"http://d\"/></p>",
                         urls),
            "<p><a href=\"T1\">a</a> <A class='x' HREF='T2'>b</A><a href=T3 >c</a>"
            "<area href = \"T4\"/></p>");
  EXPECT_EQ(urls,
            (std::vector<std::string>{"http://a/?x=1&y=2", "http://b", "http://c", "http://d"}));
}

TEST(Links, StayInCommentsOtherTagsOtherAttributesAndWhereTheyAreLeft) {
  for (const char* html : {"<!-- <a href=\"http://a\">a</a> -->", "<link href=\"http://a\">",
                           "<a data-href=\"http://a\" title=\"href=http://b\">x</a>",
                           "<a href=\"mailto:a@b.example\">", "a < b href=\"http://a\"",
                           "<a href=\"\">x</a>", "<abbr href=\"http://a\">x</abbr>"}) {
    std::vector<std::string> urls;
    EXPECT_EQ(with_numbers(html, urls), html);
  }
}

TEST(Body, TakesAPieceAtItsBeginningAndBeforeItsEnd) {
  EXPECT_EQ(prepend_to_body("<html><body class=\"a>b\">x</body>", "!"),
            "<html><body class=\"a>b\">!x</body>");
  EXPECT_EQ(prepend_to_body("x", "!"), "!x");
  EXPECT_EQ(append_to_body("<body>x</BODY></html>", "!"), "<body>x!</BODY></html>");
  EXPECT_EQ(append_to_body("x", "!"), "x!");
}

TEST(TextOfHtml, IsWhatAReaderWouldSee) {
  EXPECT_EQ(text_of_html("<html><head><title>t</title></head><body><style>p{}</style>"
                         "<h1>Hello</h1><p>Dear  <b>Ann</b>,<br>thanks &amp; bye &lt;3</p>\n"
                         "<ul><li>one</li><li>two</li></ul><!-- no -->"
                         "<p><a href=\"http://a/?x=1&amp;y=2\">shop</a></p></body></html>"),
            "Hello\n\nDear Ann,\nthanks & bye <3\n\none\ntwo\n\nshop (http://a/?x=1&y=2)");
  EXPECT_EQ(text_of_html("1 < 2"), "1 < 2");
  EXPECT_EQ(text_of_html("<script>never ends"), "");
}

RC_GTEST_PROP(HtmlParts, AnyTextIsTakenAndNothingIsLostWhereNoLinkIsReplaced,
              (std::vector<unsigned char> picks)) {
  static constexpr std::string_view kPieces[] = {
      "<a ", "href=", "\"", "'", ">", "<!--", "-->", "<", "/", "x", " ", "&amp;", "=", "</body>"};
  std::string html;
  for (const unsigned char pick : picks) html += kPieces[pick % std::size(kPieces)];
  RC_ASSERT(replace_links(html, [](std::string_view) { return std::nullopt; }) == html);
  RC_ASSERT(append_to_body(html, "").size() == html.size());
  RC_ASSERT(text_of_html(html).size() <= html.size() + 3 * picks.size());
}

}  // namespace
}  // namespace rekey::engagement::sends
