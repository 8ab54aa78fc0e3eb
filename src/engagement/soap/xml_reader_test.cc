#include "engagement/soap/xml_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "engagement/soap/xml_writer.h"

namespace rekey::engagement::soap {
namespace {

std::string problem_of(const std::string& text) {
  const auto read = read_xml(text);
  return read ? "" : read.error().detail;
}

TEST(XmlReader, ElementsAreToldByNamesAndSpacesWithoutPrefixes) {
  const auto root = read_xml(
      R"(<?xml version="1.0"?><x:Envelope xmlns:x="http://www.w3.org/2003/05/soap-envelope")"
      R"( xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:t="http://other.example">)"
      R"(<t:A i:type="t:SimpleFilterPart">  a &amp; <![CDATA[<b>]]> &#233; </t:A>)"
      R"(<B xmlns="" i:nil="true"/><B>2</B></x:Envelope>)");
  ASSERT_TRUE(root) << root.error().detail;
  EXPECT_EQ(root->name, "Envelope");
  EXPECT_EQ(root->space, XmlSpace::kSoap12);
  const XmlElement* a = root->child("A");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->space, XmlSpace::kOther);
  EXPECT_EQ(a->type, "SimpleFilterPart");
  EXPECT_EQ(a->text, "  a & <b> \xc3\xa9 ");
  EXPECT_EQ(root->child_text("A"), "a & <b> \xc3\xa9");
  EXPECT_EQ(root->all("B").size(), 2u);
  EXPECT_TRUE(root->child("B")->is_nil);
  EXPECT_EQ(root->child("C"), nullptr);
}

TEST(XmlReader, AttributesWithoutANamespaceAreKept) {
  const auto root = read_xml(
      R"(<a Key="Event.&quot;A &amp; B&quot; &lt;1" x:other="2" xmlns:x="http://other.example"/>)");
  ASSERT_TRUE(root) << root.error().detail;
  EXPECT_EQ(root->attribute("Key"), "Event.\"A & B\" <1");
  EXPECT_EQ(root->attribute("other"), "");
  EXPECT_EQ(root->attributes.size(), 1u);
}

TEST(XmlReader, OtherEncodingsAreReadToo) {
  const auto latin = read_xml("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xe9</a>");
  ASSERT_TRUE(latin) << latin.error().detail;
  EXPECT_EQ(latin->text, "\xc3\xa9");
}

TEST(XmlReader, ADocumentTypeIsRefusedBeforeAnythingInItIsRead) {
  const std::string bomb =
      "<!DOCTYPE b [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">"
      "<!ENTITY c \"&b;&b;&b;&b;\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]>";
  for (const std::string& text :
       {bomb + "<b>&c;</b>", bomb + "<b>&f;</b>", std::string("<!DOCTYPE b><b/>"),
        std::string("<!DOCTYPE b SYSTEM \"http://example.org/b.dtd\"><b/>")}) {
    EXPECT_NE(problem_of(text).find("document type"), std::string::npos) << text;
  }
  EXPECT_NE(problem_of("<b>&unknown;</b>"), "");
  // In a text it is only a text.
  EXPECT_EQ(problem_of("<b><![CDATA[<!DOCTYPE html><p>hi</p>]]></b>"), "");
}

TEST(XmlReader, DepthAndNumberOfElementsAreBounded) {
  const auto nested = [](std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += "<a>";
    for (std::size_t i = 0; i < depth; ++i) text += "</a>";
    return text;
  };
  EXPECT_EQ(problem_of(nested(kDeepestXml)), "");
  EXPECT_NE(problem_of(nested(kDeepestXml + 1)).find("too deeply"), std::string::npos);
  EXPECT_TRUE(read_xml("<a><b/><b/></a>", 3));
  const auto refused = read_xml("<a><b/><b/><b/></a>", 3);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("too many"), std::string::npos);
}

TEST(XmlReader, WhatIsNotWholeIsRefusedWithoutRepeatingIt) {
  for (const std::string text : {"", "hello", "<a>", "<a></b>", "<a/><b/>", "<a>&</a>", "{}",
                                 "<a b=1/>", "<x:a/>", "<a>\xff</a>"}) {
    EXPECT_NE(problem_of(text), "") << text;
    EXPECT_EQ(problem_of(text).find("hello"), std::string::npos);
  }
}

TEST(XmlReader, NothingIsWrittenToTheStandardErrorStream) {
  ::testing::internal::CaptureStderr();
  using namespace std::string_literals;
  for (const std::string& text :
       {"\0\0\0<\0\0\x45n\0\0\0a\0\0"s, "<\0?\0x\0m\0l\0\xff\xdb\0\0"s, "\xff\xfe<\0a\0\0\xd8x"s,
        "<?xml version='1.0' encoding='UTF-8'?><a>\xff\xfe</a>"s, "<a>&b;</a>"s, "<x:a/>"s}) {
    EXPECT_NE(problem_of(text), "");
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(XmlReader, NothingOfAHalfDocumentIsTaken) {
  const std::string whole = "<?xml version=\"1.0\"?><a><b c=\"d\">e</b><![CDATA[f]]></a>";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(problem_of(whole.substr(0, size)), "") << size;
  }
}

RC_GTEST_PROP(XmlReader, WhatWasWrittenIsReadBack, (const std::string& bytes)) {
  // Only what XML can carry comes back as it was.
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && (byte >= 0x20 || c == '\t' || c == '\n' || c == '\r')) text += c;
  }
  XmlWriter xml;
  xml.open("a").element("b", std::string_view(text)).close();
  const auto root = read_xml(xml.release());
  RC_ASSERT(root.has_value());
  RC_ASSERT(root->child("b")->text == text);
}

RC_GTEST_PROP(XmlReader, AnyBytesCanBeWritten, (const std::string& bytes)) {
  XmlWriter xml;
  xml.open("a", R"( xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance")");
  xml.open_typed("b", bytes).element("c", std::string_view(bytes)).close().close();
  RC_ASSERT(read_xml(xml.release()).has_value());
}

RC_GTEST_PROP(XmlReader, NoBytesMakeItFall, (const std::string& noise)) {
  const std::string whole =
      R"(<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><b i:type="c">d</b></a>)";
  const auto at = *rc::gen::inRange<std::size_t>(0, whole.size());
  std::string text = whole;
  text.replace(at, std::min<std::size_t>(noise.size(), whole.size() - at), noise);
  const auto read = read_xml(text);
  RC_ASSERT(read || !read.error().detail.empty());
}

}  // namespace
}  // namespace rekey::engagement::soap
