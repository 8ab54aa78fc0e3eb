// The reader of SOAP requests: nothing crashes, what it takes keeps within its bounds, a filter
// that compiles binds all of its values, and what was read can be written and read again.
#include <string>

#include "base/assert.h"
#include "engagement/soap/envelope.h"
#include "engagement/soap/filter.h"
#include "engagement/soap/xml_writer.h"

namespace {

namespace soap = rekey::engagement::soap;

std::size_t depth_of(const soap::XmlElement& element) {
  std::size_t deepest = 0;
  for (const soap::XmlElement& child : element.children) {
    deepest = std::max(deepest, depth_of(child));
  }
  return deepest + 1;
}

void write(soap::XmlWriter& xml, const soap::XmlElement& element) {
  xml.open("a").element("b", std::string_view(element.text));
  for (const soap::XmlElement& child : element.children) write(xml, child);
  xml.close();
}

void check_filter(const soap::XmlElement& element) {
  const auto filter = soap::read_filter(element);
  if (!filter) return;
  const auto column = [](std::string_view name) {
    const auto kind = static_cast<soap::ValueKind>(name.size() % 8);
    return std::optional<soap::FilterColumn>(soap::FilterColumn{"c", kind});
  };
  const auto condition = soap::compile_filter(*filter, column, 5);
  if (!condition) return;
  const std::string last = "?" + std::to_string(4 + condition->parameters.size());
  REKEY_ASSERT(condition->parameters.empty() || condition->sql.find(last) != std::string::npos);
  REKEY_ASSERT(condition->sql.find("?" + std::to_string(5 + condition->parameters.size())) ==
               std::string::npos);
}

void visit(const soap::XmlElement& element) {
  if (element.name == "Filter") check_filter(element);
  for (const soap::XmlElement& child : element.children) visit(child);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const std::string_view text(reinterpret_cast<const char*>(data), size_bytes);
  const auto root = soap::read_xml(text);
  if (!root) {
    REKEY_ASSERT(root.error().code == rekey::base::Code::kInvalidArgument);
  } else {
    REKEY_ASSERT(depth_of(*root) <= soap::kDeepestXml);
    // Each element gets one more below it.
    if (depth_of(*root) < soap::kDeepestXml) {
      soap::XmlWriter xml;
      write(xml, *root);
      REKEY_ASSERT(soap::read_xml(xml.release()).has_value());
    }
    visit(*root);
  }
  const auto message = soap::read_message(text);
  REKEY_ASSERT(message || !message.error().text.empty());
  return 0;
}
