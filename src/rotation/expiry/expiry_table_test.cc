#include "rotation/expiry/expiry_table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rekey::rotation {
namespace {

ExpiryTable table_of(std::string_view text, DateOrder order = DateOrder::kUnknown,
                     std::string_view columns = "") {
  std::optional<WantedColumns> wanted;
  if (!columns.empty()) wanted = parse_wanted_columns(columns).value();
  auto table = read_expiry_table(text, order, wanted);
  EXPECT_TRUE(table.has_value()) << (table ? "" : table.error().detail);
  return table.value_or(ExpiryTable{});
}

std::vector<ExpiryRow> rows_of(std::string_view text, DateOrder order = DateOrder::kUnknown) {
  return table_of(text, order).rows;
}

std::string error_of(std::string_view text, DateOrder order = DateOrder::kUnknown) {
  const auto table = read_expiry_table(text, order);
  EXPECT_FALSE(table.has_value());
  return table ? "" : table.error().detail;
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

TEST(ExpiryTable, WhatABrowserDoesNotShowIsNoPartOfAName) {
  const auto rows = rows_of(
      "<table><tr><th><span class='slds-assistive-text'>Sort by: </span>Package Name"
      "<th>Expiration Date</tr>"
      "<tr><td>A<span style='DISPLAY : none'>hidden</span><b hidden>gone</b>"
      "<template>t</template><td>2027-03-19</tr>"
      "<tr style='display:none'><td>B<td>2027-03-19</tr></table>");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].package, "A");
}

TEST(ExpiryTable, AGridOfOtherElementsIsATable) {
  const std::string rows_text =
      "<div role=row><span role=columnheader>Package Name</span>"
      "<span role=columnheader>Expiration Date</span></div>"
      "<div role=row><div role=rowheader><div role=gridcell>A</div></div>"
      "<div role=gridcell>Mar 19, 2027</div></div>";
  for (const std::string& text :
       {"<body>" + rows_text, "<div role=grid><div role=rowgroup>" + rows_text + "</div></div>"}) {
    const auto rows = rows_of(text + "<table><tr><td>other</table>");
    ASSERT_EQ(rows.size(), 1u) << text;
    EXPECT_EQ(rows[0].package, "A");
    EXPECT_EQ(rows[0].expires_at, day("2027-03-19"));
  }
  const auto both = rows_of(
      "<table role=grid><tr role=row><th role=columnheader>Name<th>Expires</tr>"
      "<tr role=row><td role=gridcell>A<td role=gridcell>2027-03-19</tr></table>");
  ASSERT_EQ(both.size(), 1u);
}

TEST(ExpiryTable, APageThatCannotBeReadToItsEndIsAnError) {
  std::string page = "<table><tr><th>Package<th>Expires<tr><td>A<td>2027-03-19</table>";
  for (int i = 0; i < 100'000; ++i) page += "<div>";
  page += "<table><tr><th>Package<th>Expires<tr><td>B<td>2027-03-19</table>";
  EXPECT_NE(error_of(page).find("save it as text"), std::string::npos);
}

TEST(ExpiryTable, SpreadsheetsQuoteTabSeparatedTextTooAndPagesDoNot) {
  const auto rows = rows_of(
      "Name\tExpires\n\"Sync \"\"A\"\"\nnightly\"\t\"2027-03-19\"\n"
      "\"Best\" sync\t2027-03-20\n5\" disk\t2027-03-21\n");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].package, "Sync \"A\" nightly");
  EXPECT_EQ(rows[1].package, "\"Best\" sync");
  EXPECT_EQ(rows[2].package, "5\" disk");
  EXPECT_EQ(rows[2].line, 5);
}

TEST(ExpiryTable, ARowThatCannotBeReadKeepsNoOtherOut) {
  const auto table = table_of(
      "Package,Created,Expires\nA,2026-09-20,2027-03-19\nB,,19 mars 2027\nC,,3/4/2027\n"
      "D,,3/19/27\nE,,3/19/2027 10:15 AM CST\nF,x,2027-03-20\n");
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0].package, "A");
  EXPECT_EQ(table.rows[1].package, "F");
  EXPECT_EQ(table.rows[1].expires_at, day("2027-03-20"));
  EXPECT_EQ(table.rows[1].generated_at, std::nullopt);
  ASSERT_EQ(table.left.size(), 5u);
  EXPECT_EQ(table.left[0],
            "line 3: B: \"19 mars 2027\" is no date that can be read; write it as 2027-03-19");
  EXPECT_NE(table.left[1].find("could be two days"), std::string::npos);
  EXPECT_NE(table.left[2].find("two digits"), std::string::npos);
  EXPECT_NE(table.left[3].find("names a time zone"), std::string::npos);
  EXPECT_NE(table.left[4].find("the rest of the row is taken"), std::string::npos);
}

TEST(ExpiryTable, WordsForNoDateAreNoDatesAndAreTold) {
  const auto table = table_of("Package,Expires\nA,Expired\nB,never\nC,N/A\nD,\nE,2027-03-19\n");
  ASSERT_EQ(table.rows.size(), 5u);
  EXPECT_EQ(table.rows[0].expires_at, std::nullopt);
  EXPECT_TRUE(table.left.empty());
  ASSERT_EQ(table.notes.size(), 4u);
  EXPECT_EQ(table.notes[0],
            "A: the table says \"Expired\" for its end, so no end date is taken from it");
  EXPECT_NE(table.notes[3].find("has no end date"), std::string::npos);
}

TEST(ExpiryTable, ColumnsCanBeToldWhereTheHeadingsAreForeign) {
  constexpr std::string_view kText =
      "Paket,Kennung,Ablaufdatum\nA,abcdefghijklmnopqrstuvwx,19.03.2027\nB,,Expired\n";
  EXPECT_NE(error_of(kText).find("--columns package=1,expires=3"), std::string::npos);
  for (const std::string_view columns :
       {"package=1,expires=3,client_id=2", "package=Paket, expires=ablaufdatum, client_id=2"}) {
    const auto table = table_of(kText, DateOrder::kUnknown, columns);
    ASSERT_EQ(table.rows.size(), 2u) << columns;
    EXPECT_EQ(table.rows[0].package, "A");
    EXPECT_EQ(table.rows[0].client_id, "abcdefghijklmnopqrstuvwx");
    EXPECT_EQ(table.rows[0].expires_at, day("2027-03-19"));
  }
  EXPECT_EQ(table_of(kText, DateOrder::kUnknown, "package=1,expires=3").notes.back(),
            "what stands above line 2 is taken for headings: Paket, Kennung, Ablaufdatum");
  EXPECT_FALSE(read_expiry_table(kText, DateOrder::kUnknown,
                                 parse_wanted_columns("package=1,expires=2").value()));
}

TEST(ExpiryTable, ColumnsThatAreToldWronglyAreExplained) {
  for (const std::string_view text : {"", "package=1", "expires=2", "package=1,expires=",
                                      "package=1,expires=0", "package=1,expires=2,expires=3",
                                      "package=1,expires=2,color=3", "1,3", "package,expires=1"}) {
    const auto wanted = parse_wanted_columns(text);
    ASSERT_FALSE(wanted) << text;
    EXPECT_NE(wanted.error().detail.find("write it as package=1,expires=3"), std::string::npos);
  }
}

TEST(ExpiryTable, AsksWhichNumberIsTheMonthAndTakesTheAnswer) {
  constexpr std::string_view kText = "Package,Expires\nA,3/4/2027\nB,5/6/2027\n";
  const std::string error = error_of(kText);
  EXPECT_NE(error.find("line 2: A: \"3/4/2027\" could be two days"), std::string::npos) << error;
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
