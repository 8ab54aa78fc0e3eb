#include "engagement/soap/xml_writer.h"

#include <utility>

#include "base/assert.h"
#include "base/text.h"

namespace rekey::engagement::soap {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

bool is_forbidden(unsigned char c) noexcept {
  return c < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

// U+FFFE and U+FFFF are no characters of XML.
bool is_noncharacter(std::string_view rest) noexcept {
  return rest.starts_with("\xef\xbf\xbe") || rest.starts_with("\xef\xbf\xbf");
}

}  // namespace

void append_xml_text(std::string& out, std::string_view text) {
  const bool is_utf8 = base::is_valid_utf8(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\r') {
      out += "&#13;";  // a bare one would be read back as a line feed
    } else if (is_forbidden(byte) || (!is_utf8 && byte >= 0x80)) {
      out += kReplacement;
    } else if (is_noncharacter(text.substr(i, 3))) {
      out += kReplacement;
      i += 2;
    } else {
      out += c;
    }
  }
}

XmlWriter& XmlWriter::open(std::string_view name, std::string_view attributes) {
  text_.append("<").append(name).append(attributes).append(">");
  open_.emplace_back(name);
  return *this;
}

XmlWriter& XmlWriter::open_typed(std::string_view name, std::string_view type) {
  text_.append("<").append(name).append(" xsi:type=\"");
  append_xml_text(text_, type);
  text_.append("\">");
  open_.emplace_back(name);
  return *this;
}

XmlWriter& XmlWriter::close() {
  REKEY_ASSERT(!open_.empty());
  text_.append("</").append(open_.back()).append(">");
  open_.pop_back();
  return *this;
}

XmlWriter& XmlWriter::element(std::string_view name, std::string_view text) {
  if (text.empty()) return empty(name);
  text_.append("<").append(name).append(">");
  append_xml_text(text_, text);
  text_.append("</").append(name).append(">");
  return *this;
}

XmlWriter& XmlWriter::element(std::string_view name, std::int64_t number) {
  return element(name, std::string_view(std::to_string(number)));
}

XmlWriter& XmlWriter::truth(std::string_view name, bool is_true) {
  return element(name, std::string_view(is_true ? "true" : "false"));
}

XmlWriter& XmlWriter::nil(std::string_view name) {
  text_.append("<").append(name).append(" xsi:nil=\"true\" />");
  return *this;
}

XmlWriter& XmlWriter::empty(std::string_view name) {
  text_.append("<").append(name).append(" />");
  return *this;
}

XmlWriter& XmlWriter::raw(std::string_view xml) {
  text_.append(xml);
  return *this;
}

std::string XmlWriter::release() {
  REKEY_ASSERT(open_.empty());
  return std::move(text_);
}

}  // namespace rekey::engagement::soap
