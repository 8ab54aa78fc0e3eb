#include "rotation/expiry/expiry_table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rekey::rotation {
namespace {

std::vector<ExpiryRow> rows_of(std::string_view text, DateOrder order = DateOrder::kUnknown) {
  auto rows = read_expiry_table(text, order);
  EXPECT_TRUE(rows.has_value()) << (rows ? "" : rows.error().detail);
  return rows.value_or(std::vector<ExpiryRow>{});
}

std::string error_of(std::string_view text, DateOrder order = DateOrder::kUnknown) {
  const auto rows = read_expiry_table(text, order);
  EXPECT_FALSE(rows.has_value());
  return rows ? "" : rows.error().detail;
}

base::Instant day(std::string_view text) {
  return base::parse_instant(text).value();
}

TEST(ExpiryTable, ReadsWhatWasPastedFromThePage) {
  const auto rows = rows_of(
      "Installed Packages\n"
      "Name\tClient Id\tStatus\tExpiration Date\n"
      "Order sync\tabcdefghijklmnopqrstuvwx\tActive\t3/19/2027\n"
      "Nightly \xc2\xa0import\t\tActive\t3/4/2027 10:15 AM\n"
      "\n"
      "Old report\t\t\t-\n");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].package, "Order sync");
  EXPECT_EQ(rows[0].client_id, "abcdefghijklmnopqrstuvwx");
  EXPECT_EQ(rows[0].expires_at, day("2027-03-19"));
  EXPECT_EQ(rows[0].line, 3);
  EXPECT_EQ(rows[1].package, "Nightly import");
  EXPECT_EQ(rows[1].expires_at, day("2027-03-04T10:15:00Z")) << "the first row tells the order";
  EXPECT_EQ(rows[2].expires_at, std::nullopt);
}

TEST(ExpiryTable, ReadsCsvWithQuotesAndSemicolons) {
  const auto rows = rows_of(
      "\xef\xbb\xbf\"Package Name\";\"Generated Date\";\"Expiration Date\"\r\n"
      "\"Sync; with \"\"quotes\"\"\nand a line\";20.09.2026;19.03.2027\r\n"
      "Next;21.09.2026;20.03.2027");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].package, "Sync; with \"quotes\" and a line");
  EXPECT_EQ(rows[0].generated_at, day("2026-09-20"));
  EXPECT_EQ(rows[0].expires_at, day("2027-03-19"));
  EXPECT_EQ(rows[1].line, 4);
}

TEST(ExpiryTable, ReadsASavedPage) {
  const auto rows = rows_of(
      "<!DOCTYPE html><html><head><style>td{}</style></head><body>"
      "<table><tr><td>Menu</td></tr></table>"
      "<table class=grid><thead><tr><th>Package&nbsp;Name<th>Type<th>Expiration Date</tr></thead>"
      "<tbody><tr><td><a href='#'>A &amp; B<script>evil()</script></a></td><td>"
      "<table><tr><td>inner</td></tr></table></td><td><span>Mar 19,</span> <b>2027</b></td></tr>"
      "<tr><td>C<br>D<td>x<td>2027-03-20</table>");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].package, "A & B");
  EXPECT_EQ(rows[0].expires_at, day("2027-03-19"));
  EXPECT_EQ(rows[1].package, "C D");
  EXPECT_EQ(rows[1].expires_at, day("2027-03-20"));
}

TEST(ExpiryTable, AsksWhichNumberIsTheMonthAndTakesTheAnswer) {
  constexpr std::string_view kText = "Package,Expires\nA,3/4/2027\nB,5/6/2027\n";
  const std::string error = error_of(kText);
  EXPECT_NE(error.find("line 2: \"3/4/2027\" could be two days"), std::string::npos) << error;
  EXPECT_NE(error.find("line 3"), std::string::npos);
  EXPECT_NE(error.find("--date-order"), std::string::npos);
  EXPECT_EQ(rows_of(kText, DateOrder::kDayFirst)[0].expires_at, day("2027-04-03"));
  EXPECT_EQ(rows_of(kText, DateOrder::kMonthFirst)[0].expires_at, day("2027-03-04"));
}

TEST(ExpiryTable, RefusesATableThatContradictsItself) {
  EXPECT_NE(error_of("Package,Expires\nA,19/3/2027\nB,3/20/2027\n").find("line 3"),
            std::string::npos);
}

TEST(ExpiryTable, NamesTheHeadingsWhereNoneFits) {
  const std::string error = error_of("Foo,Bar\n1,2\n");
  EXPECT_NE(error.find("Foo, Bar"), std::string::npos) << error;
  EXPECT_NE(error.find("Expiration Date"), std::string::npos);
  EXPECT_EQ(error_of(""), "there is no table in this text");
  EXPECT_EQ(error_of("<p>no table</p>"), "there is no table in this text");
}

TEST(ExpiryTable, SaysWhereAQuoteIsNotClosed) {
  EXPECT_NE(error_of("Package,Expires\n\"A,2027-03-19\n").find("line 2"), std::string::npos);
}

TEST(ExpiryTable, RefusesOtherEncodings) {
  EXPECT_NE(error_of("Package,Expires\n\xff\xfe,2027-03-19\n").find("UTF-8"), std::string::npos);
}

RC_GTEST_PROP(ExpiryTableProperty, NeverFallsOverAnyText, (const std::string& text)) {
  static_cast<void>(read_expiry_table(text, DateOrder::kUnknown));
  static_cast<void>(read_expiry_table("<table>" + text, DateOrder::kUnknown));
  static_cast<void>(read_expiry_table("Package,Expires\n" + text, DateOrder::kUnknown));
}

}  // namespace
}  // namespace rekey::rotation
