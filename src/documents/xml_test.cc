#include "documents/xml.h"

#include <gtest/gtest.h>

namespace rekey::documents {
namespace {

using base::Code;

std::string read(std::string_view document, std::string_view key = "/a/b") {
  const auto value = read_value(xml_format(), document, key);
  return value ? std::string(value->reveal()) : "error: " + value.error().detail;
}

Code code_of(std::string_view document, std::string_view key = "/a/b") {
  const auto value = read_value(xml_format(), document, key);
  EXPECT_FALSE(value.has_value()) << document << " " << key;
  return value ? Code::kInternal : value.error().code;
}

std::string replace(std::string_view document, std::string_view value,
                    std::string_view key = "/a/b") {
  const auto edited = replace_value(xml_format(), document, key, value);
  return edited ? std::string(edited->reveal()) : "error: " + edited.error().detail;
}

TEST(Xml, edits_the_configuration_of_FuelSDK_CSharp) {
  const auto file = [](std::string_view secret) {
    return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<configuration>\r\n  <!-- old -->\r\n"
           "  <fuelSDK\r\n    clientId=\"id\"\r\n    clientSecret=\"" +
           std::string(secret) +
           "\"\r\n    authEndPoint=\"https://x/?a&amp;b\" />\r\n  <appSettings>\r\n"
           "    <add key=\"One\" value=\"1\"/>\r\n    <add key=\"Two\" value=\"2\"/>\r\n"
           "  </appSettings>\r\n</configuration>\r\n";
  };
  EXPECT_EQ(replace(file("old"), "new", "/configuration/fuelSDK/@clientSecret"), file("new"));
  EXPECT_EQ(replace(file("old"), "a<b>&\"'", "/configuration/fuelSDK/@clientSecret"),
            file("a&lt;b&gt;&amp;&quot;'"));
  EXPECT_EQ(read(file("old"), "/configuration/appSettings/add[@key='Two']/@value"), "2");
  EXPECT_EQ(read(file("old"), "/configuration/appSettings/add[1]/@value"), "1");
}

TEST(Xml, edits_metadata_of_Salesforce_and_services_of_Commerce_Cloud) {
  EXPECT_EQ(
      replace(
          "<AuthProvider xmlns=\"http://x\"><consumerSecret>old</consumerSecret></AuthProvider>",
          "new", "/AuthProvider/consumerSecret"),
      "<AuthProvider xmlns=\"http://x\"><consumerSecret>new</consumerSecret></AuthProvider>");
  EXPECT_EQ(
      replace("<services><service-credential service-credential-id=\"a\"><password>x</password>"
              "</service-credential><service-credential service-credential-id=\"mc\">"
              "<password encrypted='false'>old</password></service-credential></services>",
              "new", "/services/service-credential[@service-credential-id=\"mc\"]/password"),
      "<services><service-credential service-credential-id=\"a\"><password>x</password>"
      "</service-credential><service-credential service-credential-id=\"mc\">"
      "<password encrypted='false'>new</password></service-credential></services>");
}

TEST(Xml, takes_the_predicates_of_a_step_in_their_order) {
  const auto* document =
      "<a><b k='1'>x</b><c/><b k='2'>y</b><b k='2'>z</b><d><b k='2'>no</b></d></a>";
  EXPECT_EQ(read(document, "/a/b[1]"), "x");
  EXPECT_EQ(read(document, "/a/b[3]"), "z");
  EXPECT_EQ(read(document, "/a/b[@k='2'][2]"), "z");
  EXPECT_EQ(read(document, "/a/b[2][@k='2']"), "y");
  EXPECT_EQ(code_of(document, "/a/b[1][@k='2']"), Code::kNotFound);
  EXPECT_EQ(read(document, "/a/d/b"), "no");
  EXPECT_EQ(read("<a><x><b>1</b></x><x><b>2</b></x></a>", "/a/x[2]/b[1]"), "2");
}

TEST(Xml, refuses_any_other_path) {
  for (const auto* key : {"",
                          "a",
                          "/",
                          "//a",
                          "/a/",
                          "/@x",
                          "/a/@x/b",
                          "/a/*",
                          "/a[",
                          "/a[0]",
                          "/a[x]",
                          "/a[@x]",
                          "/a[@x=y]",
                          "/a[@x='y]",
                          "/a[@x='y'",
                          "/a/text()",
                          "/a/..",
                          "/a[-1]",
                          "/a[99999999999999999999999]",
                          "a.b"}) {
    EXPECT_EQ(code_of("<a/>", key), Code::kInvalidArgument) << key;
  }
}

TEST(Xml, refuses_two_places_and_names_both) {
  EXPECT_EQ(read("<a>\n<b>x</b>\n<b>y</b>\n</a>"),
            "error: \"/a/b\" leads to two places, line 2, column 4 and line 3, column 4; say which "
            "by [@name='…'] or [1]");
  EXPECT_EQ(code_of("<a><x k='1'/><x k='2'/></a>", "/a/x/@k"), Code::kConflict);
  EXPECT_EQ(read("<a><x/><x k='2'/></a>", "/a/x/@k"), "2");
}

TEST(Xml, decodes_references) {
  EXPECT_EQ(read("<a><b>&lt;&amp;&gt;&quot;&apos;&#65;&#x1F600;\"</b></a>"),
            "<&>\"'A\xf0\x9f\x98\x80\"");
  EXPECT_EQ(read("<a b='&#10;&#32;\"'/>", "/a/@b"), "\n \"");
  EXPECT_EQ(read("<a><b></b></a>"), "");
}

TEST(Xml, refuses_a_text_that_readers_read_differently) {
  for (const auto* text :
       {" x", "x\n", "a\r\nb", "<c/>", "x<!-- -->", "<?p?>x", "<![CDATA[x]]>", "x<c>y</c>"}) {
    EXPECT_EQ(code_of("<a><b>" + std::string(text) + "</b></a>"), Code::kUnsupported) << text;
  }
  EXPECT_EQ(code_of("<a><b/></a>"), Code::kUnsupported);
  EXPECT_EQ(code_of("<a b='x\ty'/>", "/a/@b"), Code::kUnsupported);
  EXPECT_EQ(code_of("<a b='x\ny'/>", "/a/@b"), Code::kUnsupported);
  EXPECT_EQ(read("<a><!-- --><b>x</b><![CDATA[<b>]]><?p <b>?></a>"), "x");
}

TEST(Xml, refuses_documents_of_another_kind) {
  for (const auto* document :
       {"<!DOCTYPE a><a><b>x</b></a>", "<?xml version='1.1'?><a><b>x</b></a>",
        "<?xml version='1.0' encoding='ISO-8859-1'?><a><b>x</b></a>"}) {
    EXPECT_EQ(code_of(document), Code::kUnsupported) << document;
  }
  EXPECT_EQ(
      read("\xef\xbb\xbf<?xml version='1.0' encoding='US-ASCII'?>\n<a><b>x</b></a>\n<!-- -->"),
      "x");
}

class BrokenXml : public testing::TestWithParam<const char*> {};

TEST_P(BrokenXml, is_never_edited) {
  const auto edited = replace_value(xml_format(), GetParam(), "/a/b", "w");
  ASSERT_FALSE(edited.has_value());
  EXPECT_EQ(edited.error().code, Code::kCorrupt) << edited.error().detail;
  EXPECT_TRUE(edited.error().detail.starts_with("line ")) << edited.error().detail;
  EXPECT_EQ(edited.error().detail.find("canary"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Xml, BrokenXml,
    testing::Values("", "canary", "<a><b>canary</b>", "<a><b>canary</a></b>",
                    "<a><b>canary</b></a>x", "<a><b>canary</b></a><a/>", "</a>",
                    "<a><b>canary</b></c>", "<a><b>can&ary;</b></a>", "<a><b>canary & x</b></a>",
                    "<a><b>can&#0;ary</b></a>", "<a><b>&#xd800;</b></a>", "<a><b>canary]]></b></a>",
                    "<a><b>canary</b><!-- x -- y --></a>", "<a><b>canary</b><!-- x</a>",
                    "<a><b>canary</b><![CDATA[x</a>", "<a><b>canary</b><?x</a>",
                    "<a x=1><b>canary</b></a>", "<a x><b>canary</b></a>",
                    "<a x='1'y='2'><b>canary</b></a>", "<a x='1' x='2'><b>canary</b></a>",
                    "<a x='<'><b>canary</b></a>", "<a x='canary><b>canary</b></a>", "<a x='&b;'/>",
                    "<a><b>can\x01"
                    "ary</b></a>",
                    "<a><b>can\xff"
                    "ary</b></a>",
                    "<a><1/></a>", "<a", "<a /b>", "<![CDATA[x]]><a/>", "<!ELEMENT a>",
                    "<?xml version='1.0'", "<?xml encoding='utf-8'?><a/>",
                    "<?xml version='1.0' x='y'?><a/>", "<?xml encoding='utf-8' version='1.0'?><a/>",
                    "<?xml version='1.0'", "<a><?xml version='1.0'?></a>", "<? x?><a/>",
                    "<a?><b>canary</b></a>"));

TEST(Xml, bounds_the_depth) {
  const auto nest = [](int levels) {
    std::string document = "<a><b>v</b>";
    for (int i = 0; i < levels; ++i) document += "<c>";
    for (int i = 0; i < levels; ++i) document += "</c>";
    return document + "</a>";
  };
  EXPECT_EQ(read(nest(127)), "v");
  EXPECT_EQ(code_of(nest(128)), Code::kCorrupt);
  EXPECT_EQ(code_of(nest(100'000)), Code::kCorrupt);
}

TEST(Xml, writes_the_references_that_must_be) {
  EXPECT_EQ(replace("<a><b>old</b></a>", "\"a'<&>\n"), "<a><b>\"a'&lt;&amp;&gt;&#10;</b></a>");
  EXPECT_EQ(replace("<a><b>old</b></a>", " a b "), "<a><b>&#32;a b&#32;</b></a>");
  EXPECT_EQ(replace("<a b='old'/>", " \"it's\"\t", "/a/@b"), "<a b=' \"it&apos;s\"&#9;'/>");
  EXPECT_EQ(replace("<a><b>old</b></a>", "\xc3\xa9"), "<a><b>&#233;</b></a>");
  EXPECT_EQ(replace("<a><b>\xc3\xa4</b></a>", "\xc3\xa9"), "<a><b>\xc3\xa9</b></a>");
}

TEST(Xml, refuses_a_value_that_it_cannot_carry) {
  for (const auto value :
       {std::string_view("canary\x01"), std::string_view("canary\0", 7),
        std::string_view("canary\xff"), std::string_view("canary\xef\xbf\xbf")}) {
    const auto edited = replace_value(xml_format(), "<a><b>old</b></a>", "/a/b", value);
    ASSERT_FALSE(edited.has_value());
    EXPECT_EQ(edited.error().code, Code::kInvalidArgument);
    EXPECT_EQ(edited.error().detail.find("canary"), std::string::npos);
  }
}

}  // namespace
}  // namespace rekey::documents
